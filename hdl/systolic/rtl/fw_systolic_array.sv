// Rows x Cols processing elements with skewed inputs and deskewed outputs.
//
//   psum_o[c](t + Rows + Cols) = sum over r of a_i[r](t) * w[r][c]
//
// a_i carries one activation per row; swap_i marks the first word of a weight tile. load_row_i is one-hot: in the cycle in which bit r is
// set, w_i holds row r of the next tile, one weight per column. A tile's row 0 may be loaded from the cycle of the previous tile's swap on,
// and its swap may follow the load of its row 0 by one cycle, as long as the remaining rows follow without a gap.
module fw_systolic_array #(
  parameter int Rows = 4,
  parameter int Cols = 4,
  parameter int AccBits = 32
) (
  input  logic                    clk_i,
  input  logic [Rows*8-1:0]       a_i,
  input  logic                    swap_i,
  input  logic [Rows-1:0]         load_row_i,
  input  logic [Cols*8-1:0]       w_i,
  output logic [Cols*AccBits-1:0] psum_o
);
  // Horizontal wires: index r * (Cols + 1) + c; vertical wires: index r * Cols + c, row Rows leaves the array.
  logic [Rows*(Cols+1)*8-1:0]       a;
  logic [Rows*(Cols+1)-1:0]         swap, load;
  logic [(Rows+1)*Cols*AccBits-1:0] psum;
  logic [Cols*8-1:0]                w;

  assign psum[Cols*AccBits-1:0] = '0;

  generate
    for (genvar c = 0; c < Cols; c++) begin : gen_column_edge
      fw_delay #(.Width(8), .Cycles(c)) u_weight_skew (
        .clk_i,
        .data_i(w_i[c*8+:8]),
        .data_o(w[c*8+:8])
      );
      fw_delay #(.Width(AccBits), .Cycles(Cols - 1 - c)) u_deskew (
        .clk_i,
        .data_i(psum[(Rows*Cols+c)*AccBits+:AccBits]),
        .data_o(psum_o[c*AccBits+:AccBits])
      );
    end
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      fw_delay #(.Width(9), .Cycles(r)) u_activation_skew (
        .clk_i,
        .data_i({swap_i, a_i[r*8+:8]}),
        .data_o({swap[r*(Cols+1)], a[r*(Cols+1)*8+:8]})
      );
      assign load[r*(Cols+1)] = load_row_i[r];
      for (genvar c = 0; c < Cols; c++) begin : gen_column
        fw_pe #(.AccBits(AccBits)) u_pe (
          .clk_i,
          .a_i   (a[(r*(Cols+1)+c)*8+:8]),
          .swap_i(swap[r*(Cols+1)+c]),
          .load_i(load[r*(Cols+1)+c]),
          .w_i   (w[c*8+:8]),
          .psum_i(psum[(r*Cols+c)*AccBits+:AccBits]),
          .a_o   (a[(r*(Cols+1)+c+1)*8+:8]),
          .swap_o(swap[r*(Cols+1)+c+1]),
          .load_o(load[r*(Cols+1)+c+1]),
          .psum_o(psum[((r+1)*Cols+c)*AccBits+:AccBits])
        );
      end
      // What leaves the last column has no neighbour.
      logic unused_edge;
      assign unused_edge = ^{a[(r*(Cols+1)+Cols)*8+:8], swap[r*(Cols+1)+Cols], load[r*(Cols+1)+Cols]};
    end
  endgenerate
endmodule
