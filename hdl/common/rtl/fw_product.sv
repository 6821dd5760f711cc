// Signed product between registers on its inputs and its output: out_o(t+1) = a_i(t) * b_i(t).
//
// The inputs come from registers and the output is one, so that a multiplier block may lie far away. With Soft the product is a sum of rows that no
// tool takes for a product: it is made of look-up tables and leaves the blocks to others.
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
    if (Soft != 0) begin : gen_rows
      // Row k is a * 2^k where bit k of b is set; the last bit counts negative.
      logic [ABits+BBits-1:0] a;
      assign a = {{BBits{a_i[ABits-1]}}, a_i};
      for (genvar k = 0; k < BBits; k++) begin : gen_row
        logic [ABits+BBits-1:0] row, sum;
        assign row = b_i[k] ? a << k : '0;
        if (k == 0) begin : gen_first
          assign sum = row;
        end else if (k < BBits - 1) begin : gen_digit
          assign sum = gen_row[k-1].sum + row;
        end else begin : gen_sign
          assign sum = gen_row[k-1].sum - row;
        end
      end
      always_ff @(posedge clk_i) out_o <= gen_row[BBits-1].sum;
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
