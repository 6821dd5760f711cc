// Memory with one port for reads and writes: single-port RAMs of 16,384 words of 16 bits (fw_spram), side by side for the width and one after the
// other for the depth.
//
//   rdata(t+1) = mem(t)[addr(t)]        when re(t), which is never together with we(t)
//   mem(t+1)[addr(t)] = wdata(t)        when we(t)
//
// Contents at power-up are undefined.
module fw_port_ram #(
  parameter int Width = 16,
  parameter int Depth = 16,
  parameter int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] addr_i,
  input  logic [Width-1:0]    wdata_i,
  output logic [Width-1:0]    rdata_o
);
  localparam int Across = (Width + 15) / 16;
  localparam int Rows = (Depth + 16383) / 16384;
  localparam int RowBits = (Rows > 1) ? $clog2(Rows) : 1;

  logic [31:0]               addr;
  logic [RowBits-1:0]        row, row_q;
  logic [Across*16-1:0]      wdata, selected;
  logic [Rows*Across*16-1:0] rdata;
  assign addr  = 32'(addr_i);
  assign row   = addr[14+:RowBits];
  assign wdata = (Across * 16)'(wdata_i);
  always_ff @(posedge clk_i) if (re_i) row_q <= row;

  generate
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      for (genvar a = 0; a < Across; a++) begin : gen_block
        fw_spram u_block (
          .clk_i,
          .we_i   (we_i && row == RowBits'(r)),
          .re_i   (re_i && row == RowBits'(r)),
          .addr_i (addr[13:0]),
          .wdata_i(wdata[a*16+:16]),
          .rdata_o(rdata[(r*Across+a)*16+:16])
        );
      end
    end
  endgenerate
  assign selected = rdata[32'(row_q)*Across*16+:Across*16];
  assign rdata_o  = selected[Width-1:0];
  logic unused_rest;
  assign unused_rest = ^{addr, selected};

`ifndef SYNTHESIS
  always @(posedge clk_i) begin : OneAtATime
    if (we_i && re_i) $error("fw_port_ram: a word is read while one is written");
  end
`endif
endmodule
