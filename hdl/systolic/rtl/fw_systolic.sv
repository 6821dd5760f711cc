// Weight-stationary systolic core: convolution and matrix products of int8 by weights of WeightBits bits.
//
//   acc[n] = sum over the step's K inputs of a * w[n], for Cols outputs at a time
//
// Words of Lanes activations arrive pixel by pixel for each weight tile (Rows inputs x Cols outputs); slice_i selects the Rows bytes of the
// word. feed_tile_first_i marks the first pixel of a tile, feed_k_first_i / feed_k_last_i the first and last tile of a sum. The first pixel
// of a tile is requested in a cycle with weight_ready_o, which weight_take_i tells; it must arrive here two cycles later.
//
// acc_valid_o follows feed_valid_i by Rows + Cols + 3 cycles. One word per cycle; there is no back-pressure.
module fw_systolic #(
  parameter int Lanes = 4,
  parameter int Rows = 4,
  parameter int Cols = 4,
  parameter int AccBits = 32,
  parameter int AccDepth = 16,
  parameter int WeightBits = 8,
  parameter int Paired = 0,
  parameter int SoftRows = 0,
  parameter int CodeBits = 0,
  parameter int CodeGroup = 1,
  parameter int Codebooks = 1,
  parameter int WeightInterval = 1,
  parameter int WeightWords = 16,
  parameter int WeightSource = 0,
  parameter int AxiBits = 32,
  parameter int AxiBurst = 16,
  parameter int AxiOutstanding = 4,
  parameter int AxiQueue = 64,
  parameter logic [31:0] AxiBase = 32'd0,
  parameter int FlashQuad = 0,
  parameter int FlashDivider = 1,
  parameter int FlashOffset = 0,
  parameter int FlashWake = 100,
  parameter int WeightStyle = 0,
  parameter WeightFile = "",
  parameter CodebookFile = "",
  parameter int SliceBits = (Lanes > Rows) ? $clog2(Lanes / Rows) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 descriptor_valid_i,
  output logic                 descriptor_taken_o,
  input  logic [31:0]          base_i,
  input  logic [31:0]          words_i,
  input  logic [15:0]          passes_i,
  input  logic [15:0]          table_i,
  output logic                 loaded_o,
  output logic                 error_o,
  output logic                 m_axi_arvalid_o,
  input  logic                 m_axi_arready_i,
  output logic [31:0]          m_axi_araddr_o,
  output logic [7:0]           m_axi_arlen_o,
  output logic [2:0]           m_axi_arsize_o,
  output logic [1:0]           m_axi_arburst_o,
  input  logic                 m_axi_rvalid_i,
  output logic                 m_axi_rready_o,
  input  logic [AxiBits-1:0]   m_axi_rdata_i,
  input  logic [1:0]           m_axi_rresp_i,
  input  logic                 m_axi_rlast_i,
  output logic                 flash_csb_o,
  output logic                 flash_sclk_o,
  output logic [3:0]           flash_io_o,
  output logic [3:0]           flash_oe_o,
  input  logic [3:0]           flash_io_i,
  output logic                 weight_ready_o,
  input  logic                 weight_take_i,
  input  logic                 feed_valid_i,
  input  logic [Lanes*8-1:0]   feed_data_i,
  input  logic [SliceBits-1:0] feed_slice_i,
  input  logic                 feed_tile_first_i,
  input  logic                 feed_tile_last_i,
  input  logic                 feed_k_first_i,
  input  logic                 feed_k_last_i,
  input  logic                 feed_step_last_i,
  output logic                 acc_valid_o,
  output logic                 acc_last_o,
  output logic [Cols*32-1:0]   acc_o
);
  logic [Rows-1:0]            load_row;
  logic [Cols*WeightBits-1:0] weights;
  fw_weight_loader #(
    .Rows          (Rows),
    .Cols          (Cols),
    .WeightBits    (WeightBits),
    .CodeBits      (CodeBits),
    .CodeGroup     (CodeGroup),
    .Codebooks     (Codebooks),
    .Interval      (WeightInterval),
    .Words         (WeightWords),
    .Source        (WeightSource),
    .AxiBits       (AxiBits),
    .AxiBurst      (AxiBurst),
    .AxiOutstanding(AxiOutstanding),
    .AxiQueue      (AxiQueue),
    .AxiBase       (AxiBase),
    .FlashQuad     (FlashQuad),
    .FlashDivider  (FlashDivider),
    .FlashOffset   (FlashOffset),
    .FlashWake     (FlashWake),
    .Style         (WeightStyle),
    .InitFile      (WeightFile),
    .CodebookFile  (CodebookFile)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .descriptor_valid_i,
    .descriptor_taken_o,
    .base_i,
    .words_i,
    .passes_i,
    .table_i,
    .loaded_o,
    .error_o,
    .m_axi_arvalid_o,
    .m_axi_arready_i,
    .m_axi_araddr_o,
    .m_axi_arlen_o,
    .m_axi_arsize_o,
    .m_axi_arburst_o,
    .m_axi_rvalid_i,
    .m_axi_rready_o,
    .m_axi_rdata_i,
    .m_axi_rresp_i,
    .m_axi_rlast_i,
    .flash_csb_o,
    .flash_sclk_o,
    .flash_io_o,
    .flash_oe_o,
    .flash_io_i,
    .ready_o   (weight_ready_o),
    .take_i    (weight_take_i),
    .load_row_o(load_row),
    .weights_o (weights)
  );

  logic [Rows*8-1:0] a_q;
  logic              swap_q;
  generate
    if (Lanes > Rows) begin : gen_slice
      always_ff @(posedge clk_i) a_q <= feed_data_i[feed_slice_i*Rows*8+:Rows*8];
    end else begin : gen_whole
      logic unused_slice;
      assign unused_slice = ^feed_slice_i;
      always_ff @(posedge clk_i) a_q <= feed_data_i;
    end
  endgenerate
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) swap_q <= 1'b0;
    else         swap_q <= feed_valid_i && feed_tile_first_i;
  end

  logic [Cols*AccBits-1:0] psum, acc;
  fw_systolic_array #(.Rows(Rows), .Cols(Cols), .AccBits(AccBits), .WeightBits(WeightBits), .Paired(Paired), .SoftRows(SoftRows)) u_array (
    .clk_i,
    .a_i       (a_q),
    .swap_i    (swap_q),
    .load_row_i(load_row),
    .w_i       (weights),
    .psum_o    (psum)
  );

  logic valid, k_first, k_last, tile_last, step_last;
  fw_flags #(.Width(5), .Cycles(Rows + Cols + 1)) u_flags (
    .clk_i,
    .rst_ni,
    .data_i({feed_valid_i, feed_k_first_i, feed_k_last_i, feed_tile_last_i, feed_step_last_i}),
    .data_o({valid, k_first, k_last, tile_last, step_last})
  );
  fw_accumulator #(.Cols(Cols), .AccBits(AccBits), .Depth(AccDepth)) u_accumulator (
    .clk_i,
    .rst_ni,
    .valid_i    (valid),
    .first_i    (k_first),
    .last_i     (k_last),
    .tile_last_i(tile_last),
    .step_last_i(step_last),
    .psum_i     (psum),
    .acc_valid_o,
    .acc_last_o,
    .acc_o      (acc)
  );

  generate
    for (genvar c = 0; c < Cols; c++) begin : gen_extend
      if (AccBits < 32) begin : gen_sign
        assign acc_o[c*32+:32] = {{(32 - AccBits) {acc[c*AccBits+AccBits-1]}}, acc[c*AccBits+:AccBits]};
      end else begin : gen_same
        assign acc_o[c*32+:32] = acc[c*AccBits+:32];
      end
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Lanes % Rows != 0) $error("fw_systolic: Lanes is %0d, must be a multiple of Rows = %0d", Lanes, Rows);
`endif
endmodule
