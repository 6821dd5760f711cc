// The shell and its cores: sequencer, activation memory, gather, cores, epilogue, streams, control.
//
// One step of the step table runs at a time. Its kind says which unit works: load (stream to memory), store (memory to stream), systolic
// or lane (memory through the core and the epilogue to memory). In cycles, with L the launch and g a gathered word's request:
//
//   request g >= L + 1, memory g + 1, feed g + 2, lane result g + 9, systolic result g + Rows + Cols + 5, xnor result g + XnorStages + 5,
//   shift result g + ShiftStages + 7, epilogue + 10 + Lanes / Requantisers = memory write; the last write ends the step, and the next launch may follow in the next cycle.
//
// Only the streams stall a step (load, store), the first word of a weight tile that is not loaded yet (systolic), and requests whose result
// would find the epilogue at another one (Requantisers < Lanes).
//
// StepMask, LaneOps, Roundings, RightShifts and LeftShifts leave out what no step of the table uses: bits of the table that are always 0, operations
// of the lanes, rounding modes, bits of the requantisers' shifts. A table that uses them must not be written then. The products of the first SoftLanes lanes and of the array's
// first SoftRows rows are made of look-up tables instead of multiplier blocks.
// probe_* show launches, ends and memory writes; they are for benches and may be left open.
module fw_accelerator #(
  parameter int Lanes = 4,
  parameter int Rows = 4,
  parameter int Cols = 4,
  parameter int AccBits = 32,
  parameter int AccDepth = 16,
  parameter int WeightBits = 8,
  parameter int PairedProducts = 0,
  parameter int CodebookBits = 0,
  parameter int CodebookGroup = 1,
  parameter int Codebooks = 1,
  parameter int WeightInterval = 1,
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
  parameter int ActivationWords = 16,
  parameter int WeightWords = 16,
  parameter int LaneWeightWords = 16,
  parameter int ParamWords = 16,
  parameter int Tables = 0,
  parameter int Steps = 16,
  parameter int TileWords = 0,
  parameter int ActBits = 8,
  parameter int EiePes = 0,
  parameter int EieIndexBits = 4,
  parameter int EieCodeBits = 4,
  parameter int EiePlain = 0,
  parameter int EieSources = 0,
  parameter int EieQueueDepth = 8,
  parameter int EieRegisters = 64,
  parameter int EieEntryWords = 16,
  parameter int EiePointers = 16,
  parameter int EieCodebooks = 1,
  parameter int EieImageWords = 16,
  parameter int XnorCols = 0,
  parameter int XnorSimd = 32,
  parameter int XnorStages = 2,
  parameter int XnorWeightBits = 1,
  parameter int XnorWeightWords = 16,
  parameter int ShiftCols = 0,
  parameter int ShiftSimd = 4,
  parameter int ShiftTerms = 1,
  parameter int ShiftCodeBits = 4,
  parameter int ShiftStages = 2,
  parameter int ShiftWeightWords = 16,
  parameter int ShiftTables = 1,
  parameter int Requantisers = Lanes,
  parameter logic [1023:0] StepMask = {1024{1'b1}},
  parameter int LaneOps = 63,
  parameter int Roundings = 15,
  parameter int RightShifts = 63,
  parameter int LeftShifts = 31,
  parameter int Prefetch = 1,
  parameter int StoreDepth = 8,
  parameter int ActivationPorts = 2,
  parameter int SoftLanes = 0,
  parameter int SoftRows = 0,
  parameter int Affine = 0,
  parameter int ThresholdBits = 0,
  parameter int ThresholdWords = 16,
  parameter XnorFile = "images/xnor.hex",
  parameter ShiftFile = "images/shift.hex",
  parameter ShiftTableFile = "images/shift_tables.hex",
  parameter ThresholdFile = "images/thresholds.hex",
  parameter StepFile = "images/steps.hex",
  parameter WeightFile = "images/weights.hex",
  parameter TileFile = "images/tiles.hex",
  parameter CodebookFile = "images/weight_codebooks.hex",
  parameter LaneWeightFile = "images/lane_weights.hex",
  parameter ParamFile = "images/params.hex",
  parameter TableFile = "images/tables.hex",
  parameter EieFile = "images/eie.hex",
  parameter int Banks = Lanes / Cols
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               s_axis_tvalid_i,
  output logic               s_axis_tready_o,
  input  logic [Lanes*8-1:0] s_axis_tdata_i,
  output logic               m_axis_tvalid_o,
  input  logic               m_axis_tready_i,
  output logic [Lanes*8-1:0] m_axis_tdata_o,
  output logic               m_axis_tlast_o,
  input  logic               s_axil_awvalid_i,
  output logic               s_axil_awready_o,
  input  logic [17:0]        s_axil_awaddr_i,
  input  logic               s_axil_wvalid_i,
  output logic               s_axil_wready_o,
  input  logic [31:0]        s_axil_wdata_i,
  input  logic [3:0]         s_axil_wstrb_i,
  output logic               s_axil_bvalid_o,
  input  logic               s_axil_bready_i,
  output logic [1:0]         s_axil_bresp_o,
  input  logic               s_axil_arvalid_i,
  output logic               s_axil_arready_o,
  input  logic [17:0]        s_axil_araddr_i,
  output logic               s_axil_rvalid_o,
  input  logic               s_axil_rready_i,
  output logic [31:0]        s_axil_rdata_o,
  output logic [1:0]         s_axil_rresp_o,
  output logic               m_axi_arvalid_o,
  input  logic               m_axi_arready_i,
  output logic [31:0]        m_axi_araddr_o,
  output logic [7:0]         m_axi_arlen_o,
  output logic [2:0]         m_axi_arsize_o,
  output logic [1:0]         m_axi_arburst_o,
  input  logic               m_axi_rvalid_i,
  output logic               m_axi_rready_o,
  input  logic [AxiBits-1:0] m_axi_rdata_i,
  input  logic [1:0]         m_axi_rresp_i,
  input  logic               m_axi_rlast_i,
  output logic               flash_csb_o,
  output logic               flash_sclk_o,
  output logic [3:0]         flash_io_o,
  output logic [3:0]         flash_oe_o,
  input  logic [3:0]         flash_io_i,
  output logic               probe_start_o,
  output logic               probe_end_o,
  output logic [15:0]        probe_step_o,
  output logic [Banks-1:0]   probe_we_o,
  output logic [15:0]        probe_addr_o,
  output logic [Lanes*8-1:0] probe_data_o
);
  localparam int BankBits = $clog2(Lanes / Cols);
  localparam int SliceBits = $clog2(Lanes / Rows);
  localparam int SliceWidth = (SliceBits > 0) ? SliceBits : 1;
  localparam int TableAddrBits = $clog2(Steps * 32);
  localparam logic [2:0] KindLoad = 3'd0;
  localparam logic [2:0] KindStore = 3'd1;
  localparam logic [2:0] KindSystolic = 3'd2;
  localparam logic [2:0] KindLane = 3'd3;
  localparam logic [2:0] KindEie = 3'd4;
  localparam logic [2:0] KindXnor = 3'd5;
  localparam logic [2:0] KindShift = 3'd6;

  // Control.
  logic                     run, launch, busy, done, next_valid, table_we;
  logic [TableAddrBits-1:0] table_addr;
  logic [31:0]              table_data;
  logic [15:0]              next_index, index;
  logic [1023:0]            cfg_next, cfg;
  logic                     eie_loaded, weights_loaded, weights_failed;
  fw_sequencer #(.Steps(Steps), .StepMask(StepMask), .Prefetch(Prefetch), .StepFile(StepFile)) u_sequencer (
    .clk_i,
    .rst_ni,
    .run_i       (run),
    .hold_i      ((cfg_next[2:0] == KindEie && !eie_loaded) || !weights_loaded),
    .done_i      (done),
    .table_we_i  (table_we),
    .table_addr_i(table_addr),
    .table_data_i(table_data),
    .launch_o    (launch),
    .busy_o      (busy),
    .next_valid_o(next_valid),
    .next_index_o(next_index),
    .index_o     (index),
    .cfg_next_o  (cfg_next),
    .cfg_o       (cfg)
  );

  // Fields of the running step; the layout is the table in the shell's README.
  logic [2:0] kind, lane_op;
  logic [1:0] rounding;
  logic       by_count, is_last, is_systolic, is_xnor, is_packed;
  assign kind        = cfg[2:0];
  assign lane_op     = cfg[5:3];
  assign rounding    = cfg[7:6];
  assign by_count    = cfg[8];
  assign is_last     = cfg[9];
  assign is_systolic = kind == KindSystolic;
  assign is_xnor     = kind == KindXnor;
  assign is_packed   = is_xnor && cfg[12];
  logic unused_cfg;
  assign unused_cfg = ^{cfg, cfg_next};

  fw_control #(.Steps(Steps)) u_control (
    .clk_i,
    .rst_ni,
    .awvalid_i     (s_axil_awvalid_i),
    .awready_o     (s_axil_awready_o),
    .awaddr_i      (s_axil_awaddr_i),
    .wvalid_i      (s_axil_wvalid_i),
    .wready_o      (s_axil_wready_o),
    .wdata_i       (s_axil_wdata_i),
    .wstrb_i       (s_axil_wstrb_i),
    .bvalid_o      (s_axil_bvalid_o),
    .bready_i      (s_axil_bready_i),
    .bresp_o       (s_axil_bresp_o),
    .arvalid_i     (s_axil_arvalid_i),
    .arready_o     (s_axil_arready_o),
    .araddr_i      (s_axil_araddr_i),
    .rvalid_o      (s_axil_rvalid_o),
    .rready_i      (s_axil_rready_i),
    .rdata_o       (s_axil_rdata_o),
    .rresp_o       (s_axil_rresp_o),
    .run_o         (run),
    .table_we_o    (table_we),
    .table_addr_o  (table_addr),
    .table_data_o  (table_data),
    .busy_i        (busy),
    .failed_i      (weights_failed),
    .launch_i      (launch),
    .launch_index_i(next_index),
    .done_i        (done),
    .done_last_i   (is_last),
    .done_index_i  (index)
  );

  // Gather: a request per cycle unless the weights or the output queue are not ready.
  logic [Banks-1:0]      write_mask;
  logic                  active, issue, may_issue, in_image, tile_first, tile_last, k_first, k_last, step_last;
  logic                  weight_ready, store_room, eie_room, xnor_room, shift_room, vector_last;
  logic                  word_first, word_end, reduce_first, reduce_last, pixel_last;
  logic [15:0]           read_addr;
  logic [SliceWidth-1:0] slice;
  always_comb begin
    case (kind)
      KindSystolic: may_issue = !tile_first || weight_ready;
      KindStore:    may_issue = store_room;
      KindEie:      may_issue = eie_room;
      KindXnor:     may_issue = !reduce_first || xnor_room;
      KindShift:    may_issue = !reduce_first || shift_room;
      default:      may_issue = 1'b1;
    endcase
  end

  // Results are so far apart as the epilogue takes for a word: the requests of a sum's last tile are, and the first ones of the lanes' windows, whose
  // operands follow each other without a gap.
  localparam int Parts = Lanes / Requantisers;
  logic epilogue_room;
  generate
    if (Parts > 1) begin : gen_pace
      logic [$clog2(Parts)-1:0] pace_q;
      logic                     paced;
      assign paced         = (is_systolic && k_last) || (kind == KindLane && tile_first);
      assign epilogue_room = !paced || pace_q == '0;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)             pace_q <= '0;
        else if (issue && paced) pace_q <= ($clog2(Parts))'(Parts - 1);
        else if (pace_q != '0)   pace_q <= pace_q - 1'b1;
      end
    end else begin : gen_no_pace
      assign epilogue_room = 1'b1;
    end
  endgenerate
  // A memory with one port is not read while it is written.
  assign issue = active && may_issue && epilogue_room && (ActivationPorts > 1 || write_mask == '0);
  fw_gather #(.SliceBits(SliceBits), .LevelMask(StepMask[5*32+:7*64]), .TileWords(TileWords), .TileFile(TileFile)) u_gather (
    .clk_i,
    .rst_ni,
    .start_i       (launch && cfg_next[2:0] != KindLoad),
    .start_addr_i  (cfg_next[1*32+:16]),
    .start_y_i     (cfg_next[3*32+:16]),
    .start_x_i     (cfg_next[3*32+16+:16]),
    .start_levels_i(cfg_next[5*32+:7*64]),
    .levels_i      (cfg[5*32+:7*64]),
    .height_i      (cfg[2*32+:16]),
    .width_i       (cfg[2*32+16+:16]),
    .sliced_i      (is_systolic),
    .listed_i      (is_systolic && cfg[4*32+16]),
    .start_list_i  (cfg_next[27*32+:32]),
    .start_slice_i (cfg_next[26*32+:SliceWidth]),
    .start_last_i  (cfg_next[4*32+17]),
    .list_i        (cfg[27*32+:32]),
    .advance_i     (issue),
    .active_o      (active),
    .addr_o        (read_addr),
    .inside_o      (in_image),
    .slice_o       (slice),
    .word_first_o  (word_first),
    .word_end_o    (word_end),
    .reduce_first_o(reduce_first),
    .reduce_last_o (reduce_last),
    .pixel_last_o  (pixel_last),
    .inner_first_o (tile_first),
    .inner_last_o  (tile_last),
    .vector_last_o (vector_last),
    .middle_first_o(k_first),
    .middle_last_o (k_last),
    .last_o        (step_last)
  );

  // Memory.
  logic [15:0]        write_addr;
  logic [Lanes*8-1:0] write_data, read_data;
  fw_activation_memory #(.Lanes(Lanes), .Banks(Banks), .Words(ActivationWords), .Ports(ActivationPorts)) u_activations (
    .clk_i,
    .we_i   (write_mask),
    .waddr_i(write_addr),
    .wdata_i(write_data),
    .re_i   (issue),
    .raddr_i(read_addr),
    .rdata_o(read_data)
  );

  // Feed: the word, or the padding value, two cycles after the request.
  localparam int FlagBits = 13 + SliceWidth;
  logic [FlagBits-1:0] flags1, flags2;
  logic                feed_word_first, feed_word_end, feed_reduce_first, feed_reduce_last, feed_pixel_last;
  logic                feed_valid, feed_inside, feed_tile_first, feed_tile_last, feed_k_first, feed_k_last, feed_step_last, feed_vector_last;
  logic [SliceWidth-1:0] feed_slice;
  logic [Lanes*8-1:0]  feed_data_q;
  fw_flags #(.Width(FlagBits), .Cycles(1)) u_flags1 (
    .clk_i,
    .rst_ni,
    .data_i({word_first, word_end, reduce_first, reduce_last, pixel_last,
             slice, vector_last, issue, in_image, tile_first, tile_last, k_first, k_last, step_last}),
    .data_o(flags1)
  );
  fw_flags #(.Width(FlagBits), .Cycles(1)) u_flags2 (
    .clk_i,
    .rst_ni,
    .data_i(flags1),
    .data_o(flags2)
  );
  assign {feed_word_first, feed_word_end, feed_reduce_first, feed_reduce_last, feed_pixel_last, feed_slice, feed_vector_last, feed_valid, feed_inside, feed_tile_first, feed_tile_last, feed_k_first, feed_k_last, feed_step_last} = flags2;
  always_ff @(posedge clk_i) feed_data_q <= flags1[5] ? read_data : {Lanes{cfg[4*32+:8]}};

  // Cores.
  logic                systolic_valid, systolic_last, lane_valid, lane_last, descriptor_taken, taken_q, descriptor_valid;
  logic [Cols*32-1:0]  systolic_acc;
  logic [Lanes*32-1:0] lane_acc;
  logic [15:0]         lane_count;

  assign descriptor_valid = next_valid && weights_loaded && !taken_q && cfg_next[2:0] == KindSystolic;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) taken_q <= 1'b0;
    else         taken_q <= (taken_q || descriptor_taken) && !launch;
  end

  fw_systolic #(
    .Lanes         (Lanes),
    .Rows          (Rows),
    .Cols          (Cols),
    .AccBits       (AccBits),
    .AccDepth      (AccDepth),
    .WeightBits    (WeightBits),
    .Paired        (PairedProducts),
    .SoftRows      (SoftRows),
    .CodeBits      (CodebookBits),
    .CodeGroup     (CodebookGroup),
    .Codebooks     (Codebooks),
    .WeightInterval(WeightInterval),
    .WeightWords   (WeightWords),
    .WeightSource  (WeightSource),
    .AxiBits       (AxiBits),
    .AxiBurst      (AxiBurst),
    .AxiOutstanding(AxiOutstanding),
    .AxiQueue      (AxiQueue),
    .AxiBase       (AxiBase),
    .FlashQuad     (FlashQuad),
    .FlashDivider  (FlashDivider),
    .FlashOffset   (FlashOffset),
    .FlashWake     (FlashWake),
    .WeightStyle   (WeightStyle),
    .WeightFile    (WeightFile),
    .CodebookFile  (CodebookFile)
  ) u_systolic (
    .clk_i,
    .rst_ni,
    .descriptor_valid_i(descriptor_valid),
    .descriptor_taken_o(descriptor_taken),
    .base_i            (cfg_next[23*32+:32]),
    .words_i           (cfg_next[24*32+:32]),
    .passes_i          (cfg_next[25*32+:16]),
    .table_i           (cfg_next[16+:16]),
    .loaded_o          (weights_loaded),
    .error_o           (weights_failed),
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
    .weight_ready_o    (weight_ready),
    .weight_take_i     (issue && is_systolic && tile_first),
    .feed_valid_i      (feed_valid && is_systolic),
    .feed_data_i       (feed_data_q),
    .feed_slice_i      (feed_slice),
    .feed_tile_first_i (feed_tile_first),
    .feed_tile_last_i  (feed_tile_last),
    .feed_k_first_i    (feed_k_first),
    .feed_k_last_i     (feed_k_last),
    .feed_step_last_i  (feed_step_last),
    .acc_valid_o       (systolic_valid),
    .acc_last_o        (systolic_last),
    .acc_o             (systolic_acc)
  );

  // An addition's shifts of its two operands.
  localparam logic [4:0] AddShifts = StepMask[26*32+16+:5] | StepMask[26*32+24+:5];
  fw_lane #(
    .Lanes      (Lanes),
    .WeightWords(LaneWeightWords),
    .WeightFile (LaneWeightFile),
    .Tables     (Tables),
    .TableFile  (TableFile),
    .Ops        (LaneOps),
    .Shifts     (AddShifts),
    .SoftLanes  (SoftLanes)
  ) u_lane (
    .clk_i,
    .rst_ni,
    .start_i            (launch),
    .start_base_i       (cfg_next[23*32+:32]),
    .op_i               (lane_op),
    .table_i            (cfg[16+:16]),
    .zp1_i              (cfg[26*32+:8]),
    .zp2_i              (cfg[26*32+8+:8]),
    .mult1_i            (cfg[27*32+:32]),
    .mult2_i            (cfg[28*32+:32]),
    .shift1_i           (cfg[26*32+16+:5]),
    .shift2_i           (cfg[26*32+24+:5]),
    .feed_valid_i       (feed_valid && kind == KindLane),
    .feed_data_i        (feed_data_q),
    .feed_inside_i      (feed_inside),
    .feed_first_i       (feed_tile_first),
    .feed_last_i        (feed_tile_last),
    .feed_channel_last_i(feed_k_last),
    .feed_step_last_i   (feed_step_last),
    .acc_valid_o        (lane_valid),
    .acc_last_o         (lane_last),
    .count_o            (lane_count),
    .acc_o              (lane_acc)
  );

  // Sparse engine: a word is requested when the engine has room for it.
  logic                eie_valid, eie_last, eie_half;
  logic [15:0]         eie_word;
  logic [Lanes*32-1:0] eie_acc;
  generate
    if (EiePes > 0) begin : gen_eie
      fw_eie #(
        .Lanes      (Lanes),
        .Pes        (EiePes),
        .IndexBits  (EieIndexBits),
        .CodeBits   (EieCodeBits),
        .Plain      (EiePlain),
        .ActBits    (ActBits),
        .SourceWords(EiePes * EieSources * (ActBits / 8) / Lanes),
        .QueueDepth (EieQueueDepth),
        .Registers  (EieRegisters),
        .EntryWords (EieEntryWords),
        .Pointers   (EiePointers),
        .Codebooks  (EieCodebooks),
        .ImageWords (EieImageWords),
        .ImageFile  (EieFile)
      ) u_eie (
        .clk_i,
        .rst_ni,
        .loaded_o          (eie_loaded),
        .base_i            (cfg[23*32+:16]),
        .words_i           (cfg[24*32+:16]),
        .codebook_i        (cfg[16+:8]),
        .zero_point_i      (cfg[26*32+:8]),
        .wide_in_i         (cfg[10]),
        .wide_out_i        (cfg[11]),
        .request_i         (issue && kind == KindEie),
        .request_last_i    (vector_last),
        .room_o            (eie_room),
        .feed_valid_i      (feed_valid && kind == KindEie),
        .feed_data_i       (feed_data_q),
        .feed_vector_last_i(feed_vector_last),
        .feed_step_last_i  (feed_step_last),
        .acc_valid_o       (eie_valid),
        .acc_last_o        (eie_last),
        .half_o            (eie_half),
        .param_word_o      (eie_word),
        .acc_o             (eie_acc)
      );
    end else begin : gen_no_eie
      logic unused_vector_last;
      assign unused_vector_last = feed_vector_last;
      assign eie_loaded = 1'b1;
      assign eie_room   = 1'b1;
      assign eie_valid  = 1'b0;
      assign eie_last   = 1'b0;
      assign eie_half   = 1'b0;
      assign eie_word   = '0;
      assign eie_acc    = '0;
    end
  endgenerate

  // Binary core.
  logic                xnor_valid, xnor_last, xnor_half, xnor_word_last;
  logic [15:0]         xnor_word;
  logic [Lanes*32-1:0] xnor_acc;
  generate
    if (XnorCols > 0) begin : gen_xnor
      fw_xnor #(
        .Lanes      (Lanes),
        .Cols       (XnorCols),
        .Simd       (XnorSimd),
        .Stages     (XnorStages),
        .WeightBits (XnorWeightBits),
        .WeightWords(XnorWeightWords),
        .WeightFile (XnorFile)
      ) u_xnor (
        .clk_i,
        .rst_ni,
        .start_i          (launch),
        .start_base_i     (launch ? cfg_next[23*32+:32] : cfg[23*32+:32]),
        .words_i          (cfg[24*32+:16]),
        .planes_last_i    (cfg[30*32+:3]),
        .first_plane_i    (cfg[30*32+3+:3]),
        .weight_last_i    (cfg[30*32+10+:3]),
        .bipolar_i        (cfg[30*32+6]),
        .negative_i       (cfg[30*32+7]),
        .zero_pad_i       (cfg[30*32+8]),
        .packed_i         (cfg[30*32+9]),
        .limit_i          (cfg[30*32+16+:16]),
        .wide_out_i       (cfg[11]),
        .request_first_i  (issue && is_xnor && reduce_first),
        .room_o           (xnor_room),
        .feed_valid_i     (feed_valid && is_xnor),
        .feed_data_i      (feed_data_q),
        .feed_inside_i    (feed_inside),
        .feed_word_first_i(feed_word_first),
        .feed_word_end_i  (feed_word_end),
        .feed_first_i     (feed_reduce_first),
        .feed_last_i      (feed_reduce_last),
        .feed_pixel_last_i(feed_pixel_last),
        .feed_step_last_i (feed_step_last),
        .acc_valid_o      (xnor_valid),
        .acc_last_o       (xnor_last),
        .half_o           (xnor_half),
        .word_last_o      (xnor_word_last),
        .word_o           (xnor_word),
        .acc_o            (xnor_acc)
      );
    end else begin : gen_no_xnor
      logic unused_xnor_feed;
      assign unused_xnor_feed = ^{feed_word_first, feed_word_end, feed_reduce_first, feed_reduce_last, feed_pixel_last};
      assign xnor_room      = 1'b1;
      assign xnor_valid     = 1'b0;
      assign xnor_last      = 1'b0;
      assign xnor_half      = 1'b0;
      assign xnor_word_last = 1'b0;
      assign xnor_word      = '0;
      assign xnor_acc       = '0;
    end
  endgenerate

  // Shift core.
  logic                shift_valid, shift_last;
  logic [15:0]         shift_word;
  logic [Lanes*32-1:0] shift_acc;
  generate
    if (ShiftCols > 0) begin : gen_shift
      fw_shift #(
        .Lanes      (Lanes),
        .Cols       (ShiftCols),
        .Simd       (ShiftSimd),
        .Terms      (ShiftTerms),
        .CodeBits   (ShiftCodeBits),
        .Stages     (ShiftStages),
        .WeightWords(ShiftWeightWords),
        .Tables     (ShiftTables),
        .WeightFile (ShiftFile),
        .TableFile  (ShiftTableFile)
      ) u_shift (
        .clk_i,
        .rst_ni,
        .start_i          (launch && cfg_next[2:0] == KindShift),
        .start_base_i     (launch ? cfg_next[23*32+:32] : cfg[23*32+:32]),
        .start_table_i    (cfg_next[16+:16]),
        .words_i          (cfg[24*32+:16]),
        .request_first_i  (issue && kind == KindShift && reduce_first),
        .room_o           (shift_room),
        .feed_valid_i     (feed_valid && kind == KindShift),
        .feed_data_i      (feed_data_q),
        .feed_word_first_i(feed_word_first),
        .feed_first_i     (feed_reduce_first),
        .feed_last_i      (feed_reduce_last),
        .feed_pixel_last_i(feed_pixel_last),
        .feed_step_last_i (feed_step_last),
        .acc_valid_o      (shift_valid),
        .acc_last_o       (shift_last),
        .word_o           (shift_word),
        .acc_o            (shift_acc)
      );
    end else begin : gen_no_shift
      assign shift_room  = 1'b1;
      assign shift_valid = 1'b0;
      assign shift_last  = 1'b0;
      assign shift_word  = '0;
      assign shift_acc   = '0;
    end
  endgenerate

  // Epilogue and writes.
  logic                load_active_q, load_accept, acc_valid, acc_last, scatter_last;
  logic [15:0]         scatter_addr, scatter_word, word, param_addr;
  logic [Banks-1:0]    scatter_mask;
  logic [Lanes*32-1:0] acc;
  logic [Lanes*8-1:0]  epilogue_data;
  logic [Lanes-1:0]    epilogue_bits;
  assign acc_valid  = systolic_valid || lane_valid || eie_valid || xnor_valid || shift_valid;
  always_comb begin
    case (kind)
      KindSystolic: begin
        acc_last = systolic_last;
        acc      = {Banks{systolic_acc}};
        word     = scatter_word;
      end
      KindEie: begin
        acc_last = eie_last;
        acc      = eie_acc;
        word     = eie_word;
      end
      KindXnor: begin
        acc_last = xnor_last;
        acc      = xnor_acc;
        word     = xnor_word;
      end
      KindShift: begin
        acc_last = shift_last;
        acc      = shift_acc;
        word     = shift_word;
      end
      default: begin
        acc_last = lane_last;
        acc      = lane_acc;
        word     = by_count ? lane_count : scatter_word;
      end
    endcase
  end
  assign param_addr = cfg[22*32+:16] + word;
  // Results are as wide as the array's sums, where nothing else sums.
  localparam int ArrayBits = (AccBits > 9) ? AccBits : 9;
  localparam int ResultBits = ((LaneOps & 13) == 0 && EiePes == 0 && XnorCols == 0 && ShiftCols == 0) ? ArrayBits : 32;

  fw_scatter #(.BankBits(BankBits), .LevelMask(StepMask[19*32+:3*32])) u_scatter (
    .clk_i,
    .start_i     (launch),
    .start_addr_i(cfg_next[1*32+16+:16]),
    .levels_i    (cfg[19*32+:3*32]),
    .banked_i    (is_systolic),
    .advance_i   (acc_valid || load_accept),
    .addr_o      (scatter_addr),
    .word_o      (scatter_word),
    .mask_o      (scatter_mask),
    .last_o      (scatter_last)
  );

  fw_epilogue #(.Lanes(Lanes), .SumBits(ResultBits), .ActBits(ActBits), .ParamWords(ParamWords), .ParamFile(ParamFile), .Requantisers(Requantisers), .Modes(Roundings), .RightShifts(RightShifts), .LeftShifts(LeftShifts), .Affine(Affine),
                .ThresholdBits(ThresholdBits), .ThresholdWords(ThresholdWords), .ThresholdFile(ThresholdFile)) u_epilogue (
    .clk_i,
    .rst_ni,
    .mode_i      (rounding),
    .wide_i      (cfg[11]),
    .affine_i    (cfg[15]),
    .thresholds_i(cfg[13]),
    .doubled_i   (cfg[14]),
    .zero_point_i(cfg[4*32+8+:8]),
    .clamp_min_i (cfg[29*32+:16]),
    .clamp_max_i (cfg[29*32+16+:16]),
    .valid_i     (acc_valid),
    .half_i      (is_xnor ? xnor_half : kind == KindEie && eie_half),
    .acc_i       (acc),
    .param_addr_i(param_addr),
    .threshold_addr_i(cfg[31*32+:16] + word),
    .data_o      (epilogue_data),
    .bits_o      (epilogue_bits)
  );

  logic               epilogue_valid, epilogue_last;
  logic [15:0]        epilogue_addr;
  logic [Banks-1:0]   epilogue_mask;
  fw_flags #(.Width(2), .Cycles(10 + Parts)) u_epilogue_flags (
    .clk_i,
    .rst_ni,
    .data_i({acc_valid, acc_last}),
    .data_o({epilogue_valid, epilogue_last})
  );
  fw_delay #(.Width(16 + Banks), .Cycles(10 + Parts)) u_epilogue_addr (
    .clk_i,
    .data_i({scatter_mask, is_packed ? scatter_addr + {3'd0, word[15:3]} : scatter_addr}),
    .data_o({epilogue_mask, epilogue_addr})
  );

  // Packed outputs: the bits of eight words of accumulators, or of those up to a pixel's last, make one word.
  logic               packed_done;
  logic [Lanes*8-1:0] packed_data;
  generate
    if (XnorCols > 0 && ThresholdBits > 0) begin : gen_packer
      logic               last_part;
      logic [2:0]         part;
      logic [Lanes*8-1:0] packed_q;
      fw_delay #(.Width(4), .Cycles(11)) u_part (
        .clk_i,
        .data_i({xnor_word_last, word[2:0]}),
        .data_o({last_part, part})
      );
      for (genvar p = 0; p < 8; p++) begin : gen_part
        assign packed_data[p*Lanes+:Lanes] = (part == 3'(p)) ? epilogue_bits : ((part == 3'd0) ? '0 : packed_q[p*Lanes+:Lanes]);
      end
      always_ff @(posedge clk_i) if (epilogue_valid) packed_q <= packed_data;
      assign packed_done = last_part || part == 3'd7;
    end else begin : gen_bytes
      logic unused_bits;
      assign unused_bits = ^{epilogue_bits, xnor_word_last, xnor_half};
      assign packed_done = 1'b1;
      assign packed_data = '0;
    end
  endgenerate

  // Load: a word is accepted in one cycle and written in the next.
  logic               load_q, load_last_q;
  logic [15:0]        load_addr_q;
  logic [Lanes*8-1:0] load_data_q;
  assign load_accept     = load_active_q && s_axis_tvalid_i;
  assign s_axis_tready_o = load_active_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      load_active_q <= 1'b0;
      load_q        <= 1'b0;
      load_last_q   <= 1'b0;
    end else begin
      load_active_q <= (launch && cfg_next[2:0] == KindLoad) || (load_active_q && !(load_accept && scatter_last));
      load_q        <= load_accept;
      load_last_q   <= load_accept && scatter_last;
    end
  end
  always_ff @(posedge clk_i) begin
    load_addr_q <= scatter_addr;
    load_data_q <= s_axis_tdata_i;
  end

  assign write_mask = load_q ? '1 : ((epilogue_valid && (!is_packed || packed_done)) ? epilogue_mask : '0);
  assign write_addr = load_q ? load_addr_q : epilogue_addr;
  assign write_data = load_q ? load_data_q : (is_packed ? packed_data : epilogue_data);

  // Store: a queue of StoreDepth words; a word is requested only when the queue will have room for it.
  localparam int CreditBits = $clog2(StoreDepth + 1);
  logic [CreditBits-1:0] credits_q;
  logic       store_issue, store_pop, store_last;
  assign store_room  = credits_q != '0;
  assign store_issue = issue && kind == KindStore;
  assign store_pop   = m_axis_tvalid_o && m_axis_tready_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) credits_q <= CreditBits'(StoreDepth);
    else         credits_q <= credits_q - CreditBits'(store_issue) + CreditBits'(store_pop);
  end
  fw_fifo #(.Width(Lanes * 8 + 1), .Depth(StoreDepth)) u_store (
    .clk_i,
    .rst_ni,
    .push_i     (feed_valid && kind == KindStore),
    .push_data_i({feed_step_last, feed_data_q}),
    .pop_valid_o(m_axis_tvalid_o),
    .pop_ready_i(m_axis_tready_i),
    .pop_data_o ({store_last, m_axis_tdata_o})
  );
  assign m_axis_tlast_o = store_last && is_last;

  assign done = (epilogue_valid && epilogue_last) || load_last_q || (store_pop && store_last);

  assign probe_start_o = launch;
  assign probe_end_o   = done;
  assign probe_step_o  = launch ? next_index : index;
  assign probe_we_o    = write_mask;
  assign probe_addr_o  = write_addr;
  assign probe_data_o  = write_data;

`ifndef SYNTHESIS
  initial if (Lanes < 4 || Lanes > 128 || (Lanes & (Lanes - 1)) != 0) $error("fw_accelerator: Lanes is %0d, must be a power of two, 4 to 128", Lanes);
  initial if (Cols < 2 || Cols > Lanes || Cols > 64 || Cols < Lanes / 16 || (Cols & (Cols - 1)) != 0)
    $error("fw_accelerator: Cols is %0d, must be a power of two, 2 to 64, from Lanes / 16 to Lanes = %0d", Cols, Lanes);
  initial if ((Parts > 1 || ActivationPorts == 1) && (EiePes > 0 || XnorCols > 0 || ShiftCols > 0))
    $error("fw_accelerator: Requantisers is %0d, must be Lanes = %0d, and ActivationPorts 2, beside cores other than systolic and lane", Requantisers, Lanes);
  initial if (ThresholdBits < 0 || ThresholdBits > 4) $error("fw_accelerator: ThresholdBits is %0d, must be in 0..=4", ThresholdBits);
  initial if (EieSources < 0 || EiePes * EieSources * (ActBits / 8) % Lanes != 0)
    $error("fw_accelerator: EieSources is %0d, the source registers must fill whole words of %0d bytes", EieSources, Lanes);
  initial if (Rows < 4 || Rows > Lanes || Rows > 64 || (Rows & (Rows - 1)) != 0)
    $error("fw_accelerator: Rows is %0d, must be a power of two, 4 to 64, not above Lanes = %0d", Rows, Lanes);
  always @(posedge clk_i or negedge rst_ni) begin : OneWriterAtATime
    if (rst_ni && load_q && epilogue_valid) $error("fw_accelerator: stream and epilogue write in the same cycle");
  end
`endif
endmodule
