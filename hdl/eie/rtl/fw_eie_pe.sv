// One processing element of the sparse engine: queue, pointers, compressed matrix, codebook, accumulators.
//
// For every queued activation (column j, value a) the element walks the entries of its part of column j. An entry is a run of zeros and a
// weight code: the row is the previous row of the column plus the run plus one, and
//
//   acc[row] += a * codebook[code]          a has ActBits + 1 bits: an activation minus its zero point
//
// A column of n entries takes max(n, 1) cycles; one entry per cycle. Columns lie between pointers[base + j] and pointers[base + j + 1],
// which are read together from two banks. The matrix memory holds eight entries per word. An accumulator that is needed again in the next
// cycle is taken from the adder's output (bypass), so that the same row may follow itself.
//
// The queue's places include the activation at work: room_o counts those whose columns are not finished.
//
// Cycles: push at t, pop at t + 1 or later, take at pop + 1 or later, an entry's read in the cycle of the take or after it, accumulator
// written three cycles after the read. idle_o is high when all of that is empty.
// Source: S. Han et al., "EIE: Efficient Inference Engine on Compressed Deep Neural Network", ISCA 2016, section IV.
module fw_eie_pe #(
  parameter int IndexBits = 4,
  parameter int CodeBits = 4,
  parameter int Plain = 0,
  parameter int ActBits = 8,
  parameter int QueueDepth = 8,
  parameter int Registers = 64,
  parameter int EntryWords = 16,
  parameter int Pointers = 16,
  parameter int Codebooks = 1,
  parameter int RowBits = (Registers > 1) ? $clog2(Registers) : 1,
  parameter int EntryBits = IndexBits + CodeBits,
  parameter int CodeAddrBits = CodeBits + ((Codebooks > 1) ? $clog2(Codebooks) : 1)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // Loading: one pointer, entry or codebook value per cycle.
  input  logic                    load_pointer_i,
  input  logic                    load_entry_i,
  input  logic                    load_flush_i,
  input  logic                    load_code_i,
  input  logic [15:0]             load_addr_i,
  input  logic [15:0]             load_data_i,
  // Step.
  input  logic [15:0]             base_i,
  input  logic [7:0]              codebook_i,
  // Broadcast.
  input  logic                    push_i,
  input  logic [15:0]             column_i,
  input  logic [ActBits:0]        a_i,
  output logic                    room_o,
  output logic                    idle_o,
  // Read-out.
  input  logic                    read_i,
  input  logic [RowBits-1:0]      read_row_i,
  input  logic                    clear_i,
  output logic [31:0]             acc_o
);
  localparam int QueueBits = (QueueDepth > 1) ? $clog2(QueueDepth) : 1;
  localparam int QueueSlots = 1 << QueueBits;
  localparam int EntryAddrBits = ((EntryWords > 1) ? $clog2(EntryWords) : 1) + 3;
  localparam int PointerWords = (Pointers + 1) / 2;
  localparam int PointerAddrBits = (PointerWords > 1) ? $clog2(PointerWords) : 1;

  // Queue.
  logic               pop, queued, done;
  logic [QueueBits:0] count_q;
  logic [15:0]        head_column;
  logic [ActBits:0]   head_a;
  fw_fifo #(.Width(ActBits + 17), .Depth(QueueSlots)) u_queue (
    .clk_i,
    .rst_ni,
    .push_i,
    .push_data_i({column_i, a_i}),
    .pop_valid_o(queued),
    .pop_ready_i(pop),
    .pop_data_o ({head_column, head_a})
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else         count_q <= count_q + {{QueueBits{1'b0}}, push_i} - {{QueueBits{1'b0}}, done};
  end
  assign room_o = count_q < QueueDepth[QueueBits:0];

  // Pointers: even columns in one bank, odd ones in the other.
  logic [15:0]              pointer_addr, pointer_next;
  logic [EntryAddrBits-1:0] even, odd, first, last, write_q;
  logic                     is_odd_q, waiting_q;
  logic [ActBits:0]         waiting_a_q;
  assign pointer_addr = base_i + head_column;
  assign pointer_next = pointer_addr + 16'd1;
  fw_ram #(.Width(EntryAddrBits), .Depth(PointerWords)) u_even (
    .clk_i,
    .we_i   (load_pointer_i && !load_addr_i[0]),
    .waddr_i(load_addr_i[PointerAddrBits:1]),
    .wdata_i(write_q),
    .re_i   (pop),
    .raddr_i(pointer_next[PointerAddrBits:1]),
    .rdata_o(even)
  );
  fw_ram #(.Width(EntryAddrBits), .Depth(PointerWords)) u_odd (
    .clk_i,
    .we_i   (load_pointer_i && load_addr_i[0]),
    .waddr_i(load_addr_i[PointerAddrBits:1]),
    .wdata_i(write_q),
    .re_i   (pop),
    .raddr_i(pointer_addr[PointerAddrBits:1]),
    .rdata_o(odd)
  );
  assign first = is_odd_q ? odd : even;
  assign last  = is_odd_q ? even : odd;
  logic unused_addr;
  assign unused_addr = ^{pointer_addr, pointer_next, load_addr_i, load_data_i};

  // Walk: the cycle that takes a column reads its first entry.
  logic [EntryAddrBits-1:0] left_q, next_q, span, entry_addr;
  logic                     take, issue, starts;
  logic [ActBits:0]         walk_a_q, issue_a;
  assign take       = waiting_q && left_q == '0;
  assign pop        = queued && (!waiting_q || take);
  assign span       = last - first;
  assign starts     = take && span != '0;
  assign issue      = starts || left_q != '0;
  assign entry_addr = take ? first : next_q;
  assign issue_a    = take ? waiting_a_q : walk_a_q;
  assign done       = (take && span[EntryAddrBits-1:1] == '0) || left_q == EntryAddrBits'(1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waiting_q <= 1'b0;
      left_q    <= '0;
    end else begin
      waiting_q <= pop || (waiting_q && !take);
      if (starts)            left_q <= span - 1'b1;
      else if (left_q != '0) left_q <= left_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (pop) begin
      waiting_a_q <= head_a;
      is_odd_q    <= pointer_addr[0];
    end
    if (take) walk_a_q <= waiting_a_q;
    next_q <= entry_addr + 1'b1;
  end

  // Entry: eight per word; the last written word is still being filled.
  logic [8*EntryBits-1:0] word, fill_q;
  logic [8*EntryBits-1:0] filled;
  assign filled = {load_data_i[EntryBits-1:0], fill_q[8*EntryBits-1:EntryBits]};
  // A word stays at the output while its entries are taken one after the other.
  logic                   read_word;
  assign read_word = issue && (starts || entry_addr[2:0] == 3'd0);
  logic                   write_word;
  logic [8*EntryBits-1:0] aligned;
  assign write_word = (load_entry_i && write_q[2:0] == 3'd7) || (load_flush_i && write_q[2:0] != 3'd0);
  assign aligned    = load_entry_i ? filled : (fill_q >> ({12'd0, 4'd8 - {1'b0, write_q[2:0]}} * EntryBits[15:0]));
  fw_ram #(.Width(8 * EntryBits), .Depth(EntryWords)) u_entries (
    .clk_i,
    .we_i   (write_word),
    .waddr_i(write_q[EntryAddrBits-1:3]),
    .wdata_i(aligned),
    .re_i   (read_word),
    .raddr_i(entry_addr[EntryAddrBits-1:3]),
    .rdata_o(word)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)           write_q <= '0;
    else if (load_entry_i) write_q <= write_q + 1'b1;
    else if (load_flush_i) write_q <= {write_q[EntryAddrBits-1:3] + {{(EntryAddrBits-4){1'b0}}, write_q[2:0] != 3'd0}, 3'd0};
  end
  always_ff @(posedge clk_i) if (load_entry_i) fill_q <= filled;

  // Row and weight code.
  logic                 valid1_q, valid2_q, valid3_q, valid4_q, starts1_q;
  logic [2:0]           select1_q;
  logic [ActBits:0]     a1_q, a2_q;
  logic [EntryBits-1:0] entry;
  logic [RowBits-1:0]   row1, row_q, row3_q, row4_q;
  assign entry = word[select1_q*EntryBits+:EntryBits];
  assign row1  = (starts1_q ? '0 : row_q + 1'b1) + RowBits'(entry[EntryBits-1:CodeBits]);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {valid1_q, valid2_q, valid3_q, valid4_q} <= '0;
    else         {valid1_q, valid2_q, valid3_q, valid4_q} <= {issue, valid1_q, valid2_q, valid3_q};
  end
  always_ff @(posedge clk_i) begin
    starts1_q <= starts;
    select1_q <= entry_addr[2:0];
    a1_q      <= issue_a;
    a2_q      <= a1_q;
    if (valid1_q) row_q <= row1;
  end

  logic signed [15:0] weight;
  generate
    if (Plain != 0) begin : gen_plain
      logic signed [CodeBits-1:0] code_q;
      always_ff @(posedge clk_i) code_q <= entry[CodeBits-1:0];
      assign weight = 16'(code_q);
      logic unused_codebook;
      assign unused_codebook = ^{load_code_i, codebook_i};
    end else begin : gen_codebook
      logic unused_codebook;
      assign unused_codebook = ^codebook_i;
      fw_ram #(.Width(16), .Depth(1 << CodeAddrBits)) u_codebook (
        .clk_i,
        .we_i   (load_code_i),
        .waddr_i(load_addr_i[CodeAddrBits-1:0]),
        .wdata_i(load_data_i),
        .re_i   (1'b1),
        .raddr_i({codebook_i[CodeAddrBits-CodeBits-1:0], entry[CodeBits-1:0]}),
        .rdata_o(weight)
      );
    end
  endgenerate

  // Multiply and accumulate. Row 2 is row_q, the register behind row1.
  logic signed [31:0] product3_q;
  logic [31:0]        stored, previous, sum, sum4_q;
  logic [Registers-1:0] touched_q;
  logic               bypass, first_touch;
  assign bypass      = valid4_q && row4_q == row3_q;
  assign first_touch = !touched_q[row3_q];
  assign previous    = bypass ? sum4_q : (first_touch ? 32'd0 : stored);
  assign sum         = previous + product3_q;
  fw_ram #(.Width(32), .Depth(Registers)) u_accumulators (
    .clk_i,
    .we_i   (valid3_q),
    .waddr_i(row3_q),
    .wdata_i(sum),
    .re_i   (valid2_q || read_i),
    .raddr_i(read_i ? read_row_i : row_q),
    .rdata_o(stored)
  );
  always_ff @(posedge clk_i) begin
    product3_q <= $signed(a2_q) * weight;
    row3_q     <= read_i ? read_row_i : row_q;
    row4_q     <= row3_q;
    sum4_q     <= sum;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)       touched_q <= '0;
    else if (clear_i)  touched_q <= '0;
    else if (valid3_q) touched_q[row3_q] <= 1'b1;
  end

  assign acc_o  = first_touch ? 32'd0 : stored;
  assign idle_o = !queued && !waiting_q && left_q == '0 && !valid1_q && !valid2_q && !valid3_q;
endmodule
