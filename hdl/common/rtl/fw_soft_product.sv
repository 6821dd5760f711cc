// Product made of look-up tables: out_o = a_i * b_i, a_i signed.
//
// b_i is unsigned; with Negative its highest bit counts negative, so that it is signed. Of less than two bits it is unsigned in any case.
// No latency, no clock. The product with the low half of b and the one with its high half are added, and each of them is made in the same way. Only
// bits at which both are there are added: a tool then sees ripple-carry adders, neither a product nor a sum of many operands, whose compressors would
// take twice as many look-up tables.
module fw_soft_product #(
  parameter int ABits = 8,
  parameter int BBits = 8,
  parameter int Negative = 1
) (
  input  logic signed [ABits-1:0]       a_i,
  input  logic        [BBits-1:0]       b_i,
  output logic        [ABits+BBits-1:0] out_o
);
  generate
    if (BBits == 1) begin : gen_row
      assign out_o = b_i[0] ? {a_i[ABits-1], a_i} : '0;
    end else begin : gen_halves
      localparam int Low = BBits / 2;
      localparam int High = BBits - Low;
      logic [ABits+Low-1:0]  low;
      logic [ABits+High-1:0] high, carried, upper;
      fw_soft_product #(.ABits(ABits), .BBits(Low), .Negative(0)) u_low (
        .a_i,
        .b_i  (b_i[Low-1:0]),
        .out_o(low)
      );
      fw_soft_product #(.ABits(ABits), .BBits(High), .Negative(Negative)) u_high (
        .a_i,
        .b_i  (b_i[BBits-1:Low]),
        .out_o(high)
      );
      assign carried = {{High{low[ABits+Low-1]}}, low[ABits+Low-1:Low]};
      assign upper   = (Negative != 0 && High == 1) ? carried - high : carried + high;
      assign out_o   = {upper, low[Low-1:0]};
    end
  endgenerate
endmodule
