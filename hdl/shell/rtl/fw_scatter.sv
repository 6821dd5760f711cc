// Address generator for writes: three nested counters (pixel, channel word, pixel tile), with deltas as in fw_gather.
//
// Level k: levels_i[32*k +: 32] = {delta[16], count - 1 [16]}. With banked_i, level 1 counts banks of a word: mask_o has one bank set (the
// last count sets the word's remaining banks as well), and address and word_o move on by one more when all banks of a word are written.
// Otherwise every bank is written and level 1 counts words.
// Bits of levels_i that are 0 in LevelMask are always 0: counters are only as wide as their counts.
// word_o is the channel word, the index of the epilogue's parameters.
module fw_scatter #(
  parameter int BankBits = 0,
  parameter logic [3*32-1:0] LevelMask = {96{1'b1}},
  parameter int Banks = 1 << BankBits
) (
  input  logic             clk_i,
  input  logic             start_i,
  input  logic [15:0]      start_addr_i,
  input  logic [3*32-1:0]  levels_i,
  input  logic             banked_i,
  input  logic             advance_i,
  output logic [15:0]      addr_o,
  output logic [15:0]      word_o,
  output logic [Banks-1:0] mask_o,
  output logic             last_o
);
  // All bits up to the highest one that a count has.
  function automatic logic [15:0] used(input logic [15:0] mask);
    used = mask | (mask >> 1) | (mask >> 2) | (mask >> 3);
    used = used | (used >> 4) | (used >> 8) | (used >> 12);
  endfunction
  localparam logic [15:0] PixelBits = used(LevelMask[15:0]);
  localparam logic [15:0] GroupBits = used(LevelMask[47:32]);
  localparam logic [15:0] TileBits = used(LevelMask[79:64]);

  logic [15:0] addr_q, word_q, pixel_q, group_q, tile_q;
  logic        pixel_end, group_end, tile_end, word_done;
  logic [15:0] delta;

  assign pixel_end = pixel_q == levels_i[15:0];
  assign group_end = group_q == levels_i[47:32];
  assign tile_end  = tile_q == levels_i[79:64];

  assign delta = !pixel_end ? levels_i[31:16] : (!group_end ? levels_i[63:48] : levels_i[95:80]);

  generate
    if (BankBits > 0) begin : gen_banks
      assign word_done = pixel_end && !group_end && (!banked_i || (&group_q[BankBits-1:0]));
      localparam logic [Banks-1:0] All = {Banks{1'b1}};
      localparam logic [Banks-1:0] One = 1;
      assign mask_o = !banked_i ? All : ((group_end ? All : One) << group_q[BankBits-1:0]);
    end else begin : gen_words
      logic unused_banked;
      assign unused_banked = banked_i;
      assign word_done = pixel_end && !group_end;
      assign mask_o = '1;
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      addr_q  <= start_addr_i;
      word_q  <= '0;
      pixel_q <= '0;
      group_q <= '0;
      tile_q  <= '0;
    end else if (advance_i) begin
      addr_q  <= addr_q + delta + {15'd0, word_done};
      pixel_q <= pixel_end ? 16'd0 : (pixel_q + 16'd1) & PixelBits;
      if (pixel_end) group_q <= group_end ? 16'd0 : (group_q + 16'd1) & GroupBits;
      if (pixel_end && group_end) begin
        tile_q <= (tile_q + 16'd1) & TileBits;
        word_q <= '0;
      end else begin
        word_q <= word_q + {15'd0, word_done};
      end
    end
  end

  assign addr_o = addr_q;
  assign word_o = word_q;
  assign last_o = pixel_end && group_end && tile_end;
endmodule
