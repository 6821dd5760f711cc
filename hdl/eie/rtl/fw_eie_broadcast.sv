// Leading-non-zero detection and broadcast: words of Lanes activations in, one non-zero activation per cycle out.
//
// A word's activations that equal the zero point are skipped; a word without any other takes no broadcast cycle and no place in the queue,
// unless it ends the vector. A column is word * Lanes + lane, counted from 0 in every vector. In a cycle with push_o all elements take
// (column_o, a_o); room_i tells that every one has room. vector_done_o is high for one cycle after the last broadcast of a vector, and
// the next vector waits for resume_i. ends_step_o belongs to the vector at work: it is the step's last.
//
// The producer spends a credit per word; credit_o returns it. Queue: Depth words.
module fw_eie_broadcast #(
  parameter int Lanes = 4,
  parameter int Depth = 8
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [7:0]         zero_point_i,
  input  logic               feed_valid_i,
  input  logic [Lanes*8-1:0] feed_data_i,
  input  logic               feed_last_i,
  input  logic               feed_step_last_i,
  output logic [1:0]         credit_o,
  input  logic               room_i,
  output logic               push_o,
  output logic [15:0]        column_o,
  output logic [8:0]         a_o,
  output logic               vector_done_o,
  output logic               ends_step_o,
  input  logic               resume_i
);
  localparam int LaneBits = $clog2(Lanes);
  localparam int WordBits = 16 - LaneBits;

  // Arriving words.
  logic [Lanes-1:0]    arriving_mask;
  logic [WordBits-1:0] word_q;
  logic                keep;
  generate
    for (genvar l = 0; l < Lanes; l++) begin : gen_mask
      assign arriving_mask[l] = feed_data_i[l*8+:8] != zero_point_i;
    end
  endgenerate
  assign keep = feed_valid_i && (arriving_mask != '0 || feed_last_i);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)           word_q <= '0;
    else if (feed_valid_i) word_q <= feed_last_i ? '0 : word_q + 1'b1;
  end

  logic                queued, load;
  logic [Lanes*8-1:0]  head_data;
  logic [Lanes-1:0]    head_mask;
  logic [WordBits-1:0] head_word;
  logic                head_last, head_step_last;
  fw_fifo #(.Width(Lanes * 9 + WordBits + 2), .Depth(Depth)) u_words (
    .clk_i,
    .rst_ni,
    .push_i     (keep),
    .push_data_i({feed_step_last_i, feed_last_i, word_q, arriving_mask, feed_data_i}),
    .pop_valid_o(queued),
    .pop_ready_i(load),
    .pop_data_o ({head_step_last, head_last, head_word, head_mask, head_data})
  );
  assign credit_o = {1'b0, feed_valid_i && !keep} + {1'b0, load};

  // The word at work: its lowest non-zero lane is broadcast and struck off.
  logic                current_q, last_q, halted_q, finishing;
  logic [Lanes*8-1:0]  data_q;
  logic [Lanes-1:0]    mask_q, lowest, rest;
  logic [WordBits-1:0] index_q;
  logic [LaneBits-1:0] lane;
  assign lowest    = mask_q & (~mask_q + 1'b1);
  assign rest      = mask_q & ~lowest;
  assign push_o    = current_q && mask_q != '0 && room_i;
  assign finishing = current_q && rest == '0 && (push_o || mask_q == '0);
  assign load      = queued && !halted_q && (!current_q || (finishing && !last_q));

  always_comb begin
    lane = '0;
    for (int l = 0; l < Lanes; l++) begin
      if (lowest[l]) lane = lane | LaneBits'(l);
    end
  end
  assign column_o = {index_q, lane};
  logic [7:0] byte_value;
  assign byte_value = data_q[lane*8+:8];
  assign a_o        = {byte_value[7], byte_value} - {zero_point_i[7], zero_point_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      current_q     <= 1'b0;
      halted_q      <= 1'b0;
      vector_done_o <= 1'b0;
    end else begin
      current_q     <= load || (current_q && !finishing);
      halted_q      <= (finishing && last_q) || (halted_q && !resume_i);
      vector_done_o <= finishing && last_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (load) begin
      data_q      <= head_data;
      index_q     <= head_word;
      last_q      <= head_last;
      ends_step_o <= head_step_last;
    end
    if (load)        mask_q <= head_mask;
    else if (push_o) mask_q <= rest;
  end
endmodule
