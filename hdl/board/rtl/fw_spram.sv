// 16,384 words of 16 bits with one port, as a simulator sees the SPRAM block of an iCE40 UltraPlus (hdl/board/rtl/ice40/fw_spram.sv).
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
  logic [15:0] mem [16384];

  always_ff @(posedge clk_i) begin
    if (we_i) mem[addr_i] <= wdata_i;
    else if (re_i) rdata_o <= mem[addr_i];
  end
endmodule
