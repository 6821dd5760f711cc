// Host link: input and output streams over a UART, in frames with sequence numbers and check sums.
//
// The host asks, the link answers; the protocol is the table in hdl/link/README.md. A request takes effect only after its check sum was
// right, and only once: a request that repeats the last sequence number is answered as before. A frame that stops for 2^TimeoutBits clocks
// (1/64 to 1/32 of a second) is given up, as is one that does not fit; neither is answered. READ waits as long for a block before it says BUSY.
//
// rst_ni is released synchronously to clk_i (fw_reset_sync). core_rst_no is low with it, and while RESET is answered. A bit has at
// least 8 clocks. activity_o is high from an inference's first input word to its last output word.
module fw_uart_link #(
  parameter int ClockHz = 12000000,
  parameter int Baud = 115200,
  parameter int Lanes = 4,
  parameter int InputWords = 1,
  parameter int OutputWords = 1,
  parameter logic [31:0] Design = 32'd0
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               rx_i,
  output logic               tx_o,
  output logic               core_rst_no,
  output logic               to_core_valid_o,
  input  logic               to_core_ready_i,
  output logic [Lanes*8-1:0] to_core_data_o,
  input  logic               from_core_valid_i,
  output logic               from_core_ready_o,
  input  logic [Lanes*8-1:0] from_core_data_i,
  input  logic               from_core_last_i,
  output logic               activity_o
);
  localparam int TimeoutBits = $clog2(ClockHz / 64);
  localparam int LaneBits = $clog2(Lanes);
  localparam logic [7:0] Version = 8'd1;
  localparam logic [7:0] RequestStart = 8'ha5;
  localparam logic [7:0] AnswerStart = 8'h5a;
  localparam logic [7:0] InfoBytes = 8'd16;
  localparam logic [7:0] CountBytes = 8'd8;

  // Kinds of requests.
  localparam logic [1:0] KindInfo = 2'd0;
  localparam logic [1:0] KindReset = 2'd1;
  localparam logic [1:0] KindWrite = 2'd2;
  localparam logic [1:0] KindRead = 2'd3;

  // Fields of a frame, on the way in and on the way out; then what happens between the two.
  localparam logic [2:0] AtStart = 3'd0;
  localparam logic [2:0] AtKind = 3'd1;
  localparam logic [2:0] AtSequence = 3'd2;
  localparam logic [2:0] AtLength = 3'd3;
  localparam logic [2:0] AtPayload = 3'd4;
  localparam logic [2:0] AtCheck = 3'd5;
  localparam logic [2:0] AtDecision = 3'd6;
  localparam logic [2:0] AtBlock = 3'd7;

  logic [2:0] at_q;
  logic       answers_q, bad_q, busy_q, sent_q;
  logic [1:0] kind_q;
  logic [7:0] sequence_q, last_sequence_q, count_q;

  // Bytes on the line.
  logic       rx_valid, tx_valid, tx_ready, framed, passes, crc_busy;
  logic [7:0] rx_data, tx_data, tx_data_q, crc;
  fw_uart_rx #(.ClockHz(ClockHz), .Baud(Baud)) u_rx (.clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .data_o(rx_data));
  fw_uart_tx #(.ClockHz(ClockHz), .Baud(Baud)) u_tx (.clk_i, .rst_ni, .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data_q), .tx_o);

  // One byte of a frame passes, received or sent. What depends on the byte's place (the byte to send, the payload's end) is a register, ready
  // long before the next byte passes; only an answer's first byte waits a cycle for it.
  logic       payload_ends_q, is_block, answers1_q;
  logic [7:0] block_end, answer_bytes, payload_end;
  assign framed       = !(at_q == AtDecision || at_q == AtBlock || (at_q == AtPayload && payload_ends_q));
  assign tx_valid     = answers1_q && answers_q && framed && !crc_busy;
  assign passes       = answers_q ? tx_valid && tx_ready : rx_valid && framed;
  assign is_block     = kind_q == KindRead && !busy_q;
  assign answer_bytes = is_block ? block_end : ((kind_q == KindInfo) ? InfoBytes : 8'd0);
  assign payload_end  = answers_q ? answer_bytes : 8'hff;
  always_ff @(posedge clk_i) begin
    answers1_q     <= answers_q;
    tx_data_q      <= tx_data;
    payload_ends_q <= count_q == payload_end;
  end

  // Over the check sum's own bytes the register shifts them down, on both ways.
  fw_crc32 u_crc (
    .clk_i,
    .rst_ni,
    .clear_i(at_q == AtStart),
    .valid_i(passes && at_q != AtStart),
    .data_i ((at_q == AtCheck) ? crc : (answers_q ? tx_data_q : rx_data)),
    .busy_o (crc_busy),
    .low_o  (crc)
  );

  // What a request does, in the cycle in which it is found right.
  logic decides, is_new, has_room, complete, accepts, frees, resets, expires;
  assign decides = at_q == AtDecision && !bad_q;
  assign is_new  = sequence_q != last_sequence_q;
  assign accepts = decides && kind_q == KindWrite && is_new && has_room;
  assign frees   = decides && kind_q[1] && is_new && sent_q;
  assign resets  = answers_q && kind_q == KindReset;

  // Silence within a frame, or time spent waiting for a block.
  logic [TimeoutBits:0] timer_q;
  assign expires = timer_q[TimeoutBits];
  always_ff @(posedge clk_i) begin
    if (answers_q || at_q == AtStart || at_q == AtDecision || rx_valid) timer_q <= '0;
    else                                                                timer_q <= timer_q + 1'b1;
  end

  // Position in the frame.
  logic is_malformed;
  assign is_malformed = (kind_q == KindWrite) ? (rx_data == 8'd0 || rx_data[LaneBits-1:0] != '0) : rx_data != 8'd0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      at_q      <= AtStart;
      answers_q <= 1'b0;
    end else begin
      case (at_q)
        AtStart:    if (passes && (answers_q || rx_data == RequestStart)) at_q <= AtKind;
        AtKind:     if (passes) at_q <= AtSequence;
        AtSequence: if (passes) at_q <= AtLength;
        AtLength:   if (passes) at_q <= AtPayload;
        AtPayload:  if (payload_ends_q) at_q <= AtCheck;
        AtCheck: begin
          if (passes && count_q[1:0] == 2'd3) begin
            at_q      <= answers_q ? AtStart : AtDecision;
            answers_q <= 1'b0;
          end
        end
        AtDecision: begin
          at_q      <= (decides && kind_q == KindRead) ? AtBlock : AtStart;
          answers_q <= decides && kind_q != KindRead;
        end
        default: begin
          if (complete || expires) begin
            at_q      <= AtStart;
            answers_q <= 1'b1;
          end
        end
      endcase
      if (!answers_q && at_q != AtBlock && expires) at_q <= AtStart;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!answers_q && passes) begin
      case (at_q)
        AtKind:     {bad_q, kind_q} <= {rx_data[7:2] != 6'd0, rx_data[1:0]};
        AtSequence: sequence_q <= rx_data;
        AtLength:   bad_q <= bad_q || is_malformed;
        AtCheck:    bad_q <= bad_q || rx_data != ~crc;
        default:    ;
      endcase
    end
    // Up to 0xff on the way in and to the payload's length on the way out; then over the check sum.
    if ((at_q == AtPayload && payload_ends_q) || (at_q == AtLength && answers_q)) count_q <= 8'd0;
    else if (at_q == AtLength)                                                  count_q <= ~rx_data;
    else if (passes)                                                            count_q <= count_q + 8'd1;
  end

  // What is remembered from request to request.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_sequence_q <= '0;
      sent_q          <= 1'b0;
      busy_q          <= 1'b0;
    end else begin
      if (accepts || resets || (at_q == AtBlock && complete)) last_sequence_q <= sequence_q;
      if (frees || resets)                     sent_q <= 1'b0;
      else if (at_q == AtBlock && complete)    sent_q <= 1'b1;
      if (at_q == AtDecision)    busy_q <= kind_q == KindWrite && is_new && !has_room;
      else if (at_q == AtBlock)  busy_q <= !complete;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) core_rst_no <= 1'b0;
    else         core_rst_no <= !resets;
  end

  // The two streams.
  fw_link_write #(.Lanes(Lanes)) u_write (
    .clk_i,
    .rst_ni,
    .clear_i    (resets),
    .begin_i    (!answers_q && at_q == AtLength && passes),
    .begin_at_i (~rx_data),
    .byte_i     (!answers_q && at_q == AtPayload && passes),
    .byte_at_i  (count_q),
    .byte_data_i(rx_data),
    .accept_i   (accepts),
    .room_o     (has_room),
    .valid_o    (to_core_valid_o),
    .ready_i    (to_core_ready_i),
    .data_o     (to_core_data_o)
  );

  logic [7:0] block_byte;
  fw_link_read #(.Lanes(Lanes)) u_read (
    .clk_i,
    .rst_ni,
    .free_i    (frees || resets),
    .valid_i   (from_core_valid_i),
    .ready_o   (from_core_ready_o),
    .data_i    (from_core_data_i),
    .last_i    (from_core_last_i),
    .re_i      (answers_q),
    .at_i      (count_q),
    .byte_o    (block_byte),
    .complete_o(complete),
    .end_o     (block_end)
  );

  logic [63:0] counts;
  fw_link_cycles u_cycles (
    .clk_i,
    .rst_ni,
    .clear_i    (resets),
    .in_valid_i (to_core_valid_o),
    .in_ready_i (to_core_ready_i),
    .out_valid_i(from_core_valid_i),
    .out_ready_i(from_core_ready_o),
    .out_last_i (from_core_last_i),
    .active_o   (activity_o),
    .cycles_o   (counts[31:0]),
    .worked_o   (counts[63:32])
  );

  // An answer's bytes.
  logic [127:0] info;
  logic [7:0]   info_byte, counts_byte, payload_byte;
  assign info        = {32'(ClockHz), 32'(Design), 24'(OutputWords), 24'(InputWords), 8'(Lanes), Version};
  assign info_byte   = info[count_q[3:0]*8+:8];
  assign counts_byte = counts[count_q[2:0]*8+:8];
  always_comb begin
    if (kind_q == KindInfo)        payload_byte = info_byte;
    else if (count_q < CountBytes) payload_byte = counts_byte;
    else                           payload_byte = block_byte;
    case (at_q)
      AtStart:    tx_data = AnswerStart;
      AtKind:     tx_data = {1'b1, busy_q, 4'd0, kind_q};
      AtSequence: tx_data = sequence_q;
      AtLength:   tx_data = answer_bytes;
      AtPayload:  tx_data = payload_byte;
      default:    tx_data = ~crc;
    endcase
  end

`ifndef SYNTHESIS
  initial if (Lanes < 4 || Lanes > 128 || (Lanes & (Lanes - 1)) != 0) $error("fw_uart_link: Lanes is %0d, must be a power of two, 4 to 128", Lanes);
  initial if (ClockHz / Baud < 8) $error("fw_uart_link: a bit has %0d clocks (ClockHz %0d, Baud %0d), must be at least 8", ClockHz / Baud, ClockHz, Baud);
  initial if (InputWords < 1 || InputWords >= (1 << 24) || OutputWords < 1 || OutputWords >= (1 << 24))
    $error("fw_uart_link: InputWords is %0d and OutputWords %0d, must be in 1..2^24", InputWords, OutputWords);
`endif
endmodule
