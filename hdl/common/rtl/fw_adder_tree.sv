// Sum of signed numbers, as a binary tree of adders.
//
//   sum_o = sum over i of values_i[i*Bits +: Bits],   Stages cycles later; one set of numbers per cycle
//
// The tree halves the set level by level; the first Stages levels, from the root on, are followed by a register, so that the path into the
// first register is the longest and gets shorter with every stage. A tree of fewer levels delays its sum all the same.
module fw_adder_tree #(
  parameter int Inputs = 4,
  parameter int Bits = 16,
  parameter int Stages = 1,
  parameter int SumBits = Bits + $clog2(Inputs)
) (
  input  logic                   clk_i,
  input  logic [Inputs*Bits-1:0] values_i,
  output logic [SumBits-1:0]     sum_o
);
  generate
    if (Inputs == 1) begin : gen_leaf
      if (Stages == 0) begin : gen_now
        logic unused_clk;
        assign unused_clk = clk_i;
        assign sum_o = values_i;
      end else begin : gen_later
        fw_delay #(.Width(SumBits), .Cycles(Stages)) u_delay (
          .clk_i,
          .data_i(values_i),
          .data_o(sum_o)
        );
      end
    end else begin : gen_node
      localparam int Low = Inputs / 2;
      localparam int High = Inputs - Low;
      localparam int LowBits = Bits + $clog2(Low);
      localparam int HighBits = Bits + $clog2(High);
      localparam int Inner = (Stages > 0) ? Stages - 1 : 0;
      logic [LowBits-1:0]  low;
      logic [HighBits-1:0] high;
      logic [SumBits-1:0]  sum;
      fw_adder_tree #(.Inputs(Low), .Bits(Bits), .Stages(Inner)) u_low (
        .clk_i,
        .values_i(values_i[Low*Bits-1:0]),
        .sum_o   (low)
      );
      fw_adder_tree #(.Inputs(High), .Bits(Bits), .Stages(Inner)) u_high (
        .clk_i,
        .values_i(values_i[Inputs*Bits-1:Low*Bits]),
        .sum_o   (high)
      );
      assign sum = {{(SumBits - LowBits){low[LowBits-1]}}, low} + {{(SumBits - HighBits){high[HighBits-1]}}, high};
      if (Stages > 0) begin : gen_register
        always_ff @(posedge clk_i) sum_o <= sum;
      end else begin : gen_now
        assign sum_o = sum;
      end
    end
  endgenerate
endmodule
