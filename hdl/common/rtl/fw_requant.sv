// Requantiser: one 32-bit accumulator to one activation of OutBits (8 or 16) per cycle, eight cycles latency.
//
//   x   = acc + bias
//   mode 0, double (TFLite, gemmlowp):  y = (x << max(shift, 0)) * mult, rounded half up to y / 2^31;
//                                       r = y / 2^max(-shift, 0), rounded half away from zero
//   mode 1, single:                     r = x * mult / 2^shift, rounded half up
//   mode 2, nearest even:               r = x * mult / 2^shift, rounded half to even
//   mode 3, float:                      r = fl(x * mult) / 2^shift, rounded half to even; fl rounds to 24 significant bits, half to even, as
//                                       float32 does (with |r| above 256 to 2^-16, which no clamp to 8 bits tells apart)
//   affine_i (Affine 1):                r = ((acc * mult >> shift) + bias) >> 16, mult of either sign
//   out = min(max(r + zero_point, clamp_min), clamp_max)
//
// Otherwise mult is non-negative. mode, affine, zero_point and the clamps are constant while a step runs. There is no back-pressure.
module fw_requant #(
  parameter int OutBits = 8,
  parameter int Affine = 0
) (
  input  logic               clk_i,
  input  logic [1:0]         mode_i,
  input  logic               affine_i,
  input  logic [7:0]         zero_point_i,
  input  logic [OutBits-1:0] clamp_min_i,
  input  logic [OutBits-1:0] clamp_max_i,
  input  logic [31:0]        acc_i,
  input  logic [31:0]        bias_i,
  input  logic [31:0]        mult_i,
  input  logic [7:0]         shift_i,
  output logic [OutBits-1:0] out_o
);
  localparam logic [1:0] ModeDouble = 2'd0;
  localparam logic [1:0] ModeEven = 2'd2;
  localparam logic [1:0] ModeFloat = 2'd3;

  logic is_double, is_affine;
  assign is_double = mode_i == ModeDouble && !is_affine;
  assign is_affine = (Affine != 0) && affine_i;

  // Cycle 1: bias.
  logic [31:0] sum_q, mult1_q;
  logic [7:0]  shift1_q;
  always_ff @(posedge clk_i) begin
    sum_q    <= is_affine ? acc_i : acc_i + bias_i;
    mult1_q  <= mult_i;
    shift1_q <= shift_i;
  end

  // Cycle 2: left shift, only in double mode and only for positive shifts; what remains is a right shift.
  logic               shifts_left;
  logic signed [31:0] x_q, mult2_q;
  logic [5:0]         right2_q;
  assign shifts_left = is_double && !shift1_q[7];
  logic unused_shift;
  assign unused_shift = shift1_q[6];
  always_ff @(posedge clk_i) begin
    x_q      <= shifts_left ? (sum_q << shift1_q[4:0]) : sum_q;
    mult2_q  <= mult1_q;
    right2_q <= !is_double ? shift1_q[5:0] : (shift1_q[7] ? (~shift1_q[5:0] + 6'd1) : 6'd0);
  end

  // Cycles 3 and 4: product, with a second register for the multiplier blocks to absorb.
  logic signed [63:0] product3_q, product4_q;
  logic [5:0]         right3_q, right4_q;
  always_ff @(posedge clk_i) begin
    product3_q <= x_q * mult2_q;
    product4_q <= product3_q;
    right3_q   <= right2_q;
    right4_q   <= right3_q;
  end

  // Cycle 5: the high half, rounded half up.
  logic signed [63:0] nudged, y_q;
  logic [5:0]         right5_q;
  assign nudged = product4_q + 64'sd1073741824;
  always_ff @(posedge clk_i) begin
    y_q      <= is_double ? (nudged >>> 31) : product4_q;
    right5_q <= right4_q;
  end

  // Cycle 6: right shift; of the fraction shifted out guard is the highest bit, next the 24 bits below it, rest the OR of the others.
  logic [63:0] fraction;
  logic [23:0] next_q;
  logic        guard_q, rest_q, negative_q;
  logic [31:0] floor_q;
  logic signed [63:0] shifted;
  assign shifted  = y_q >>> right5_q;
  assign fraction = y_q << (7'd64 - {1'b0, right5_q});
  always_ff @(posedge clk_i) begin
    floor_q    <= shifted[31:0];
    guard_q    <= fraction[63];
    next_q     <= fraction[62:39];
    rest_q     <= |fraction[38:0];
    negative_q <= y_q[63];
  end
  logic unused_shifted;
  assign unused_shifted = ^shifted[63:32];

  // Cycle 7: rounding. A float32 product lies on the tie floor + 1/2 when the exact one is at most half a unit of its last place away: with k
  // bits in the whole part's magnitude 2^(k-25), that is the weight of next's bit k. `ones` has the k lowest bits set.
  logic        sticky, on_tie, round_up;
  logic [31:0] rounded_q, magnitude;
  logic [7:0]  ones;
  assign magnitude = floor_q ^ {32{negative_q}};
  generate
    for (genvar i = 0; i < 8; i++) begin : gen_ones
      assign ones[i] = |magnitude[31:i];
    end
  endgenerate
  assign sticky   = rest_q || next_q != 24'd0;
  assign on_tie   = guard_q ? ((next_q & ~{16'd0, ones}) == 24'd0 || (next_q == {16'd0, ones} + 24'd1 && !rest_q)) : &(next_q | {16'd0, ones});
  assign round_up = !is_affine && (mode_i == ModeFloat && on_tie ? floor_q[0] :
      guard_q && (is_double ? (!negative_q || sticky) : (mode_i != ModeEven || sticky || floor_q[0])));
  generate
    if (Affine != 0) begin : gen_affine
      logic        [31:0] late_bias;
      logic signed [31:0] biased, whole;
      fw_delay #(.Width(32), .Cycles(6)) u_bias (
        .clk_i,
        .data_i(bias_i),
        .data_o(late_bias)
      );
      assign biased = floor_q + late_bias;
      assign whole  = biased >>> 16;
      always_ff @(posedge clk_i) rounded_q <= is_affine ? whole : floor_q + {31'd0, round_up};
    end else begin : gen_rounded
      logic unused_affine;
      assign unused_affine = affine_i;
      always_ff @(posedge clk_i) rounded_q <= floor_q + {31'd0, round_up};
    end
  endgenerate

  // Cycle 8: zero point and clamp.
  logic signed [31:0] placed;
  assign placed = rounded_q + {{24{zero_point_i[7]}}, zero_point_i};
  always_ff @(posedge clk_i) begin
    if (placed < $signed({{(32-OutBits){clamp_min_i[OutBits-1]}}, clamp_min_i}))      out_o <= clamp_min_i;
    else if (placed > $signed({{(32-OutBits){clamp_max_i[OutBits-1]}}, clamp_max_i})) out_o <= clamp_max_i;
    else                                                                             out_o <= placed[OutBits-1:0];
  end
endmodule
