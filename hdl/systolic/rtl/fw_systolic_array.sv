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
  logic [Cols*8-1:0] w;

  // Every element's wires are nets of their own: event-driven simulators then wake only the neighbours.
  generate
    for (genvar c = 0; c < Cols; c++) begin : gen_skew
      fw_delay #(.Width(8), .Cycles(c)) u_weight_skew (
        .clk_i,
        .data_i(w_i[c*8+:8]),
        .data_o(w[c*8+:8])
      );
    end
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      logic [7:0] a_first;
      logic       swap_first;
      fw_delay #(.Width(9), .Cycles(r)) u_activation_skew (
        .clk_i,
        .data_i({swap_i, a_i[r*8+:8]}),
        .data_o({swap_first, a_first})
      );
      for (genvar c = 0; c < Cols; c++) begin : gen_column
        logic [7:0]         a_left, a;
        logic               swap_left, swap, load_left, load;
        logic [AccBits-1:0] psum_above, psum;
        if (c == 0) begin : gen_first
          assign a_left    = a_first;
          assign swap_left = swap_first;
          assign load_left = load_row_i[r];
        end else begin : gen_next
          assign a_left    = gen_column[c-1].a;
          assign swap_left = gen_column[c-1].swap;
          assign load_left = gen_column[c-1].load;
        end
        if (r == 0) begin : gen_top
          assign psum_above = '0;
        end else begin : gen_below
          assign psum_above = gen_row[r-1].gen_column[c].psum;
        end
        fw_pe #(.AccBits(AccBits)) u_pe (
          .clk_i,
          .a_i   (a_left),
          .swap_i(swap_left),
          .load_i(load_left),
          .w_i   (w[c*8+:8]),
          .psum_i(psum_above),
          .a_o   (a),
          .swap_o(swap),
          .load_o(load),
          .psum_o(psum)
        );
        if (c == Cols - 1) begin : gen_last
          // What leaves the last column has no neighbour.
          logic unused_edge;
          assign unused_edge = ^{a, swap, load};
        end
        if (r == Rows - 1) begin : gen_bottom
          fw_delay #(.Width(AccBits), .Cycles(Cols - 1 - c)) u_deskew (
            .clk_i,
            .data_i(psum),
            .data_o(psum_o[c*AccBits+:AccBits])
          );
        end
      end
    end
  endgenerate
endmodule
