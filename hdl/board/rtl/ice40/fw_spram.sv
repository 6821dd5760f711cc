// 16,384 words of 16 bits with one port: the SPRAM block of an iCE40 UltraPlus. hdl/board/rtl/fw_spram.sv is the same for simulators.
//
//   rdata(t+1) = mem(t)[addr(t)]     when re(t) and not we(t)
//   mem(t+1)[addr(t)] = wdata(t)     when we(t)
//
// Contents at power-up are undefined.
module fw_spram (
  input  logic        clk_i,
  input  logic        we_i,
  input  logic        re_i,
  input  logic [13:0] addr_i,
  input  logic [15:0] wdata_i,
  output logic [15:0] rdata_o
);
  SB_SPRAM256KA u_block (
    .CLOCK     (clk_i),
    .CHIPSELECT(we_i || re_i),
    .WREN      (we_i),
    .MASKWREN  (4'b1111),
    .ADDRESS   (addr_i),
    .DATAIN    (wdata_i),
    .DATAOUT   (rdata_o),
    .STANDBY   (1'b0),
    .SLEEP     (1'b0),
    .POWEROFF  (1'b1)
  );
endmodule
