// Weight memory that is written after reset and then only read: rdata(t+1) = mem[raddr(t)] when re(t).
//
// Style 0: a block RAM with a write and a read port (fw_ram). Style 1: single-port RAMs of 16,384 words of 16 bits (fw_spram), side by side for the
// width and one after the other for the depth; never is a word read in a cycle in which one is written.
module fw_weight_memory #(
  parameter int Width = 32,
  parameter int Depth = 16,
  parameter int Style = 0,
  parameter int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Width-1:0]    wdata_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o
);
  generate
    if (Style == 0) begin : gen_dual
      fw_ram #(.Width(Width), .Depth(Depth)) u_words (
        .clk_i,
        .we_i,
        .waddr_i,
        .wdata_i,
        .re_i,
        .raddr_i,
        .rdata_o
      );
    end else begin : gen_single
      fw_port_ram #(.Width(Width), .Depth(Depth)) u_words (
        .clk_i,
        .we_i,
        .re_i,
        .addr_i(we_i ? waddr_i : raddr_i),
        .wdata_i,
        .rdata_o
      );
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Style < 0 || Style > 1) $error("fw_weight_memory: Style is %0d, must be 0 or 1", Style);
  always @(posedge clk_i) begin : ReadOrWritten
    if (Style == 1 && we_i && re_i) $error("fw_weight_memory: a word is read while another one is written");
  end
`endif
endmodule
