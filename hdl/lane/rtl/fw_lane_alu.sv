// Arithmetic of one lane: one operand per cycle in, a 32-bit result per window out.
//
//   op 0, mac:   x = a * w                          op 1, max:  x = a, window maximum instead of sum
//   op 2, sum:   x = a                              op 4, table: x = table[a]
//   op 5, or:    x = a, the bits that are set in any operand of the window instead of a sum
//   op 3, add:   x = ((a - zp) * mult + 2^10) / 2^11 rounded down, then / 2^shift rounded half away from zero
//                (TFLite's ADD: (a - zp) << 20 scaled with double rounding)
//   acc = first ? x : acc + x  (or the maximum)
//
// acc_o follows valid_i by four cycles; one operand per cycle.
module fw_lane_alu (
  input  logic        clk_i,
  input  logic [2:0]  op_i,
  input  logic        first_i,
  input  logic [7:0]  a_i,
  input  logic [7:0]  w_i,
  input  logic [7:0]  table_i,
  input  logic [7:0]  zp_i,
  input  logic [31:0] mult_i,
  input  logic [4:0]  shift_i,
  output logic [31:0] acc_o
);
  localparam logic [2:0] OpMac = 3'd0;
  localparam logic [2:0] OpMax = 3'd1;
  localparam logic [2:0] OpAdd = 3'd3;
  localparam logic [2:0] OpTable = 3'd4;
  localparam logic [2:0] OpOr = 3'd5;

  // Cycle 1: every operation is a product left * right.
  logic signed [8:0]  left;
  logic signed [31:0] right;
  logic signed [40:0] product1_q;
  logic [4:0]         shift1_q;
  logic               first1_q, is_add;
  assign is_add = op_i == OpAdd;
  logic [8:0] a_extended;
  assign a_extended = {a_i[7], a_i};
  assign left  = is_add ? (a_extended - {zp_i[7], zp_i}) : ((op_i == OpTable) ? {table_i[7], table_i} : a_extended);
  assign right = is_add ? mult_i : ((op_i == OpMac) ? {{24{w_i[7]}}, w_i} : 32'd1);
  always_ff @(posedge clk_i) begin
    product1_q <= left * right;
    shift1_q   <= shift_i;
    first1_q   <= first_i;
  end

  // Cycle 2: high half, rounded half up.
  logic signed [40:0] nudged;
  logic signed [31:0] y2_q;
  logic [4:0]         shift2_q;
  logic               first2_q;
  assign nudged = product1_q + 41'sd1024;
  always_ff @(posedge clk_i) begin
    y2_q     <= is_add ? {{2{nudged[40]}}, nudged[40:11]} : product1_q[31:0];
    shift2_q <= shift1_q;
    first2_q <= first1_q;
  end
  logic unused_low;
  assign unused_low = ^{nudged[10:0], product1_q[40:32]};

  // Cycle 3: right shift, rounded half away from zero. The shift is 0 for every operation but add.
  logic [31:0]        rest, mask, threshold, x3_q;
  logic signed [31:0] shifted;
  logic               first3_q;
  assign shifted   = y2_q >>> shift2_q;
  assign mask      = ~(32'hffff_ffff << shift2_q);
  assign rest      = y2_q & mask;
  assign threshold = (mask >> 1) + {31'd0, y2_q[31]};
  always_ff @(posedge clk_i) begin
    x3_q     <= is_add ? (shifted + {31'd0, rest > threshold}) : y2_q;
    first3_q <= first2_q;
  end

  // Cycle 4: reduction over the window.
  always_ff @(posedge clk_i) begin
    if (first3_q)            acc_o <= x3_q;
    else if (op_i == OpOr)   acc_o <= acc_o | x3_q;
    else if (op_i != OpMax)  acc_o <= acc_o + x3_q;
    else if ($signed(x3_q) > $signed(acc_o)) acc_o <= x3_q;
  end
endmodule
