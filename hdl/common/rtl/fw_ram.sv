// Simple dual-port memory: one write port, one read port, one clock.
//
//   rdata(t+1) = mem(t)[raddr(t)]        when re(t), else rdata(t)
//   mem(t+1)[waddr(t)] = wdata(t)        when we(t)
//
// Reading the word that is written in the same cycle is undefined: no user of this module does it.
// Contents at power-up come from InitFile ($readmemh), or are undefined when it is empty.
module fw_ram #(
  parameter int Width = 8,
  parameter int Depth = 16,
  parameter InitFile = "",
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
  (* ram_style = "block", no_rw_check *)
  logic [Width-1:0] mem [Depth];

  generate
    if (InitFile != "") begin : gen_init
      initial $readmemh(InitFile, mem);
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) rdata_o <= mem[raddr_i];
  end
endmodule
