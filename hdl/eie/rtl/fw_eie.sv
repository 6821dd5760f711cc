// Sparse engine: matrix-vector products over compressed columns, rows interleaved over Pes processing elements.
//
//   acc[r] = sum over the columns j with a[j] != zero_point of (a[j] - zero_point) * w[r][j],   row r in element r mod Pes
//
// Activations arrive as words; non-zero ones are broadcast, one per cycle, to the queues of all elements; the broadcast stops while any
// queue is full. When a vector is finished and every element is idle, its words_i * Lanes rows are read out, a word of Lanes accumulators at
// a time; param_word_o is the word's number. A layer with more rows than Pes * Registers takes several steps.
// Source: EIE, ISCA 2016 (see fw_eie_pe); the read-out replaces the paper's activation read/write unit, since activations live in the shell.
module fw_eie #(
  parameter int Lanes = 4,
  parameter int Pes = 4,
  parameter int IndexBits = 4,
  parameter int CodeBits = 4,
  parameter int Plain = 0,
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
  input  logic                feed_valid_i,
  input  logic [Lanes*8-1:0]  feed_data_i,
  input  logic                feed_vector_last_i,
  input  logic                feed_step_last_i,
  output logic [1:0]          credit_o,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic [15:0]         param_word_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int RowBits = (Registers > 1) ? $clog2(Registers) : 1;
  localparam int Parts = (Pes < Lanes) ? Lanes / Pes : 1;
  localparam int Groups = (Pes > Lanes) ? Pes / Lanes : 1;
  localparam int PartBits = $clog2(Parts);
  localparam int GroupBits = $clog2(Groups);

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
  logic [8:0]     a;
  logic [Pes-1:0] room, idle;
  assign room_all = &room;
  fw_eie_broadcast #(.Lanes(Lanes)) u_broadcast (
    .clk_i,
    .rst_ni,
    .zero_point_i,
    .feed_valid_i,
    .feed_data_i,
    .feed_last_i  (feed_vector_last_i),
    .feed_step_last_i,
    .credit_o,
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
  logic [15:0]         read_index_q;
  logic [RowBits-1:0]  read_row;
  logic [Pes*32-1:0]   rows;
  generate
    for (genvar p = 0; p < Pes; p++) begin : gen_pe
      fw_eie_pe #(.IndexBits(IndexBits), .CodeBits(CodeBits), .Plain(Plain), .QueueDepth(QueueDepth), .Registers(Registers),
                  .EntryWords(EntryWords), .Pointers(Pointers), .Codebooks(Codebooks)) u_pe (
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
  logic        draining_q, idle_q, last_read, read1_q, last1_q, last2_q;
  logic [15:0] reads, index1_q;
  assign reads     = words_i << PartBits;
  assign last_read = read_q && read_index_q == reads - 16'd1;
  assign read_row  = RowBits'(read_index_q >> GroupBits);
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
    read_index_q <= read_q ? read_index_q + 16'd1 : 16'd0;
    index1_q     <= read_index_q;
  end

  // Word: the group's elements, or parts collected over several reads.
  logic word_done;
  generate
    if (Parts > 1) begin : gen_parts
      logic [Lanes*32-1:0] collected_q;
      assign word_done = read1_q && (&index1_q[PartBits-1:0]);
      always_ff @(posedge clk_i) if (read1_q) collected_q <= {rows, collected_q[Lanes*32-1:Pes*32]};
      assign acc_o = collected_q;
    end else if (Groups > 1) begin : gen_groups
      assign word_done = read1_q;
      always_ff @(posedge clk_i) acc_o <= rows[index1_q[GroupBits-1:0]*Lanes*32+:Lanes*32];
    end else begin : gen_same
      assign word_done = read1_q;
      always_ff @(posedge clk_i) acc_o <= rows;
    end
  endgenerate
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) acc_valid_o <= 1'b0;
    else         acc_valid_o <= word_done;
  end
  always_ff @(posedge clk_i) param_word_o <= index1_q >> PartBits;
endmodule
