// Sparse engine: matrix-vector products over compressed columns, rows interleaved over Pes processing elements.
//
//   acc[r] = sum over the columns j with a[j] != zero_point of (a[j] - zero_point) * w[r][j],   row r in element r mod Pes
//
// Activations arrive as words; non-zero ones are broadcast, one per cycle, to the queues of all elements; the broadcast stops while any
// queue is full. When a vector is finished and every element is idle, its words_i * Lanes rows are read out, a word of Lanes accumulators at
// a time; param_word_o is the word's number. With wide_out_i every word comes twice, half_o telling which half of its lanes is meant.
// A layer with more rows than Pes * Registers takes several steps; a vector longer than the source registers takes several batches, over
// which the accumulators stay.
// Source: EIE, ISCA 2016 (see fw_eie_pe); the read-out replaces the paper's activation read/write unit, since activations live in the shell.
module fw_eie #(
  parameter int Lanes = 4,
  parameter int Pes = 4,
  parameter int IndexBits = 4,
  parameter int CodeBits = 4,
  parameter int Plain = 0,
  parameter int ActBits = 8,
  parameter int SourceWords = 0,
  parameter int QueueDepth = 8,
  parameter int Registers = 64,
  parameter int EntryWords = 16,
  parameter int Pointers = 16,
  parameter int Codebooks = 1,
  parameter int ImageWords = 16,
  parameter ImageFile = ""
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                loaded_o,
  input  logic [15:0]         base_i,
  input  logic [15:0]         words_i,
  input  logic [7:0]          codebook_i,
  input  logic [7:0]          zero_point_i,
  input  logic                wide_in_i,
  input  logic                wide_out_i,
  input  logic                request_i,
  input  logic                request_last_i,
  output logic                room_o,
  input  logic                feed_valid_i,
  input  logic [Lanes*8-1:0]  feed_data_i,
  input  logic                feed_vector_last_i,
  input  logic                feed_step_last_i,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic                half_o,
  output logic [15:0]         param_word_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int RowBits = (Registers > 1) ? $clog2(Registers) : 1;
  localparam int Parts = (Pes < Lanes) ? Lanes / Pes : 1;
  localparam int Groups = (Pes > Lanes) ? Pes / Lanes : 1;
  localparam int PartBits = (Parts > 1) ? $clog2(Parts) : 1;
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1;

  // Loading.
  logic        load_pointer, load_entry, load_flush, load_code;
  logic [15:0] load_pe, load_addr, load_data;
  fw_eie_loader #(.Pes(Pes), .IndexBits(IndexBits), .CodeBits(CodeBits), .Codebooks((Plain != 0) ? 0 : Codebooks), .Words(ImageWords),
                  .InitFile(ImageFile)) u_loader (
    .clk_i,
    .rst_ni,
    .loaded_o,
    .pointer_o(load_pointer),
    .entry_o  (load_entry),
    .flush_o  (load_flush),
    .code_o   (load_code),
    .pe_o     (load_pe),
    .addr_o   (load_addr),
    .data_o   (load_data)
  );

  // Broadcast.
  logic           push, vector_done, ends_step, resume, room_all;
  logic [15:0]    column;
  logic [ActBits:0] a;
  logic [Pes-1:0] room, idle;
  assign room_all = &room;
  fw_eie_broadcast #(.Lanes(Lanes), .ActBits(ActBits), .SourceWords(SourceWords)) u_broadcast (
    .clk_i,
    .rst_ni,
    .wide_i       (wide_in_i),
    .zero_point_i,
    .request_i,
    .request_last_i,
    .room_o,
    .feed_valid_i,
    .feed_data_i,
    .feed_last_i  (feed_vector_last_i),
    .feed_step_last_i,
    .room_i       (room_all),
    .push_o       (push),
    .column_o     (column),
    .a_o          (a),
    .vector_done_o(vector_done),
    .ends_step_o  (ends_step),
    .resume_i     (resume)
  );

  // Elements.
  logic                read_q, clear;
  logic [RowBits-1:0]  read_row;
  logic [Pes*32-1:0]   rows;
  generate
    for (genvar p = 0; p < Pes; p++) begin : gen_pe
      fw_eie_pe #(.IndexBits(IndexBits), .CodeBits(CodeBits), .Plain(Plain), .ActBits(ActBits), .QueueDepth(QueueDepth),
                  .Registers(Registers), .EntryWords(EntryWords), .Pointers(Pointers), .Codebooks(Codebooks)) u_pe (
        .clk_i,
        .rst_ni,
        .load_pointer_i(load_pointer && load_pe == 16'(p)),
        .load_entry_i  (load_entry && load_pe == 16'(p)),
        .load_flush_i  (load_flush && load_pe == 16'(p)),
        .load_code_i   (load_code),
        .load_addr_i   (load_addr),
        .load_data_i   (load_data),
        .base_i,
        .codebook_i,
        .push_i        (push),
        .column_i      (column),
        .a_i           (a),
        .room_o        (room[p]),
        .idle_o        (idle[p]),
        .read_i        (read_q),
        .read_row_i    (read_row),
        .clear_i       (clear),
        .acc_o         (rows[p*32+:32])
      );
    end
  endgenerate

  // Read-out: draining until every element is idle, then one read per cycle, then the accumulators are cleared.
  logic                 draining_q, idle_q, part_last, half_last, last_read, half_q, read1_q, part_last1_q, half1_q, last1_q, last2_q;
  logic [PartBits-1:0]  part_q;
  logic [GroupBits-1:0] group_q, group1_q;
  logic [RowBits-1:0]   row_q;
  logic [15:0]          word_q, word1_q;
  assign part_last = part_q == PartBits'(Parts - 1);
  assign half_last = half_q || !wide_out_i;
  assign last_read = read_q && part_last && half_last && word_q == words_i - 16'd1;
  assign read_row  = row_q + RowBits'(part_q);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      draining_q  <= 1'b0;
      idle_q      <= 1'b0;
      read_q      <= 1'b0;
      read1_q     <= 1'b0;
      last1_q     <= 1'b0;
      last2_q     <= 1'b0;
    end else begin
      draining_q <= vector_done || (draining_q && !idle_q);
      idle_q     <= draining_q && (&idle) && !idle_q;
      read_q     <= (draining_q && idle_q) || (read_q && !last_read);
      read1_q    <= read_q;
      last1_q    <= last_read;
      last2_q    <= last1_q;
    end
  end
  assign acc_last_o = last2_q && ends_step;
  assign clear  = last1_q;
  assign resume = last1_q;
  always_ff @(posedge clk_i) begin
    if (!read_q) begin
      part_q  <= '0;
      half_q  <= 1'b0;
      group_q <= '0;
      row_q   <= '0;
      word_q  <= '0;
    end else begin
      part_q <= part_last ? '0 : part_q + 1'b1;
      if (part_last) half_q <= !half_last;
      if (part_last && half_last) begin
        word_q  <= word_q + 16'd1;
        group_q <= (group_q == GroupBits'(Groups - 1)) ? '0 : group_q + 1'b1;
        if (group_q == GroupBits'(Groups - 1)) row_q <= row_q + RowBits'(Parts);
      end
    end
    part_last1_q <= part_last;
    half1_q      <= half_q;
    group1_q     <= group_q;
    word1_q      <= word_q;
  end

  // Word: the group's elements, or parts collected over several reads.
  logic word_done;
  assign word_done = read1_q && part_last1_q;
  generate
    if (Parts > 1) begin : gen_parts
      logic [Lanes*32-1:0] collected_q;
      always_ff @(posedge clk_i) if (read1_q) collected_q <= {rows, collected_q[Lanes*32-1:Pes*32]};
      assign acc_o = collected_q;
    end else if (Groups > 1) begin : gen_groups
      always_ff @(posedge clk_i) acc_o <= rows[group1_q*Lanes*32+:Lanes*32];
    end else begin : gen_same
      always_ff @(posedge clk_i) acc_o <= rows;
    end
  endgenerate
  logic unused_group;
  assign unused_group = ^group1_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) acc_valid_o <= 1'b0;
    else         acc_valid_o <= word_done;
  end
  always_ff @(posedge clk_i) begin
    param_word_o <= word1_q;
    half_o       <= half1_q;
  end

`ifndef SYNTHESIS
  initial if (Pes < 1 || Pes > 256) $error("fw_eie: Pes is %0d, must be in 1..=256", Pes);
  initial if (Pes % Lanes != 0 && Lanes % Pes != 0) $error("fw_eie: Pes is %0d, must divide Lanes = %0d or be a multiple of it", Pes, Lanes);
  initial if (QueueDepth < 1 || QueueDepth > 64) $error("fw_eie: QueueDepth is %0d, must be in 1..=64", QueueDepth);
  initial if (IndexBits < 2 || IndexBits > 8) $error("fw_eie: IndexBits is %0d, must be in 2..=8", IndexBits);
  initial if (CodeBits < 2 || CodeBits > 8) $error("fw_eie: CodeBits is %0d, must be in 2..=8", CodeBits);
  initial if (Plain != 0 && CodeBits != 8) $error("fw_eie: CodeBits is %0d, must be 8 without a codebook", CodeBits);
  initial if (ActBits != 8 && ActBits != 16) $error("fw_eie: ActBits is %0d, must be 8 or 16", ActBits);
  initial if (Registers * Pes < Lanes) $error("fw_eie: Pes * Registers is %0d, must be at least Lanes = %0d", Registers * Pes, Lanes);
`endif
endmodule
