// Two processing elements side by side that share one multiplier; what fw_pe is for one column, this is for two.
//
//   psum_o[c](t+3) = psum_i[c](t+2) + a_i(t) * w[c],    c = 0, 1;    w = swap_i(t) ? shadow : active
//
// One product is computed, a * ((w[1] << Shift) + w[0]) with Shift = WeightBits + 7, and split again. Its low Shift bits are a * w[0] modulo
// 2^Shift. They are a negative product when their sign bit is set, unless nothing else is: no product is -2^(WeightBits+6), so that pattern
// is +2^(WeightBits+6), -128 times the lowest weight. A negative low product has borrowed one from the high part. So the split
// is exact for every activation and weight. The wide operand has 2 * WeightBits + 8 bits: 18 with weights of 5 bits, 24 with weights of 8.
//
// Both columns take the activation in the same cycle; it, swap and load pass to the right-hand neighbour with two cycles delay.
// Source: Y. Fu et al., Deep Learning with INT8 Optimization on Xilinx Devices, WP486, 2016.
module fw_pe_pair #(
  parameter int AccBits = 32,
  parameter int WeightBits = 4,
  parameter int Soft = 0
) (
  input  logic                    clk_i,
  input  logic [7:0]              a_i,
  input  logic                    swap_i,
  input  logic                    load_i,
  input  logic [2*WeightBits-1:0] w_i,
  input  logic [2*AccBits-1:0]    psum_i,
  output logic [7:0]              a_o,
  output logic                    swap_o,
  output logic                    load_o,
  output logic [2*AccBits-1:0]    psum_o
);
  localparam int ProductBits = WeightBits + 8;
  localparam int Shift = WeightBits + 7;

  // The two weights as one number without its sign extension between them: the high one is one less when the low one is negative.
  logic [2*WeightBits:0] pair, shadow_q, active_q;
  assign pair   = {{w_i[2*WeightBits-1], w_i[WeightBits+:WeightBits]} - {{WeightBits{1'b0}}, w_i[WeightBits-1]}, w_i[WeightBits-1:0]};

  logic signed [Shift+WeightBits:0]     weight;
  logic signed [Shift+ProductBits-1:0]  product_q;
  assign weight = {active_q[2*WeightBits:WeightBits], {(Shift - WeightBits) {active_q[WeightBits-1]}}, active_q[WeightBits-1:0]};

  logic signed [Shift+ProductBits:0] whole;
  assign product_q = whole[Shift+ProductBits-1:0];
  logic unused_sign;
  assign unused_sign = whole[Shift+ProductBits];

  logic                   negative;
  logic [Shift-1:0]       low;
  logic [ProductBits-1:0] high;
  assign low      = product_q[Shift-1:0];
  assign high     = product_q[Shift+:ProductBits];
  assign negative = low[Shift-1] && low[Shift-2:0] != '0;

  logic       swap_q, load_q;
  logic [7:0] a_q;
  fw_product #(.ABits(Shift + WeightBits + 1), .BBits(8), .Soft(Soft)) u_product (
    .clk_i,
    .a_i  (weight),
    .b_i  (a_q),
    .out_o(whole)
  );

  always_ff @(posedge clk_i) begin
    {a_q, swap_q, load_q} <= {a_i, swap_i, load_i};
    {a_o, swap_o, load_o} <= {a_q, swap_q, load_q};
    if (load_i) shadow_q <= pair;
    if (swap_i) active_q <= shadow_q;
    psum_o[0+:AccBits] <= psum_i[0+:AccBits] + {{(AccBits - Shift) {negative}}, low};
    psum_o[AccBits+:AccBits] <= psum_i[AccBits+:AccBits] + {{(AccBits - ProductBits) {high[ProductBits-1]}}, high} + {{(AccBits - 1) {1'b0}}, negative};
  end

`ifndef SYNTHESIS
  initial if (AccBits < 17) $error("fw_pe_pair: AccBits is %0d, must be at least 17", AccBits);
  initial if (WeightBits < 2 || WeightBits > 8) $error("fw_pe_pair: WeightBits is %0d, must be in 2..=8", WeightBits);
`endif
endmodule
