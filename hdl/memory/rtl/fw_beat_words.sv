// Beats of a bus to words of a power of two of bytes, in their order.
//
//   word of several beats:   the first beat is the lowest part; all but the last are collected, and word_valid_o rises with the last one
//   beat of several words:   lane_i, the low bits of the word's index, selects the word; the beat is taken with its last word, or with last_i
//
// word_o and word_valid_o belong to the beat on offer in the same cycle; word_take_i takes the word. One word per cycle, as beats allow.
module fw_beat_words #(
  parameter int BeatBits = 32,
  parameter int WordBits = 32,
  parameter int LaneBits = (BeatBits > WordBits) ? $clog2(BeatBits / WordBits) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                beat_valid_i,
  output logic                beat_take_o,
  input  logic [BeatBits-1:0] beat_i,
  output logic                word_valid_o,
  input  logic                word_take_i,
  input  logic [LaneBits-1:0] lane_i,
  input  logic                last_i,
  output logic [WordBits-1:0] word_o
);
  generate
    if (WordBits > BeatBits) begin : gen_collect
      localparam int Beats = WordBits / BeatBits;
      localparam int CountBits = $clog2(Beats);
      logic [WordBits-BeatBits-1:0] held_q;
      logic [CountBits-1:0]         count_q;
      logic                         full;
      assign full         = count_q == CountBits'(Beats - 1);
      assign word_valid_o = full && beat_valid_i;
      assign beat_take_o  = full ? word_take_i : beat_valid_i;
      assign word_o       = {beat_i, held_q};
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)          count_q <= '0;
        else if (beat_take_o) count_q <= count_q + 1'b1;
      end
      if (Beats > 2) begin : gen_shift
        always_ff @(posedge clk_i) if (beat_take_o) held_q <= {beat_i, held_q[WordBits-BeatBits-1:BeatBits]};
      end else begin : gen_hold
        always_ff @(posedge clk_i) if (beat_take_o) held_q <= beat_i;
      end
      logic unused_place;
      assign unused_place = ^{lane_i, last_i};
    end else if (WordBits < BeatBits) begin : gen_select
      assign word_valid_o = beat_valid_i;
      assign beat_take_o  = word_take_i && (&lane_i || last_i);
      assign word_o       = beat_i[32'(lane_i)*WordBits+:WordBits];
      logic unused_clock;
      assign unused_clock = ^{clk_i, rst_ni};
    end else begin : gen_same
      assign word_valid_o = beat_valid_i;
      assign beat_take_o  = word_take_i;
      assign word_o       = beat_i;
      logic unused_rest;
      assign unused_rest = ^{clk_i, rst_ni, lane_i, last_i};
    end
  endgenerate

`ifndef SYNTHESIS
  always @(posedge clk_i or negedge rst_ni) begin : TakenOnlyWhenValid
    if (rst_ni && word_take_i && !word_valid_o) $error("fw_beat_words: a word was taken that was not there");
  end
`endif
endmodule
