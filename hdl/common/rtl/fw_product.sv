// Signed product between registers on its inputs and its output: out_o(t+1) = a_i(t) * b_i(t).
//
// The inputs come from registers and the output is one, so that a multiplier block may lie far away. With Soft the product is made of look-up tables
// (fw_soft_product) and leaves the blocks to others.
module fw_product #(
  parameter int ABits = 8,
  parameter int BBits = 8,
  parameter int Soft = 0
) (
  input  logic                          clk_i,
  input  logic signed [ABits-1:0]       a_i,
  input  logic signed [BBits-1:0]       b_i,
  output logic signed [ABits+BBits-1:0] out_o
);
  generate
    if (Soft != 0) begin : gen_soft
      logic [ABits+BBits-1:0] product;
      fw_soft_product #(.ABits(ABits), .BBits(BBits)) u_product (
        .a_i,
        .b_i,
        .out_o(product)
      );
      always_ff @(posedge clk_i) out_o <= product;
    end else begin : gen_block
      fw_block_product #(.ABits(ABits), .BBits(BBits)) u_product (
        .clk_i,
        .a_i,
        .b_i,
        .out_o
      );
    end
  endgenerate
endmodule
