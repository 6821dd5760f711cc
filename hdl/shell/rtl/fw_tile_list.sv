// List of a step's weight tiles: which tile comes next, and how the reads get there. It takes the place of the counters that walk all tiles.
//
// An entry belongs to the change from one tile to the next, in the order of work; the last one leads back to the first tile (of the next pass):
//   {ends[1], last[1], first[1], slice[5], dx[16], dy[16], daddr[16]}
// move_o = {dx, dy, daddr} is what the address and the coordinates change by after the last request of the tile at work, end_o tells that this
// tile is the list's last. slice_o, first_o and last_o belong to the tile at work: its slice of the word, and whether it is the first, the last of
// its output tile. Those of the very first tile come with start_i, which may not coincide with advance_i.
//
// The first entry is there in the cycle after start_i, a later one two cycles after the advance_i that asked for it: advances must be at least
// two cycles apart. Source of the idea: J. Ji et al., "TETRIS: TilE-matching the TRemendous Irregular Sparsity", NeurIPS 2018.
module fw_tile_list #(
  parameter int SliceWidth = 1,
  parameter int Words = 16,
  parameter InitFile = ""
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,
  input  logic [31:0]           start_base_i,
  input  logic [SliceWidth-1:0] start_slice_i,
  input  logic                  start_last_i,
  input  logic [31:0]           base_i,
  input  logic                  advance_i,
  output logic [47:0]           move_o,
  output logic                  end_o,
  output logic [SliceWidth-1:0] slice_o,
  output logic                  first_o,
  output logic                  last_o
);
  localparam int AddrBits = (Words > 1) ? $clog2(Words) : 1;
  localparam int EntryBits = 56;

  logic                 read_q;
  logic [AddrBits-1:0]  addr_q;
  logic [EntryBits-1:0] entry;
  fw_rom #(.Width(EntryBits), .Depth(Words), .InitFile(InitFile)) u_entries (
    .clk_i,
    .re_i   (start_i || read_q),
    .raddr_i(start_i ? start_base_i[AddrBits-1:0] : addr_q),
    .rdata_o(entry)
  );
  assign move_o = entry[47:0];
  assign end_o  = entry[55];
  logic unused_bits;
  assign unused_bits = ^{start_base_i, base_i, entry};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) read_q <= 1'b0;
    else         read_q <= advance_i;
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      addr_q  <= start_base_i[AddrBits-1:0];
      slice_o <= start_slice_i;
      first_o <= 1'b1;
      last_o  <= start_last_i;
    end else if (advance_i) begin
      addr_q  <= end_o ? base_i[AddrBits-1:0] : addr_q + 1'b1;
      slice_o <= entry[48+:SliceWidth];
      first_o <= entry[53];
      last_o  <= entry[54];
    end
  end

`ifndef SYNTHESIS
  initial if (Words < 1) $error("fw_tile_list: Words is %0d, must be at least 1", Words);
  always @(posedge clk_i or negedge rst_ni) begin : EntryIsThere
    if (rst_ni && advance_i && read_q) $error("fw_tile_list: a tile ended before the next entry was read");
  end
`endif
endmodule
