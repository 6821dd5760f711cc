// Lane core: Lanes independent channels; depthwise convolution, pools, element-wise addition, table look-up.
//
// Words arrive window by window: feed_first_i marks a window's first operand, feed_last_i its last; feed_channel_last_i the last window of a
// channel tile. Weights (mac) are read from an on-chip memory: `taps` consecutive words per channel tile, read again for every window.
// In an addition the first operand uses zp1/mult1/shift1, the others zp2/mult2/shift2. count_o is the number of operands in the window
// for which feed_inside_i was set.
//
// acc_valid_o follows feed_valid_i of the window's last operand by seven cycles. One operand per cycle at most; there is no back-pressure.
module fw_lane #(
  parameter int Lanes = 4,
  parameter int WeightWords = 16,
  parameter WeightFile = "",
  parameter int Tables = 0,
  parameter TableFile = "",
  parameter int Ops = 63,
  parameter logic [4:0] Shifts = 5'd31,
  parameter int SoftLanes = 0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,
  input  logic [31:0]         start_base_i,
  input  logic [2:0]          op_i,
  input  logic [15:0]         table_i,
  input  logic [7:0]          zp1_i,
  input  logic [7:0]          zp2_i,
  input  logic [31:0]         mult1_i,
  input  logic [31:0]         mult2_i,
  input  logic [4:0]          shift1_i,
  input  logic [4:0]          shift2_i,
  input  logic                feed_valid_i,
  input  logic [Lanes*8-1:0]  feed_data_i,
  input  logic                feed_inside_i,
  input  logic                feed_first_i,
  input  logic                feed_last_i,
  input  logic                feed_channel_last_i,
  input  logic                feed_step_last_i,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic [15:0]         count_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int WeightAddrBits = (WeightWords > 1) ? $clog2(WeightWords) : 1;

  // Weight address: restarts for every window, moves on for the next channel tile.
  logic [WeightAddrBits-1:0] addr_q, tile_q;
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      addr_q <= start_base_i[WeightAddrBits-1:0];
      tile_q <= start_base_i[WeightAddrBits-1:0];
    end else if (feed_valid_i) begin
      addr_q <= (feed_last_i && !feed_channel_last_i) ? tile_q : addr_q + 1'b1;
      if (feed_last_i && feed_channel_last_i) tile_q <= addr_q + 1'b1;
    end
  end
  logic unused_base;
  assign unused_base = ^start_base_i;

  logic [Lanes*8-1:0] weights;
  fw_rom #(.Width(Lanes * 8), .Depth(WeightWords), .InitFile(WeightFile)) u_weights (
    .clk_i,
    .re_i   (feed_valid_i),
    .raddr_i(addr_q),
    .rdata_o(weights)
  );

  logic [Lanes*8-1:0] data1_q;
  logic               first1_q, reduce;
  fw_flags #(.Width(1), .Cycles(6)) u_reduce (
    .clk_i,
    .rst_ni,
    .data_i(feed_valid_i),
    .data_o(reduce)
  );
  always_ff @(posedge clk_i) begin
    data1_q  <= feed_data_i;
    first1_q <= feed_first_i;
  end

  logic [7:0]  zp;
  logic [31:0] mult;
  logic [4:0]  shift;
  assign zp    = first1_q ? zp1_i : zp2_i;
  assign mult  = first1_q ? mult1_i : mult2_i;
  assign shift = first1_q ? shift1_i : shift2_i;

  logic [Lanes*8-1:0] entries;
  generate
    if (Tables > 0) begin : gen_tables
      localparam int TableAddrBits = $clog2(Tables * 256);
      logic [23:0] table_base;
      assign table_base = {table_i, 8'd0};
      for (genvar l = 0; l < Lanes; l++) begin : gen_table
        fw_rom #(.Width(8), .Depth(Tables * 256), .InitFile(TableFile)) u_table (
          .clk_i,
          .re_i   (feed_valid_i),
          .raddr_i(table_base[TableAddrBits-1:0] + TableAddrBits'({~feed_data_i[l*8+7], feed_data_i[l*8+:7]})),
          .rdata_o(entries[l*8+:8])
        );
      end
      logic unused_table;
      assign unused_table = ^table_base;
    end else begin : gen_no_tables
      logic unused_table;
      assign unused_table = ^table_i;
      assign entries = '0;
    end
    for (genvar l = 0; l < Lanes; l++) begin : gen_lane
      fw_lane_alu #(.Ops(Ops), .Shifts(Shifts), .Soft((l < SoftLanes) ? 1 : 0)) u_alu (
        .clk_i,
        .op_i,
        .reduce_i(reduce),
        .first_i(first1_q),
        .a_i    (data1_q[l*8+:8]),
        .w_i    (weights[l*8+:8]),
        .table_i(entries[l*8+:8]),
        .zp_i   (zp),
        .mult_i (mult),
        .shift_i(shift),
        .acc_o  (acc_o[l*32+:32])
      );
    end
  endgenerate

  // Operands inside the image, counted over the window.
  logic [15:0] inside_q, count;
  assign count = (feed_first_i ? 16'd0 : inside_q) + {15'd0, feed_inside_i};
  always_ff @(posedge clk_i) if (feed_valid_i) inside_q <= count;
  fw_delay #(.Width(16), .Cycles(7)) u_count (
    .clk_i,
    .data_i(count),
    .data_o(count_o)
  );
  fw_flags #(.Width(2), .Cycles(7)) u_flags (
    .clk_i,
    .rst_ni,
    .data_i({feed_valid_i && feed_last_i, feed_step_last_i}),
    .data_o({acc_valid_o, acc_last_o})
  );
endmodule
