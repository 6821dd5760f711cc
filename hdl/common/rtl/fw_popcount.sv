// Number of ones in a word, as a binary tree of adders over full adders of three bits.
//
//   count_o = sum over i of bits_i[i],   Stages cycles later; one word per cycle
//
// The tree halves the word level by level, down to threes; the first Stages levels, from the root on, are followed by a register, so that the path
// into the first register is the longest and gets shorter with every stage.
module fw_popcount #(
  parameter int Width = 8,
  parameter int Stages = 1,
  parameter int Bits = $clog2(Width + 1)
) (
  input  logic             clk_i,
  input  logic [Width-1:0] bits_i,
  output logic [Bits-1:0]  count_o
);
  generate
    if (Width <= 3) begin : gen_leaf
      logic [Bits-1:0] sum;
      if (Width == 1) begin : gen_one
        assign sum = bits_i;
      end else begin : gen_adder
        // Two look-up tables, into which the gates before them fit as well.
        logic [2:0] bits;
        assign bits = 3'(bits_i);
        assign sum  = {(bits[0] & bits[1]) | (bits[2] & (bits[0] | bits[1])), bits[0] ^ bits[1] ^ bits[2]};
      end
      if (Stages == 0) begin : gen_now
        logic unused_clk;
        assign unused_clk = clk_i;
        assign count_o = sum;
      end else begin : gen_later
        fw_delay #(.Width(Bits), .Cycles(Stages)) u_delay (
          .clk_i,
          .data_i(sum),
          .data_o(count_o)
        );
      end
    end else begin : gen_node
      // Threes, as far as possible.
      localparam int Low = (Width < 6) ? 3 : (Width / 6) * 3;
      localparam int High = Width - Low;
      localparam int LowBits = $clog2(Low + 1);
      localparam int HighBits = $clog2(High + 1);
      localparam int Inner = (Stages > 0) ? Stages - 1 : 0;
      logic [LowBits-1:0]  low;
      logic [HighBits-1:0] high;
      logic [Bits-1:0]     sum;
      fw_popcount #(.Width(Low), .Stages(Inner)) u_low (
        .clk_i,
        .bits_i (bits_i[Low-1:0]),
        .count_o(low)
      );
      fw_popcount #(.Width(High), .Stages(Inner)) u_high (
        .clk_i,
        .bits_i (bits_i[Width-1:Low]),
        .count_o(high)
      );
      assign sum = Bits'(low) + Bits'(high);
      if (Stages > 0) begin : gen_register
        always_ff @(posedge clk_i) count_o <= sum;
      end else begin : gen_now
        assign count_o = sum;
      end
    end
  endgenerate
endmodule
