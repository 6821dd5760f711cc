// Address generator for reads: seven nested counters over the activation memory.
//
// In every cycle with advance_i the innermost counter that is not at its end moves on and all inner ones restart; the address and the image
// coordinates (y, x) change by that counter's own deltas. The compiler has put the way back of the inner counters into the deltas, so
// one adder serves all levels. inside_o tells whether (y, x) lies in the image; outside, the address is not used.
//
// Level k: levels_i[64*k +: 64] = {dx[16], dy[16], daddr[16], count - 1 [16]}.
// Bits of levels_i that are 0 in LevelMask are always 0: counters are only as wide as their counts.
// start_levels_i are those of the step that start_i starts, levels_i from the following cycle on. Which counters are at their start and at their end
// stands in registers.
// With sliced_i, level 2 counts slices of Lanes >> SliceBits bytes, and the address moves on by one more when the slices of a word are done.
// With listed_i, a list (fw_tile_list) takes the place of levels 2 to 5: it moves on when levels 0 and 1 are at their end, which must be at least
// two cycles apart, and starts again with every count of level 6. start_slice_i and start_last_i belong to its first tile.
module fw_gather #(
  parameter int SliceBits = 0,
  parameter logic [7*64-1:0] LevelMask = {448{1'b1}},
  parameter int TileWords = 0,
  parameter TileFile = "",
  parameter int SliceWidth = (SliceBits > 0) ? SliceBits : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,
  input  logic [15:0]           start_addr_i,
  input  logic [15:0]           start_y_i,
  input  logic [15:0]           start_x_i,
  input  logic [7*64-1:0]       start_levels_i,
  input  logic [7*64-1:0]       levels_i,
  input  logic [15:0]           height_i,
  input  logic [15:0]           width_i,
  input  logic                  sliced_i,
  input  logic                  listed_i,
  input  logic [31:0]           start_list_i,
  input  logic [SliceWidth-1:0] start_slice_i,
  input  logic                  start_last_i,
  input  logic [31:0]           list_i,
  input  logic                  advance_i,
  output logic                  active_o,
  output logic [15:0]           addr_o,
  output logic                  inside_o,
  output logic [SliceWidth-1:0] slice_o,
  output logic                  word_first_o,
  output logic                  word_end_o,
  output logic                  reduce_first_o,
  output logic                  reduce_last_o,
  output logic                  pixel_last_o,
  output logic                  inner_first_o,
  output logic                  inner_last_o,
  output logic                  vector_last_o,
  output logic                  middle_first_o,
  output logic                  middle_last_o,
  output logic                  last_o
);
  logic            active_q;
  logic            unused_deltas;
  assign unused_deltas = ^start_levels_i;
  logic [15:0]     addr_q, y_q, x_q;
  logic [7*16-1:0] count_q, count_d;
  logic [6:0]      at_end, moves, restarts, end_q, end_d;
  logic [4:0]      at_start_q;

  logic                  listed, list_end, list_first, list_last;
  logic [SliceWidth-1:0] list_slice;
  logic [47:0]           list_move;
  generate
    if (TileWords > 0) begin : gen_list
      assign listed = listed_i;
      fw_tile_list #(.SliceWidth(SliceWidth), .Words(TileWords), .InitFile(TileFile)) u_list (
        .clk_i,
        .rst_ni,
        .start_i,
        .start_base_i (start_list_i),
        .start_slice_i,
        .start_last_i,
        .base_i       (list_i),
        .advance_i    (advance_i && listed_i && inner_last_o),
        .move_o       (list_move),
        .end_o        (list_end),
        .slice_o      (list_slice),
        .first_o      (list_first),
        .last_o       (list_last)
      );
    end else begin : gen_no_list
      logic unused_list;
      assign unused_list = ^{listed_i, start_list_i, start_slice_i, start_last_i, list_i};
      assign listed     = 1'b0;
      assign list_end   = 1'b0;
      assign list_first = 1'b0;
      assign list_last  = 1'b0;
      assign list_slice = '0;
      assign list_move  = '0;
    end
    for (genvar k = 0; k < 7; k++) begin : gen_level
      // All bits up to the highest one that a count has.
      localparam logic [15:0] Mask = LevelMask[k*64+:16];
      localparam logic [15:0] Half = Mask | (Mask >> 1) | (Mask >> 2) | (Mask >> 3);
      localparam logic [15:0] Used = Half | (Half >> 4) | (Half >> 8) | (Half >> 12);
      if (k >= 2 && k <= 5) begin : gen_listed
        assign at_end[k] = listed ? list_end : end_q[k];
      end else begin : gen_counted
        assign at_end[k] = end_q[k];
      end
      assign restarts[k] = &at_end[k:0];
      assign moves[k]    = !at_end[k] && (k == 0 || restarts[(k > 0)?k-1:0]);
      logic [15:0] next;
      assign next = (count_q[k*16+:16] + 16'd1) & Used;
      assign count_d[k*16+:16] = restarts[k] ? 16'd0 : (moves[k] ? next : count_q[k*16+:16]);
      assign end_d[k] = restarts[k] ? levels_i[k*64+:16] == 16'd0 : (moves[k] ? next == levels_i[k*64+:16] : end_q[k]);
      always_ff @(posedge clk_i) begin
        if (start_i)        end_q[k] <= start_levels_i[k*64+:16] == 16'd0;
        else if (advance_i) end_q[k] <= end_d[k];
      end
    end
    for (genvar k = 0; k < 5; k++) begin : gen_start
      always_ff @(posedge clk_i) begin
        if (start_i)        at_start_q[k] <= 1'b1;
        else if (advance_i) at_start_q[k] <= restarts[k] || (at_start_q[k] && !moves[k]);
      end
    end
  endgenerate

  logic [15:0] delta_addr, delta_y, delta_x;
  always_comb begin
    delta_addr = '0;
    delta_y    = '0;
    delta_x    = '0;
    for (int k = 0; k < 7; k++) begin
      if (moves[k]) begin
        delta_addr = levels_i[k*64+16+:16];
        delta_y    = levels_i[k*64+32+:16];
        delta_x    = levels_i[k*64+48+:16];
      end
    end
    if (listed && inner_last_o) {delta_x, delta_y, delta_addr} = list_move;
  end

  logic word_done;
  generate
    if (SliceBits > 0) begin : gen_slices
      assign slice_o   = listed ? list_slice : (sliced_i ? count_q[2*16+:SliceBits] : '0);
      assign word_done = sliced_i && !listed && moves[2] && (&count_q[2*16+:SliceBits]);
    end else begin : gen_words
      logic unused_slice;
      assign unused_slice = ^list_slice;
      assign slice_o   = '0;
      assign word_done = sliced_i && !listed && moves[2];
    end
  endgenerate

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                  active_q <= 1'b0;
    else if (start_i)             active_q <= 1'b1;
    else if (advance_i && last_o) active_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      addr_q  <= start_addr_i;
      y_q     <= start_y_i;
      x_q     <= start_x_i;
      count_q <= '0;
    end else if (advance_i) begin
      addr_q  <= addr_q + delta_addr + {15'd0, word_done};
      y_q     <= y_q + delta_y;
      x_q     <= x_q + delta_x;
      count_q <= count_d;
    end
  end

  assign active_o       = active_q;
  assign addr_o         = addr_q;
  assign inside_o       = y_q < height_i && x_q < width_i;
  assign word_first_o   = at_start_q[0];
  assign word_end_o     = at_end[1];
  assign reduce_first_o = &at_start_q[3:0];
  assign reduce_last_o  = restarts[3];
  assign pixel_last_o   = restarts[4];
  assign inner_first_o  = &at_start_q[1:0];
  assign inner_last_o   = restarts[1];
  assign vector_last_o  = restarts[2];
  assign middle_first_o = listed ? list_first : &at_start_q[4:2];
  assign middle_last_o  = listed ? list_last : &at_end[4:2];
  assign last_o         = restarts[6];
endmodule
