// Shift core: Cols columns of Simd shift units, adder trees and accumulators; weights that are sums of powers of two, activations of 8 bits.
//
//   acc[n] = sum over taps, words, chunks and i < Simd of  a[i] * w[n][i],   w = sum over t < Terms of +-2^shift, or less terms
//
// A weight is a code of CodeBits; entry `code` of the step's table says what terms it stands for. Bytes that are no channels meet a weight
// of 0. The table is read from the table memory at the launch (start_table_i) and stays until the next.
//
// Words arrive chunk by chunk (Simd bytes), word by word and tap by tap (feed_first_i, feed_last_i) for Cols outputs; then the same for the
// pixel's next outputs (feed_pixel_last_i: its last). One weight word per chunk, read again for every pixel. Results leave as words of Lanes
// accumulators (fw_tile_output). An accumulator word follows the feed of its last operand by Stages + 5 cycles and more. Nothing stalls
// but a tile's first request, which waits for room_o.
// Sources: A. Zhou et al., Incremental Network Quantization, ICLR 2017; Y. Li et al., Additive Powers-of-Two Quantization, ICLR 2020.
module fw_shift #(
  parameter int Lanes = 4,
  parameter int Cols = 4,
  parameter int Simd = 4,
  parameter int Terms = 1,
  parameter int CodeBits = 4,
  parameter int Stages = 2,
  parameter int WeightWords = 16,
  parameter int Tables = 1,
  parameter WeightFile = "",
  parameter TableFile = ""
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,
  input  logic [31:0]         start_base_i,
  input  logic [15:0]         start_table_i,
  input  logic [15:0]         words_i,
  input  logic                request_first_i,
  output logic                room_o,
  input  logic                feed_valid_i,
  input  logic [Lanes*8-1:0]  feed_data_i,
  input  logic                feed_word_first_i,
  input  logic                feed_first_i,
  input  logic                feed_last_i,
  input  logic                feed_pixel_last_i,
  input  logic                feed_step_last_i,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic [15:0]         word_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int Chunks = Lanes / Simd;
  localparam int ChunkBits = (Chunks > 1) ? $clog2(Chunks) : 1;
  localparam int Entries = 1 << CodeBits;
  localparam int EntryBits = Terms * 5;
  localparam int AddrBits = (WeightWords > 1) ? $clog2(WeightWords) : 1;
  localparam int TableAddrBits = (Tables > 1) ? $clog2(Tables) : 1;
  localparam int SumBits = 16 + $clog2(Simd);
  // Words of whole bytes, as the images have them.
  localparam int WordBits = (Cols * Simd * CodeBits + 7) / 8 * 8;
  localparam int TableBits = (Entries * EntryBits + 7) / 8 * 8;

  // Weights: one word per chunk, from the start again for every pixel.
  logic [AddrBits-1:0] addr_q;
  logic [WordBits-1:0] weights;
  always_ff @(posedge clk_i) begin
    if (start_i)           addr_q <= start_base_i[AddrBits-1:0];
    else if (feed_valid_i) addr_q <= feed_pixel_last_i ? start_base_i[AddrBits-1:0] : addr_q + 1'b1;
  end
  fw_rom #(.Width(WordBits), .Depth(WeightWords), .InitFile(WeightFile)) u_weights (
    .clk_i,
    .re_i   (feed_valid_i),
    .raddr_i(addr_q),
    .rdata_o(weights)
  );

  // What the codes stand for.
  logic [TableBits-1:0] codebook;
  logic [EntryBits-1:0] entries [Entries];
  fw_rom #(.Width(TableBits), .Depth(Tables), .InitFile(TableFile)) u_table (
    .clk_i,
    .re_i   (start_i),
    .raddr_i(start_table_i[TableAddrBits-1:0]),
    .rdata_o(codebook)
  );
  generate
    for (genvar e = 0; e < Entries; e++) begin : gen_entry
      assign entries[e] = codebook[e*EntryBits+:EntryBits];
    end
  endgenerate
  logic unused_bits;
  assign unused_bits = ^{start_base_i, start_table_i, weights, codebook};

  // The chunk's bytes; the same word is fed for all of its chunks.
  logic [ChunkBits-1:0] chunk_q, chunk;
  logic [Simd*8-1:0]    parts [Chunks];
  logic [Simd*8-1:0]    values1_q, values2_q;
  assign chunk = feed_word_first_i ? '0 : chunk_q;
  generate
    for (genvar c = 0; c < Chunks; c++) begin : gen_chunk
      assign parts[c] = feed_data_i[c*Simd*8+:Simd*8];
    end
    if (Chunks > 1) begin : gen_chunks
      always_ff @(posedge clk_i) begin
        if (feed_valid_i) chunk_q <= chunk + 1'b1;
        values1_q <= parts[chunk];
      end
    end else begin : gen_whole
      logic unused_chunk;
      assign chunk_q      = '0;
      assign unused_chunk = ^chunk;
      always_ff @(posedge clk_i) values1_q <= parts[0];
    end
  endgenerate
  always_ff @(posedge clk_i) values2_q <= values1_q;

  logic first, last, valid, pixel_last, step_last;
  fw_flags #(.Width(5), .Cycles(Stages + 3)) u_flags (
    .clk_i,
    .rst_ni,
    .data_i({feed_valid_i && feed_first_i, feed_valid_i && feed_last_i, feed_valid_i, feed_pixel_last_i, feed_step_last_i}),
    .data_o({first, last, valid, pixel_last, step_last})
  );

  // Columns: decode, shift, add up.
  logic [Cols*32-1:0] sums_q;
  generate
    for (genvar n = 0; n < Cols; n++) begin : gen_col
      logic [Simd*16-1:0] products;
      logic [SumBits-1:0] sum;
      logic [31:0]        base;
      for (genvar i = 0; i < Simd; i++) begin : gen_unit
        logic [CodeBits-1:0]  code;
        logic [EntryBits-1:0] terms_q;
        assign code = weights[(n*Simd+i)*CodeBits+:CodeBits];
        always_ff @(posedge clk_i) terms_q <= entries[code];
        fw_shift_unit #(.Terms(Terms)) u_unit (
          .clk_i,
          .value_i  (values2_q[i*8+:8]),
          .terms_i  (terms_q),
          .product_o(products[i*16+:16])
        );
      end
      fw_adder_tree #(.Inputs(Simd), .Bits(16), .Stages(Stages)) u_tree (
        .clk_i,
        .values_i(products),
        .sum_o   (sum)
      );
      assign base = first ? 32'd0 : sums_q[n*32+:32];
      always_ff @(posedge clk_i) if (valid) sums_q[n*32+:32] <= base + {{(32 - SumBits){sum[SumBits-1]}}, sum};
    end
  endgenerate

  logic unused_half, unused_word_last;
  fw_tile_output #(.Lanes(Lanes), .Cols(Cols)) u_output (
    .clk_i,
    .rst_ni,
    .words_i,
    .wide_i      (1'b0),
    .request_first_i,
    .room_o,
    .last_i      (last),
    .pixel_last_i(pixel_last),
    .step_last_i (step_last),
    .sums_i      (sums_q),
    .acc_valid_o,
    .acc_last_o,
    .half_o      (unused_half),
    .word_last_o (unused_word_last),
    .word_o,
    .acc_o
  );

`ifndef SYNTHESIS
  initial if (Cols < 1 || Cols > 256) $error("fw_shift: Cols is %0d, must be in 1..=256", Cols);
  initial if (Cols % Lanes != 0 && Lanes % Cols != 0) $error("fw_shift: Cols is %0d, must divide Lanes = %0d or be a multiple of it", Cols, Lanes);
  initial if (Simd < 1 || Simd > Lanes || (Simd & (Simd - 1)) != 0) $error("fw_shift: Simd is %0d, must be a power of two, 1 to %0d", Simd, Lanes);
  initial if (Terms < 1 || Terms > 4) $error("fw_shift: Terms is %0d, must be in 1..=4", Terms);
  initial if (CodeBits < 2 || CodeBits > 5) $error("fw_shift: CodeBits is %0d, must be in 2..=5", CodeBits);
  initial if (Stages < 1 || Stages > 4) $error("fw_shift: Stages is %0d, must be in 1..=4", Stages);
`endif
endmodule
