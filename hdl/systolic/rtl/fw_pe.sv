// Processing element of the weight-stationary array.
//
//   psum_o(t+3) = psum_i(t+2) + a_i(t) * w,    w = swap_i(t) ? shadow : active
//
// swap_i travels with the first activation of a weight tile and moves the shadow weight into use; load_i writes the shadow weight. Registers
// stand on both sides of the product and nothing else between them (fw_product).
// Activation, swap and load pass to the right-hand neighbour with one cycle delay, partial sums go down. Weights have WeightBits bits.
// Source: H. T. Kung, "Why systolic architectures?", IEEE Computer 1982, with a second weight register per element so that the next
// tile loads while this one computes.
module fw_pe #(
  parameter int AccBits = 32,
  parameter int WeightBits = 8,
  parameter int Soft = 0
) (
  input  logic                  clk_i,
  input  logic [7:0]            a_i,
  input  logic                  swap_i,
  input  logic                  load_i,
  input  logic [WeightBits-1:0] w_i,
  input  logic [AccBits-1:0]    psum_i,
  output logic [7:0]            a_o,
  output logic                  swap_o,
  output logic                  load_o,
  output logic [AccBits-1:0]    psum_o
);
  localparam int ProductBits = WeightBits + 8;

  logic signed [WeightBits-1:0]  shadow_q, active_q;
  logic signed [ProductBits-1:0] product_q;

  fw_product #(.ABits(8), .BBits(WeightBits), .Soft(Soft)) u_product (
    .clk_i,
    .a_i  (a_o),
    .b_i  (active_q),
    .out_o(product_q)
  );

  always_ff @(posedge clk_i) begin
    a_o    <= a_i;
    swap_o <= swap_i;
    load_o <= load_i;
    if (load_i) shadow_q <= w_i;
    if (swap_i) active_q <= shadow_q;
    psum_o    <= psum_i + {{(AccBits - ProductBits) {product_q[ProductBits-1]}}, product_q};
  end

`ifndef SYNTHESIS
  initial if (AccBits < 17) $error("fw_pe: AccBits is %0d, must be at least 17", AccBits);
  initial if (WeightBits < 2 || WeightBits > 8) $error("fw_pe: WeightBits is %0d, must be in 2..=8", WeightBits);
`endif
endmodule
