// Leading-non-zero detection and broadcast: words of activations in, one non-zero activation per cycle out.
//
// A word holds Lanes activations of 8 bits, or with wide_i Lanes / 2 of 16 bits, low byte first. Those that equal the zero point are skipped;
// a word without any other takes no broadcast cycle and no place in the queue, unless it ends the vector. A column is the activation's number
// within its vector. In a cycle with push_o all elements take (column_o, a_o); room_i tells that every one has room. vector_done_o is high for
// one cycle after the last broadcast of a vector, and the next vector waits for resume_i. ends_step_o belongs to the vector at work: it is
// the step's last.
//
// Words are requested in the cycles with request_i, which need room_o; they arrive as feed_*, in order, with a fixed latency.
// SourceWords 0: words are broadcast as they come, from a queue of 8. Otherwise the words are the source registers: a batch of up to
// SourceWords words of one vector is loaded as a whole before its first broadcast, and the next batch is requested from the cycle on that
// follows its last. Source: EIE, ISCA 2016, section IV (source and destination activation registers, batches of longer vectors).
module fw_eie_broadcast #(
  parameter int Lanes = 4,
  parameter int ActBits = 8,
  parameter int SourceWords = 0
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               wide_i,
  input  logic [7:0]         zero_point_i,
  input  logic               request_i,
  input  logic               request_last_i,
  output logic               room_o,
  input  logic               feed_valid_i,
  input  logic [Lanes*8-1:0] feed_data_i,
  input  logic               feed_last_i,
  input  logic               feed_step_last_i,
  input  logic               room_i,
  output logic               push_o,
  output logic [15:0]        column_o,
  output logic [ActBits:0]   a_o,
  output logic               vector_done_o,
  output logic               ends_step_o,
  input  logic               resume_i
);
  localparam int LaneBits = $clog2(Lanes);
  localparam int WordBits = 16 - LaneBits;
  localparam int Depth = (SourceWords == 0) ? 8 : 1 << $clog2(SourceWords);

  // Arriving words.
  logic [Lanes-1:0]    arriving_mask;
  logic [WordBits-1:0] word_q;
  logic                keep;
  generate
    for (genvar l = 0; l < Lanes; l++) begin : gen_mask
      if (ActBits == 16 && l % 2 == 0) begin : gen_pair
        assign arriving_mask[l] = wide_i ? feed_data_i[l*8+:16] != 16'd0 : feed_data_i[l*8+:8] != zero_point_i;
      end else begin : gen_single
        assign arriving_mask[l] = !wide_i && feed_data_i[l*8+:8] != zero_point_i;
      end
    end
  endgenerate
  assign keep = feed_valid_i && (arriving_mask != '0 || feed_last_i);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)           word_q <= '0;
    else if (feed_valid_i) word_q <= feed_last_i ? '0 : word_q + 1'b1;
  end

  logic                queued, load, open;
  logic [Lanes*8-1:0]  head_data;
  logic [Lanes-1:0]    head_mask;
  logic [WordBits-1:0] head_word;
  logic                head_last, head_step_last;
  fw_fifo #(.Width(Lanes * 9 + WordBits + 2), .Depth(Depth), .AddrBits($clog2(Depth))) u_words (
    .clk_i,
    .rst_ni,
    .push_i     (keep),
    .push_data_i({feed_step_last_i, feed_last_i, word_q, arriving_mask, feed_data_i}),
    .pop_valid_o(queued),
    .pop_ready_i(load),
    .pop_data_o ({head_step_last, head_last, head_word, head_mask, head_data})
  );

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
  assign load      = queued && open && !halted_q && (!current_q || (finishing && !last_q));

  always_comb begin
    lane = '0;
    for (int l = 0; l < Lanes; l++) begin
      if (lowest[l]) lane = lane | LaneBits'(l);
    end
  end
  generate
    if (ActBits == 16) begin : gen_wide
      logic [Lanes*8+7:0] padded;
      logic [15:0]        value;
      assign padded   = {8'd0, data_q};
      assign value    = padded[lane*8+:16];
      assign column_o = wide_i ? {1'b0, index_q, lane[LaneBits-1:1]} : {index_q, lane};
      assign a_o      = wide_i ? {value[15], value} : {{9{value[7]}}, value[7:0]} - {{9{zero_point_i[7]}}, zero_point_i};
    end else begin : gen_byte
      logic [7:0] value;
      assign value    = data_q[lane*8+:8];
      assign column_o = {index_q, lane};
      assign a_o      = {value[7], value} - {zero_point_i[7], zero_point_i};
    end
  endgenerate

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

  // Room for requests.
  generate
    if (SourceWords == 0) begin : gen_stream
      logic [3:0] words_q;
      logic       skip;
      logic       unused_last;
      assign unused_last = request_last_i;
      assign skip   = feed_valid_i && !keep;
      assign room_o = words_q != 4'd0;
      assign open   = 1'b1;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) words_q <= Depth[3:0];
        else         words_q <= words_q - {3'd0, request_i} + {3'd0, skip} + {3'd0, load};
      end
    end else begin : gen_sources
      localparam int CountBits = $clog2(SourceWords + 1);
      logic [CountBits-1:0] requested_q, arrived_q;
      logic                 closed_q, scanning_q, requests_end, arrives_end, batch_done;
      assign requests_end = request_i && (request_last_i || requested_q == CountBits'(SourceWords - 1));
      assign arrives_end  = feed_valid_i && (feed_last_i || arrived_q == CountBits'(SourceWords - 1));
      assign batch_done   = scanning_q && !queued && (finishing || !current_q);
      assign room_o       = !closed_q;
      assign open         = scanning_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          requested_q <= '0;
          arrived_q   <= '0;
          closed_q    <= 1'b0;
          scanning_q  <= 1'b0;
        end else begin
          if (request_i)    requested_q <= requests_end ? '0 : requested_q + 1'b1;
          if (feed_valid_i) arrived_q <= arrives_end ? '0 : arrived_q + 1'b1;
          closed_q   <= requests_end || (closed_q && !batch_done);
          scanning_q <= arrives_end || (scanning_q && !batch_done);
        end
      end
    end
  endgenerate
endmodule
