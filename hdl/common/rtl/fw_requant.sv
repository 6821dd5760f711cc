// Requantiser: one 32-bit accumulator to one activation of OutBits (8 or 16) per cycle, ten cycles latency.
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
// Bit m of Modes says that mode m occurs, bits of RightShifts and LeftShifts which bits occur in a right shift and in one to the left; what only
// others need is left out.
module fw_requant #(
  parameter int OutBits = 8,
  parameter int Affine = 0,
  parameter int Modes = 15,
  parameter int RightShifts = 63,
  parameter int LeftShifts = 31
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

  // With one mode alone the comparison is a constant.
  logic is_affine, is_double, is_even, is_float;
  assign is_affine = (Affine != 0) && affine_i;
  assign is_double = Modes[0] && (Modes == 1 || mode_i == ModeDouble) && !is_affine;
  assign is_even   = Modes[2] && (Modes == 4 || mode_i == ModeEven);
  assign is_float  = Modes[3] && (Modes == 8 || mode_i == ModeFloat);
  logic unused_mode;
  assign unused_mode = ^mode_i;

  // Cycle 1: bias.
  logic [31:0] sum_q, mult1_q;
  logic [7:0]  shift1_q;
  always_ff @(posedge clk_i) begin
    sum_q    <= is_affine ? acc_i : acc_i + bias_i;
    mult1_q  <= mult_i;
    shift1_q <= shift_i;
  end

  // Cycle 2: left shift, only in double mode and only for positive shifts; what remains is a right shift.
  logic        shifts_left;
  logic [31:0] x_q, mult2_q;
  logic [5:0]  right2_q;
  assign shifts_left = is_double && !shift1_q[7];
  logic unused_shift;
  assign unused_shift = shift1_q[6];
  always_ff @(posedge clk_i) begin
    x_q      <= shifts_left ? (sum_q << (shift1_q[4:0] & LeftShifts[4:0])) : sum_q;
    mult2_q  <= mult1_q;
    right2_q <= RightShifts[5:0] & (!is_double ? shift1_q[5:0] : (shift1_q[7] ? (~shift1_q[5:0] + 6'd1) : 6'd0));
  end

  // Cycle 3: four products of unsigned halves, between registers, for multiplier blocks; what a negative operand has too much of them.
  logic [31:0] low_q, cross0_q, cross1_q, high3_q, excess_q;
  logic [5:0]  right3_q;
  fw_block_product #(.ABits(16), .BBits(16), .Signed(0)) u_low (.clk_i, .a_i(x_q[15:0]), .b_i(mult2_q[15:0]), .out_o(low_q));
  fw_block_product #(.ABits(16), .BBits(16), .Signed(0)) u_cross0 (.clk_i, .a_i(x_q[15:0]), .b_i(mult2_q[31:16]), .out_o(cross0_q));
  fw_block_product #(.ABits(16), .BBits(16), .Signed(0)) u_cross1 (.clk_i, .a_i(x_q[31:16]), .b_i(mult2_q[15:0]), .out_o(cross1_q));
  fw_block_product #(.ABits(16), .BBits(16), .Signed(0)) u_high3 (.clk_i, .a_i(x_q[31:16]), .b_i(mult2_q[31:16]), .out_o(high3_q));
  always_ff @(posedge clk_i) begin
    excess_q <= (x_q[31] ? mult2_q : 32'd0) + (is_affine && mult2_q[31] ? x_q : 32'd0);
    right3_q <= right2_q;
  end

  // Cycle 4: product = high * 2^32 + middle * 2^16 + low.
  logic [33:0] middle_q;
  logic [31:0] high4_q;
  logic [15:0] low4_q;
  logic [5:0]  right4_q;
  always_ff @(posedge clk_i) begin
    middle_q <= {2'd0, cross0_q} + {2'd0, cross1_q} + {18'd0, low_q[31:16]};
    high4_q  <= high3_q - excess_q;
    low4_q   <= low_q[15:0];
    right4_q <= right3_q;
  end

  // Cycle 5: the product; in double mode its high half, rounded half up: the bit that rounds goes where high * 2^32 has zeros.
  logic signed [47:0] upper;
  logic signed [63:0] product, y_q;
  logic [5:0]         right5_q;
  assign upper   = {high4_q, 1'b0, is_double, 14'd0} + {14'd0, middle_q};
  assign product = {upper, low4_q};
  always_ff @(posedge clk_i) begin
    y_q      <= is_double ? (product >>> 31) : product;
    right5_q <= right4_q;
  end

  // Cycles 6 and 7: right shift by eights, then by ones. Of the fraction shifted out guard is the highest bit, next the 24 bits below it, rest the
  // OR of the others.
  logic signed [127:0] coarse;
  logic [102:0]        coarse_q;
  logic [2:0]          fine_q;
  logic                negative6_q;
  assign coarse = $signed({y_q, 64'd0}) >>> {right5_q[5:3] & RightShifts[5:3], 3'd0};
  always_ff @(posedge clk_i) begin
    coarse_q    <= coarse[102:0];
    fine_q      <= right5_q[2:0];
    negative6_q <= y_q[63];
  end
  logic unused_coarse;
  assign unused_coarse = ^coarse[127:103];

  logic [63:0] fine;
  logic [31:0] floor7_q;
  logic [23:0] next_q;
  logic        guard_q, rest_q, negative7_q;
  assign fine = coarse_q[102:39] >> (fine_q & RightShifts[2:0]);
  always_ff @(posedge clk_i) begin
    {floor7_q, guard_q, next_q} <= fine[56:0];
    rest_q      <= |coarse_q[38:0] || |(coarse_q[45:39] & ~(7'h7f << (fine_q & RightShifts[2:0])));
    negative7_q <= negative6_q;
  end
  logic unused_fine;
  assign unused_fine = ^fine[63:57];

  // Cycle 8: does it round up? A float32 product lies on the tie floor + 1/2 when the exact one is at most half a unit of its last place away:
  // with k bits in the whole part's magnitude 2^(k-25), that is the weight of next's bit k. `ones` has the k lowest bits set.
  logic        sticky, on_tie, round_up_q;
  logic [31:0] floor8_q, magnitude;
  logic [7:0]  ones;
  assign magnitude = floor7_q ^ {32{negative7_q}};
  generate
    for (genvar i = 0; i < 8; i++) begin : gen_ones
      assign ones[i] = |magnitude[31:i];
    end
  endgenerate
  assign sticky = rest_q || next_q != 24'd0;
  assign on_tie = guard_q ? ((next_q & ~{16'd0, ones}) == 24'd0 || (next_q == {16'd0, ones} + 24'd1 && !rest_q)) : &(next_q | {16'd0, ones});
  always_ff @(posedge clk_i) begin
    floor8_q   <= floor7_q;
    round_up_q <= !is_affine && (is_float && on_tie ? floor7_q[0] :
        guard_q && (is_double ? (!negative7_q || sticky) : (!is_even || sticky || floor7_q[0])));
  end

  // Cycle 9: rounding.
  logic [31:0] rounded_q;
  generate
    if (Affine != 0) begin : gen_affine
      logic        [31:0] late_bias;
      logic signed [31:0] biased, whole;
      fw_delay #(.Width(32), .Cycles(8)) u_bias (
        .clk_i,
        .data_i(bias_i),
        .data_o(late_bias)
      );
      assign biased = floor8_q + late_bias;
      assign whole  = biased >>> 16;
      always_ff @(posedge clk_i) rounded_q <= is_affine ? whole : floor8_q + {31'd0, round_up_q};
    end else begin : gen_rounded
      logic unused_affine;
      assign unused_affine = affine_i;
      always_ff @(posedge clk_i) rounded_q <= floor8_q + {31'd0, round_up_q};
    end
  endgenerate

  // Cycle 10: zero point and clamp.
  logic signed [31:0] placed;
  assign placed = rounded_q + {{24{zero_point_i[7]}}, zero_point_i};
  always_ff @(posedge clk_i) begin
    if (placed < $signed({{(32-OutBits){clamp_min_i[OutBits-1]}}, clamp_min_i}))      out_o <= clamp_min_i;
    else if (placed > $signed({{(32-OutBits){clamp_max_i[OutBits-1]}}, clamp_max_i})) out_o <= clamp_max_i;
    else                                                                             out_o <= placed[OutBits-1:0];
  end

`ifndef SYNTHESIS
  initial if (Modes < 1 || Modes > 15) $error("fw_requant: Modes is %0d, must be in 1..=15", Modes);
`endif
endmodule
