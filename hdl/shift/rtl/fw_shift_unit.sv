// One activation times one weight that is a sum of Terms signed powers of two: barrel shifters and an adder, no multiplier.
//
//   product_o = sum over t of  valid[t] ? (sign[t] ? -1 : 1) * (value_i << shift[t]) : 0,   one cycle later; one product per cycle
//
// Term t is terms_i[5*t +: 5] = {valid, sign, shift[3]}. A weight within -128..127 makes a product of at most 2^14, so 16 bits hold it, and
// what single terms leave beyond them wraps back. Source: A. Zhou et al., Incremental Network Quantization, ICLR 2017.
module fw_shift_unit #(
  parameter int Terms = 1
) (
  input  logic               clk_i,
  input  logic [7:0]         value_i,
  input  logic [Terms*5-1:0] terms_i,
  output logic [15:0]        product_o
);
  logic [Terms*16-1:0] parts;
  logic [15:0]         sum;
  generate
    for (genvar t = 0; t < Terms; t++) begin : gen_term
      logic        valid, sign;
      logic [2:0]  amount;
      logic [15:0] shifted;
      assign {valid, sign, amount} = terms_i[t*5+:5];
      assign shifted = {{8{value_i[7]}}, value_i} << amount;
      assign parts[t*16+:16] = valid ? (shifted ^ {16{sign}}) + {15'd0, sign} : 16'd0;
    end
  endgenerate
  always_comb begin
    sum = '0;
    for (int t = 0; t < Terms; t++) sum = sum + parts[t*16+:16];
  end
  always_ff @(posedge clk_i) product_o <= sum;
endmodule
