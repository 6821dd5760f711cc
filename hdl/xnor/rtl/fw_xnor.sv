// Binary core: Cols columns of Simd gates, popcount trees and accumulators; weights and activations of 1 to 8 bits bit-serially.
//
//   binary weights (weight_last_i = 0):
//   acc[n] = sum over words, chunks and bit planes p of  c(p) * popcount(xnor(a[p], w[n]) & inside the layer's channels)
//   c(p)   = 2 for -1/+1 activations (bipolar_i), else 2^p; negative for the last plane with negative_i
//
//   weights of weight_last_i + 1 bits in two's complement:
//   acc[n] = sum over words, chunks, weight planes v and bit planes p of  d(v) * c(p) * popcount(a[p] & w[v][n])
//   d(v)   = 2^v, and -2^v for the last plane
//
// What is missing to the product (sums of weights, number of inputs, zero point) is a constant per column and stands in the bias or
// the thresholds. Packed words (packed_i) hold Lanes * 8 activations of one bit, others Lanes activations of 8 bits, of which plane
// first_plane_i and the planes_last_i after it are used. Bits from limit_i on in a pixel's last word are no channels and do not count. A word outside
// the image whose activations are to be 0 (zero_pad_i) counts as half of its channels with binary weights, which is what +1 and -1 in equal numbers give;
// with others, c(p) is 1 there instead of 2.
//
// Words arrive plane by plane, weight plane by weight plane, chunk by chunk (Simd bits, or the Lanes bits of a plane), word by word and tap by tap
// (feed_first_i, feed_last_i) for Cols outputs; then the same for the pixel's next outputs (feed_pixel_last_i: its last). One weight word per chunk
// and weight plane, read again for every plane and every pixel. Results leave as words of Lanes accumulators, one per cycle; word_o is the word's number. With
// wide_out_i every word comes twice, half_o telling which half of its lanes is meant. room_o keeps the outputs of two tiles from meeting:
// the first request of a tile waits for it. An accumulator word follows the feed of its last operand by Stages + 3 cycles and more.
// Source: M. Courbariaux et al., Binarized Neural Networks, 2016; Y. Umuroglu et al., FINN, FPGA 2017 (XNOR, popcount, threshold); Y. Umuroglu et al.,
// BISMO, FPL 2018 (products of several bits plane by plane).
module fw_xnor #(
  parameter int Lanes = 4,
  parameter int Cols = 4,
  parameter int Simd = 8,
  parameter int Stages = 2,
  parameter int WeightBits = 1,
  parameter int WeightWords = 16,
  parameter WeightFile = ""
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,
  input  logic [31:0]         start_base_i,
  input  logic [15:0]         words_i,
  input  logic [2:0]          planes_last_i,
  input  logic [2:0]          first_plane_i,
  input  logic [2:0]          weight_last_i,
  input  logic                bipolar_i,
  input  logic                negative_i,
  input  logic                zero_pad_i,
  input  logic                packed_i,
  input  logic [15:0]         limit_i,
  input  logic                wide_out_i,
  input  logic                request_first_i,
  output logic                room_o,
  input  logic                feed_valid_i,
  input  logic [Lanes*8-1:0]  feed_data_i,
  input  logic                feed_inside_i,
  input  logic                feed_word_first_i,
  input  logic                feed_word_end_i,
  input  logic                feed_first_i,
  input  logic                feed_last_i,
  input  logic                feed_pixel_last_i,
  input  logic                feed_step_last_i,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic                half_o,
  output logic                word_last_o,
  output logic [15:0]         word_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int Word = Lanes * 8;
  localparam int Chunks = Word / Simd;
  localparam int ChunkBits = (Chunks > 1) ? $clog2(Chunks) : 1;
  localparam int CountBits = $clog2(Simd + 1);
  localparam int AddrBits = (WeightWords > 1) ? $clog2(WeightWords) : 1;
  localparam int ShiftBits = (WeightBits > 1) ? 4 : 3;

  // Position within the word: planes innermost, then weight planes, then chunks. The same word is fed for all of them.
  logic [2:0]           plane_q, plane;
  logic [ChunkBits-1:0] chunk_q, chunk;
  logic                 plane_end;
  assign plane     = feed_word_first_i ? 3'd0 : plane_q;
  assign chunk     = feed_word_first_i ? '0 : chunk_q;
  assign plane_end = plane == planes_last_i;
  logic [ShiftBits-1:0] weight_plane;
  logic                 weight_end, several;
  generate
    if (WeightBits > 1) begin : gen_weight_planes
      logic [2:0] weight_plane_q, index;
      assign index        = feed_word_first_i ? 3'd0 : weight_plane_q;
      assign weight_end   = index == weight_last_i;
      assign weight_plane = 4'(index);
      assign several      = weight_last_i != 3'd0;
      always_ff @(posedge clk_i) begin
        if (feed_valid_i) weight_plane_q <= !plane_end ? index : (weight_end ? 3'd0 : index + 3'd1);
      end
    end else begin : gen_binary
      logic unused_last;
      assign unused_last  = ^weight_last_i;
      assign weight_end   = 1'b1;
      assign weight_plane = 3'd0;
      assign several      = 1'b0;
    end
  endgenerate
  always_ff @(posedge clk_i) begin
    if (feed_valid_i) begin
      plane_q <= plane_end ? 3'd0 : plane + 3'd1;
      chunk_q <= (plane_end && weight_end) ? chunk + 1'b1 : chunk;
    end
  end

  // Weights: one word per chunk and weight plane, from the start again for every pixel.
  logic [AddrBits-1:0]  addr_q;
  logic [Cols*Simd-1:0] weights;
  always_ff @(posedge clk_i) begin
    if (start_i)                        addr_q <= start_base_i[AddrBits-1:0];
    else if (feed_valid_i && plane_end) addr_q <= feed_pixel_last_i ? start_base_i[AddrBits-1:0] : addr_q + 1'b1;
  end
  logic unused_base;
  assign unused_base = ^start_base_i;
  fw_rom #(.Width(Cols * Simd), .Depth(WeightWords), .InitFile(WeightFile)) u_weights (
    .clk_i,
    .re_i   (feed_valid_i),
    .raddr_i(addr_q),
    .rdata_o(weights)
  );

  // The chunk's bits, and which of them are channels.
  logic [Word-1:0] channels, source;
  logic [Simd-1:0] bits1_q, valid1_q;
  logic [2:0]      bit_index;
  assign bit_index = first_plane_i + plane;
  generate
    for (genvar i = 0; i < Word; i++) begin : gen_channel
      assign channels[i] = (!feed_word_end_i || 16'(i) < limit_i) && (packed_i || i < Lanes);
      if (i < Lanes) begin : gen_plane
        logic [7:0] value;
        assign value     = feed_data_i[i*8+:8];
        assign source[i] = channels[i] && (packed_i ? feed_data_i[i] : value[bit_index]);
      end else begin : gen_packed
        assign source[i] = channels[i] && feed_data_i[i];
      end
    end
    if (Chunks > 1) begin : gen_chunks
      always_ff @(posedge clk_i) begin
        bits1_q  <= source[chunk*Simd+:Simd];
        valid1_q <= channels[chunk*Simd+:Simd];
      end
    end else begin : gen_whole
      logic unused_chunk;
      assign unused_chunk = ^chunk;
      always_ff @(posedge clk_i) begin
        bits1_q  <= source;
        valid1_q <= channels;
      end
    end
  endgenerate
  logic                 halves1_q, negative1_q, several1_q;
  logic [2:0]           factor;
  logic [ShiftBits-1:0] shift1_q;
  assign factor = (bipolar_i && !(zero_pad_i && !feed_inside_i)) ? 3'd1 : (bipolar_i ? 3'd0 : plane);
  always_ff @(posedge clk_i) begin
    halves1_q   <= zero_pad_i && !feed_inside_i && !several;
    negative1_q <= (negative_i && plane_end) != (several && weight_end);
    several1_q  <= several;
    shift1_q    <= ShiftBits'(factor) + weight_plane;
  end

  // Counts, and beside them what is to be done with them.
  logic                 first1, last1, first, last, negative;
  logic [ShiftBits-1:0] shift;
  fw_flags #(.Width(2), .Cycles(1)) u_flags1 (
    .clk_i,
    .rst_ni,
    .data_i({feed_valid_i && feed_first_i, feed_valid_i && feed_last_i}),
    .data_o({first1, last1})
  );
  logic valid1, valid, pixel_last1, pixel_last, step_last1, step_last;
  fw_flags #(.Width(3), .Cycles(1)) u_flags1b (
    .clk_i,
    .rst_ni,
    .data_i({feed_valid_i, feed_pixel_last_i, feed_step_last_i}),
    .data_o({valid1, pixel_last1, step_last1})
  );
  fw_flags #(.Width(6 + ShiftBits), .Cycles(Stages)) u_flags (
    .clk_i,
    .rst_ni,
    .data_i({first1, last1, valid1, pixel_last1, step_last1, negative1_q, shift1_q}),
    .data_o({first, last, valid, pixel_last, step_last, negative, shift})
  );
  // Outside the image, where activations are to be 0, every column counts the channels.
  logic [CountBits-1:0] channel_count;
  logic                 halves;
  fw_popcount #(.Width(Simd), .Stages(Stages)) u_channels (
    .clk_i,
    .bits_i (valid1_q),
    .count_o(channel_count)
  );
  fw_delay #(.Width(1), .Cycles(Stages)) u_halves (
    .clk_i,
    .data_i(halves1_q),
    .data_o(halves)
  );
  logic [Cols*32-1:0] sums_q;
  generate
    for (genvar n = 0; n < Cols; n++) begin : gen_col
      // What is no channel has the bit 0: a binary weight is 1 there, so it is not equal.
      logic [Simd-1:0]      counts, equal;
      logic [CountBits-1:0] count, counted;
      logic [31:0]          term, base;
      logic [32:0]          total;
      assign equal   = ~(bits1_q ^ weights[n*Simd+:Simd]);
      assign counts  = several1_q ? bits1_q & weights[n*Simd+:Simd] : equal;
      fw_popcount #(.Width(Simd), .Stages(Stages)) u_popcount (
        .clk_i,
        .bits_i (counts),
        .count_o(count)
      );
      assign counted = halves ? channel_count : count;
      assign term    = 32'(counted) << shift;
      assign base    = first ? 32'd0 : sums_q[n*32+:32];
      // One adder for both signs: base - term is base + ~term + 1, and the lowest place makes the carry.
      assign total   = {base, 1'b1} + {negative ? ~term : term, negative};
      always_ff @(posedge clk_i) if (valid) sums_q[n*32+:32] <= total[32:1];
      logic unused_place;
      assign unused_place = total[0];
    end
  endgenerate

  // Output: the tile's sums leave word by word; with fewer columns than lanes several tiles make a word.
  fw_tile_output #(.Lanes(Lanes), .Cols(Cols)) u_output (
    .clk_i,
    .rst_ni,
    .words_i,
    .wide_i      (wide_out_i),
    .request_first_i,
    .room_o,
    .last_i      (last),
    .pixel_last_i(pixel_last),
    .step_last_i (step_last),
    .sums_i      (sums_q),
    .acc_valid_o,
    .acc_last_o,
    .half_o,
    .word_last_o,
    .word_o,
    .acc_o
  );

`ifndef SYNTHESIS
  initial if (Cols < 1 || Cols > 256) $error("fw_xnor: Cols is %0d, must be in 1..=256", Cols);
  initial if (Cols % Lanes != 0 && Lanes % Cols != 0) $error("fw_xnor: Cols is %0d, must divide Lanes = %0d or be a multiple of it", Cols, Lanes);
  initial if (Simd < 8 || Simd > Word || (Simd & (Simd - 1)) != 0) $error("fw_xnor: Simd is %0d, must be a power of two, 8 to %0d", Simd, Word);
  initial if (WeightBits < 1 || WeightBits > 8) $error("fw_xnor: WeightBits is %0d, must be in 1..=8", WeightBits);
  initial if (Stages < 1 || Stages > 4) $error("fw_xnor: Stages is %0d, must be in 1..=4", Stages);
`endif
endmodule
