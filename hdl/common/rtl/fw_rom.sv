// Read-only memory with a registered output: rdata(t+1) = mem[raddr(t)] when re(t), else rdata(t).
// Contents come from InitFile ($readmemh); without one they are undefined.
module fw_rom #(
  parameter int Width = 8,
  parameter int Depth = 16,
  parameter InitFile = "",
  parameter int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o
);
  (* rom_style = "block" *)
  logic [Width-1:0] mem [Depth];

  generate
    if (InitFile != "") begin : gen_init
      initial $readmemh(InitFile, mem);
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (re_i) rdata_o <= mem[raddr_i];
  end
endmodule
