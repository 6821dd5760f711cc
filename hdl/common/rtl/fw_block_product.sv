// Product with a register behind it: out_o(t+1) = a_i(t) * b_i(t), both signed, or with Signed = 0 both unsigned.
//
// Whoever instantiates it has registers in front of it as well, so that a multiplier block may lie far away. Most tools take the register into the block;
// for those that do not, a board's family has a version of this module that instantiates the block (hdl/board).
module fw_block_product #(
  parameter int ABits = 8,
  parameter int BBits = 8,
  parameter int Signed = 1
) (
  input  logic                   clk_i,
  input  logic [ABits-1:0]       a_i,
  input  logic [BBits-1:0]       b_i,
  output logic [ABits+BBits-1:0] out_o
);
  generate
    if (Signed != 0) begin : gen_signed
      always_ff @(posedge clk_i) out_o <= $signed(a_i) * $signed(b_i);
    end else begin : gen_unsigned
      always_ff @(posedge clk_i) out_o <= a_i * b_i;
    end
  endgenerate
endmodule
