// Arithmetic of one lane: one operand per cycle in, a 32-bit result per window out.
//
//   op 0, mac:   x = a * w                          op 1, max:  x = a, window maximum instead of sum
//   op 2, sum:   x = a                              op 4, table: x = table[a]
//   op 5, or:    x = a, the bits that are set in any operand of the window instead of a sum
//   op 3, add:   x = ((a - zp) * mult + 2^10) / 2^11 rounded down, then / 2^shift rounded half away from zero
//                (TFLite's ADD: (a - zp) << 20 scaled with double rounding)
//   acc = first ? x : acc + x  (or the maximum)
//
// acc_o follows the operand by six cycles; one operand per cycle at most, reduce_i tells five cycles later that there was one. Bit o of Ops says that operation o occurs; what only others need is left out. Bits of
// shift_i that are 0 in Shifts are always 0. With Soft products are made of look-up tables.
module fw_lane_alu #(
  parameter int Ops = 63,
  parameter logic [4:0] Shifts = 5'd31,
  parameter int Soft = 0
) (
  input  logic        clk_i,
  input  logic [2:0]  op_i,
  input  logic        reduce_i,
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

  logic is_mac, is_max, is_add, is_table, is_or;
  assign is_mac   = Ops[0] && op_i == OpMac;
  assign is_max   = Ops[1] && op_i == OpMax;
  assign is_add   = Ops[3] && op_i == OpAdd;
  assign is_table = Ops[4] && op_i == OpTable;
  assign is_or    = Ops[5] && op_i == OpOr;

  // Cycle 1: every operation is a product left * right.
  logic signed [8:0] left_q, a_extended;
  logic [31:0]       right_q;
  logic [4:0]        shift1_q;
  logic              first1_q;
  assign a_extended = {a_i[7], a_i};
  always_ff @(posedge clk_i) begin
    left_q   <= is_add ? (a_extended - {zp_i[7], zp_i}) : (is_table ? {table_i[7], table_i} : a_extended);
    right_q  <= is_add ? mult_i : (is_mac ? {{24{w_i[7]}}, w_i} : 32'd1);
    shift1_q <= shift_i & Shifts;
    first1_q <= first_i;
  end

  // Cycle 2: the products with both halves of right; without additions its low 9 bits are all of it, and without products it is 1.
  logic signed [25:0] low_q, high_q;
  logic [4:0]         shift2_q;
  logic               first2_q;
  generate
    if (Ops[3]) begin : gen_halves
      fw_product #(.ABits(17), .BBits(9), .Soft(Soft)) u_low (
        .clk_i,
        .a_i  ({1'b0, right_q[15:0]}),
        .b_i  (left_q),
        .out_o(low_q)
      );
      fw_product #(.ABits(17), .BBits(9), .Soft(Soft)) u_high (
        .clk_i,
        .a_i  ({right_q[31], right_q[31:16]}),
        .b_i  (left_q),
        .out_o(high_q)
      );
    end else if (Ops[0]) begin : gen_narrow
      logic signed [17:0] product_q;
      fw_product #(.ABits(9), .BBits(9), .Soft(Soft)) u_product (
        .clk_i,
        .a_i  (left_q),
        .b_i  (right_q[8:0]),
        .out_o(product_q)
      );
      assign low_q  = 26'(product_q);
      assign high_q = '0;
      logic unused_right;
      assign unused_right = ^right_q;
    end else begin : gen_none
      logic unused_right;
      assign unused_right = ^right_q;
      always_ff @(posedge clk_i) low_q <= 26'(left_q);
      assign high_q = '0;
    end
  endgenerate
  always_ff @(posedge clk_i) begin
    shift2_q <= shift1_q;
    first2_q <= first1_q;
  end

  // Cycle 3: their sum, of an addition its high part, rounded half up: the bit that rounds goes where high * 2^16 has zeros.
  logic signed [41:0] product;
  logic signed [31:0] y3_q;
  logic [4:0]         shift3_q;
  logic               first3_q;
  assign product = {high_q, 5'd0, is_add, 10'd0} + {{16{low_q[25]}}, low_q};
  always_ff @(posedge clk_i) begin
    y3_q     <= is_add ? {product[41], product[41:11]} : product[31:0];
    shift3_q <= shift2_q;
    first3_q <= first2_q;
  end

  // Cycles 4 and 5: right shift, rounded half away from zero. The shift is 0 for every operation but add.
  logic [31:0] rest, mask, threshold, shifted_q, x5_q;
  logic        round_up_q, first4_q, first5_q;
  assign mask      = ~(32'hffff_ffff << shift3_q);
  assign rest      = y3_q & mask;
  assign threshold = (mask >> 1) + {31'd0, y3_q[31]};
  always_ff @(posedge clk_i) begin
    shifted_q  <= is_add ? (y3_q >>> shift3_q) : y3_q;
    round_up_q <= is_add && rest > threshold;
    first4_q   <= first3_q;
    x5_q       <= shifted_q + {31'd0, round_up_q};
    first5_q   <= first4_q;
  end

  // Cycle 6: reduction over the window. Without sums the result is as wide as an operand.
  localparam int AccBits = ((Ops & 13) == 0) ? 9 : 32;
  logic signed [AccBits-1:0] x, acc_q;
  assign x     = x5_q[AccBits-1:0];
  assign acc_o = {{(33 - AccBits) {acc_q[AccBits-1]}}, acc_q[AccBits-2:0]};
  logic unused_x;
  assign unused_x = ^x5_q;
  always_ff @(posedge clk_i) begin
    if (reduce_i) begin
      if (first5_q)     acc_q <= x;
      else if (is_or)   acc_q <= acc_q | x;
      else if (!is_max) acc_q <= acc_q + x;
      else if (x > acc_q) acc_q <= x;
    end
  end

`ifndef SYNTHESIS
  initial if (Ops < 1 || Ops > 63) $error("fw_lane_alu: Ops is %0d, must be in 1..=63", Ops);
`endif
endmodule
