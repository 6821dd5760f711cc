// Activation memory: one read and one write port of Lanes bytes; a write reaches the banks that its mask names.
// Reads have one cycle latency. Reading the word that is written in the same cycle is undefined; steps never overlap so.
module fw_activation_memory #(
  parameter int Lanes = 4,
  parameter int Banks = 1,
  parameter int Words = 16
) (
  input  logic               clk_i,
  input  logic [Banks-1:0]   we_i,
  input  logic [15:0]        waddr_i,
  input  logic [Lanes*8-1:0] wdata_i,
  input  logic               re_i,
  input  logic [15:0]        raddr_i,
  output logic [Lanes*8-1:0] rdata_o
);
  localparam int BankBits = Lanes * 8 / Banks;
  localparam int AddrBits = (Words > 1) ? $clog2(Words) : 1;

  logic unused_addr;
  assign unused_addr = ^{waddr_i, raddr_i};

  generate
    for (genvar b = 0; b < Banks; b++) begin : gen_bank
      fw_ram #(.Width(BankBits), .Depth(Words)) u_bank (
        .clk_i,
        .we_i   (we_i[b]),
        .waddr_i(waddr_i[AddrBits-1:0]),
        .wdata_i(wdata_i[b*BankBits+:BankBits]),
        .re_i,
        .raddr_i(raddr_i[AddrBits-1:0]),
        .rdata_o(rdata_o[b*BankBits+:BankBits])
      );
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Words > 65536) $error("fw_activation_memory: Words is %0d, must be at most 65536", Words);
  always @(posedge clk_i) begin : AddressInRange
    if ((|we_i) && {16'd0, waddr_i} >= Words) $error("fw_activation_memory: write to word %0d of %0d", waddr_i, Words);
  end
`endif
endmodule
