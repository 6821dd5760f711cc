// Activation memory: words of Lanes bytes; a write reaches the banks that its mask names. Reads have one cycle latency.
//
// With two ports reading the word that is written in the same cycle is undefined; steps never overlap so. With one port (Ports 1) no word is read
// in a cycle in which one is written.
module fw_activation_memory #(
  parameter int Lanes = 4,
  parameter int Banks = 1,
  parameter int Words = 16,
  parameter int Ports = 2
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
      if (Ports > 1) begin : gen_dual
        fw_ram #(.Width(BankBits), .Depth(Words)) u_bank (
          .clk_i,
          .we_i   (we_i[b]),
          .waddr_i(waddr_i[AddrBits-1:0]),
          .wdata_i(wdata_i[b*BankBits+:BankBits]),
          .re_i,
          .raddr_i(raddr_i[AddrBits-1:0]),
          .rdata_o(rdata_o[b*BankBits+:BankBits])
        );
      end else begin : gen_single
        fw_port_ram #(.Width(BankBits), .Depth(Words)) u_bank (
          .clk_i,
          .we_i   (we_i[b]),
          .re_i,
          .addr_i (re_i ? raddr_i[AddrBits-1:0] : waddr_i[AddrBits-1:0]),
          .wdata_i(wdata_i[b*BankBits+:BankBits]),
          .rdata_o(rdata_o[b*BankBits+:BankBits])
        );
      end
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Words > 65536) $error("fw_activation_memory: Words is %0d, must be at most 65536", Words);
  initial if (Ports < 1 || Ports > 2) $error("fw_activation_memory: Ports is %0d, must be 1 or 2", Ports);
  always @(posedge clk_i) begin : AddressInRange
    if ((|we_i) && {16'd0, waddr_i} >= Words) $error("fw_activation_memory: write to word %0d of %0d", waddr_i, Words);
  end
`endif
endmodule
