// Rows x Cols processing elements with skewed inputs and deskewed outputs.
//
//   psum_o[c](t + Rows + Cols + 1) = sum over r of a_i[r](t) * w[r][c]
//
// a_i carries one activation per row; swap_i marks the first word of a weight tile. load_row_i is one-hot: in the cycle in which bit r is
// set, w_i holds row r of the next tile, one weight of WeightBits bits per column. A swap in cycle t reaches row r in cycle t + r: row r of
// the next tile is loaded in that cycle or later, row r of the swap's own tile before it.
//
// In the first SoftRows rows products are made of look-up tables. With Paired, columns 2u and 2u + 1 are one element with one multiplier (fw_pe_pair); the array takes as many cycles.
module fw_systolic_array #(
  parameter int Rows = 4,
  parameter int Cols = 4,
  parameter int AccBits = 32,
  parameter int WeightBits = 8,
  parameter int Paired = 0,
  parameter int SoftRows = 0
) (
  input  logic                       clk_i,
  input  logic [Rows*8-1:0]          a_i,
  input  logic                       swap_i,
  input  logic [Rows-1:0]            load_row_i,
  input  logic [Cols*WeightBits-1:0] w_i,
  output logic [Cols*AccBits-1:0]    psum_o
);
  // Columns of an element, and elements in a row.
  localparam int Wide = (Paired != 0) ? 2 : 1;
  localparam int Units = Cols / Wide;

  logic [Cols*WeightBits-1:0] w;

  // Every element's wires are nets of their own: event-driven simulators then wake only the neighbours.
  generate
    for (genvar u = 0; u < Units; u++) begin : gen_skew
      fw_delay #(.Width(Wide * WeightBits), .Cycles(u * Wide)) u_weight_skew (
        .clk_i,
        .data_i(w_i[u*Wide*WeightBits+:Wide*WeightBits]),
        .data_o(w[u*Wide*WeightBits+:Wide*WeightBits])
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
      for (genvar u = 0; u < Units; u++) begin : gen_unit
        logic [7:0]              a_left, a;
        logic                    swap_left, swap, load_left, load;
        logic [Wide*AccBits-1:0] psum_above, psum;
        if (u == 0) begin : gen_first
          assign a_left    = a_first;
          assign swap_left = swap_first;
          assign load_left = load_row_i[r];
        end else begin : gen_next
          assign a_left    = gen_unit[u-1].a;
          assign swap_left = gen_unit[u-1].swap;
          assign load_left = gen_unit[u-1].load;
        end
        if (r == 0) begin : gen_top
          assign psum_above = '0;
        end else begin : gen_below
          assign psum_above = gen_row[r-1].gen_unit[u].psum;
        end
        if (Paired != 0) begin : gen_pair
          fw_pe_pair #(.AccBits(AccBits), .WeightBits(WeightBits), .Soft((r < SoftRows) ? 1 : 0)) u_pe (
            .clk_i,
            .a_i   (a_left),
            .swap_i(swap_left),
            .load_i(load_left),
            .w_i   (w[u*2*WeightBits+:2*WeightBits]),
            .psum_i(psum_above),
            .a_o   (a),
            .swap_o(swap),
            .load_o(load),
            .psum_o(psum)
          );
        end else begin : gen_single
          fw_pe #(.AccBits(AccBits), .WeightBits(WeightBits), .Soft((r < SoftRows) ? 1 : 0)) u_pe (
            .clk_i,
            .a_i   (a_left),
            .swap_i(swap_left),
            .load_i(load_left),
            .w_i   (w[u*WeightBits+:WeightBits]),
            .psum_i(psum_above),
            .a_o   (a),
            .swap_o(swap),
            .load_o(load),
            .psum_o(psum)
          );
        end
        if (u == Units - 1) begin : gen_last
          // What leaves the last column has no neighbour.
          logic unused_edge;
          assign unused_edge = ^{a, swap, load};
        end
        if (r == Rows - 1) begin : gen_bottom
          fw_delay #(.Width(Wide * AccBits), .Cycles(Cols - 1 - u * Wide)) u_deskew (
            .clk_i,
            .data_i(psum),
            .data_o(psum_o[u*Wide*AccBits+:Wide*AccBits])
          );
        end
      end
    end
  endgenerate
endmodule
