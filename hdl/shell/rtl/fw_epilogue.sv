// Epilogue: accumulator words to activation words, one in Parts = Lanes / Requantisers cycles, 10 + Parts cycles latency.
//
//   out[l] = requantise(acc[l], parameters[param_addr][l])       (fw_requant)
//   out[l] = threshold(acc[l], thresholds[threshold_addr][l])    (fw_threshold) with thresholds_i; bits_o are then the lowest bits
//
// With wide_i (ActBits 16) activations have 16 bits: a word of Lanes accumulators comes twice, and half_i says which half of its lanes
// fills the word. A parameter word holds for each lane {shift[8], multiplier[32], bias[32]}, lane 0 in the low bits; with thresholds_i the
// multiplier's lowest bit tells that the channel falls. A threshold word holds 2^ThresholdBits - 1 steps of 32 bits for each lane.
//
// Accumulators have SumBits bits that count. With fewer requantisers than lanes the parts of a word follow each other, the lowest lanes first, and the parameter memory holds a part in each of
// its words. Whoever offers accumulators leaves Parts cycles from one to the next; bytes of 8 bits only, and no thresholds.
module fw_epilogue #(
  parameter int Lanes = 4,
  parameter int ActBits = 8,
  parameter int SumBits = 32,
  parameter int ParamWords = 16,
  parameter ParamFile = "",
  parameter int Requantisers = Lanes,
  parameter int Modes = 15,
  parameter int RightShifts = 63,
  parameter int LeftShifts = 31,
  parameter int Affine = 0,
  parameter int ThresholdBits = 0,
  parameter int ThresholdWords = 16,
  parameter ThresholdFile = ""
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [1:0]          mode_i,
  input  logic                wide_i,
  input  logic                affine_i,
  input  logic                thresholds_i,
  input  logic                doubled_i,
  input  logic [7:0]          zero_point_i,
  input  logic [15:0]         clamp_min_i,
  input  logic [15:0]         clamp_max_i,
  input  logic                valid_i,
  input  logic                half_i,
  input  logic [Lanes*32-1:0] acc_i,
  input  logic [15:0]         param_addr_i,
  input  logic [15:0]         threshold_addr_i,
  output logic [Lanes*8-1:0]  data_o,
  output logic [Lanes-1:0]    bits_o
);
  localparam int Parts = Lanes / Requantisers;
  localparam int PartBits = $clog2(Parts);
  localparam int AddrBits = (ParamWords * Parts > 1) ? $clog2(ParamWords * Parts) : 1;

  logic [Requantisers*72-1:0] params;
  logic [Lanes*SumBits-1:0]   acc_q, acc;
  logic [Lanes*ActBits-1:0]   results;
  logic [AddrBits-1:0]        read_addr;
  logic                       read;
  logic [Lanes*8-1:0]       scaled, stepped;
  logic                     unused_addr;
  assign unused_addr = ^{param_addr_i, threshold_addr_i, clamp_min_i, clamp_max_i};

  fw_rom #(.Width(Requantisers * 72), .Depth(ParamWords * Parts), .InitFile(ParamFile)) u_params (
    .clk_i,
    .re_i   (read),
    .raddr_i(read_addr),
    .rdata_o(params)
  );

  logic unused_acc;
  assign unused_acc = ^acc_i;

  logic [Requantisers*ActBits-1:0] part;
  generate
    for (genvar l = 0; l < Lanes; l++) begin : gen_sum
      assign acc[l*SumBits+:SumBits] = acc_i[l*32+:SumBits];
    end
    if (Parts > 1) begin : gen_parts
      // The last part's results come when those before it stand in done_q.
      localparam int PartWidth = Requantisers * 8;
      logic [PartBits-1:0]          left_q;
      logic [AddrBits-1:0]          addr_q;
      logic [(Parts-1)*PartWidth-1:0] done_q;
      assign read      = valid_i || left_q != '0;
      assign read_addr = valid_i ? AddrBits'({param_addr_i, {PartBits{1'b0}}}) : addr_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)      left_q <= '0;
        else if (valid_i) left_q <= PartBits'(Parts - 1);
        else if (read)    left_q <= left_q - 1'b1;
      end
      always_ff @(posedge clk_i) begin
        if (read) addr_q <= read_addr + 1'b1;
        acc_q <= valid_i ? acc : acc_q >> (Requantisers * SumBits);
      end
      if (Parts > 2) begin : gen_shift
        always_ff @(posedge clk_i) done_q <= {part, done_q[(Parts-1)*PartWidth-1:PartWidth]};
      end else begin : gen_hold
        always_ff @(posedge clk_i) done_q <= part;
      end
      assign results = {part, done_q};
`ifndef SYNTHESIS
      always @(posedge clk_i or negedge rst_ni) begin : RoomForEveryWord
        if (rst_ni && valid_i && left_q != '0) $error("fw_epilogue: a word came while %0d parts of the last one were left", left_q);
      end
`endif
    end else begin : gen_whole
      logic unused_reset;
      assign unused_reset = rst_ni;
      assign read      = valid_i;
      assign read_addr = param_addr_i[AddrBits-1:0];
      assign results   = part;
      always_ff @(posedge clk_i) acc_q <= acc;
    end
    for (genvar l = 0; l < Requantisers; l++) begin : gen_lane
      fw_requant #(.OutBits(ActBits), .Affine(Affine), .Modes(Modes), .RightShifts(RightShifts),
                   .LeftShifts(LeftShifts)) u_requant (
        .clk_i,
        .mode_i,
        .affine_i,
        .zero_point_i,
        .clamp_min_i(clamp_min_i[ActBits-1:0]),
        .clamp_max_i(clamp_max_i[ActBits-1:0]),
        .acc_i  (32'($signed(acc_q[l*SumBits+:SumBits]))),
        .bias_i (params[l*72+:32]),
        .mult_i (params[l*72+32+:32]),
        .shift_i(params[l*72+64+:8]),
        .out_o  (part[l*ActBits+:ActBits])
      );
    end
    if (ActBits == 16) begin : gen_wide
      logic               half;
      logic [Lanes*8-1:0] narrow;
      fw_delay #(.Width(1), .Cycles(11)) u_half (
        .clk_i,
        .data_i(half_i),
        .data_o(half)
      );
      for (genvar l = 0; l < Lanes; l++) begin : gen_narrow
        assign narrow[l*8+:8] = results[l*16+:8];
      end
      assign scaled = !wide_i ? narrow : (half ? results[Lanes*8+:Lanes*8] : results[0+:Lanes*8]);
    end else begin : gen_byte
      logic unused_wide;
      assign unused_wide = ^{wide_i, half_i};
      assign scaled = results;
    end
    if (ThresholdBits > 0) begin : gen_thresholds
      localparam int StepBits = ((1 << ThresholdBits) - 1) * 32;
      localparam int ThresholdAddrBits = (ThresholdWords > 1) ? $clog2(ThresholdWords) : 1;
      logic [Lanes*StepBits-1:0] steps;
      fw_rom #(.Width(Lanes * StepBits), .Depth(ThresholdWords), .InitFile(ThresholdFile)) u_steps (
        .clk_i,
        .re_i   (valid_i),
        .raddr_i(threshold_addr_i[ThresholdAddrBits-1:0]),
        .rdata_o(steps)
      );
      for (genvar l = 0; l < Lanes; l++) begin : gen_threshold
        fw_threshold #(.Bits(ThresholdBits)) u_threshold (
          .clk_i,
          .low_i    (clamp_min_i[7:0]),
          .doubled_i,
          .acc_i    (32'($signed(acc_q[l*SumBits+:SumBits]))),
          .steps_i  (steps[l*StepBits+:StepBits]),
          .falling_i(params[l*72+32]),
          .out_o    (stepped[l*8+:8]),
          .bit_o    (bits_o[l])
        );
      end
      assign data_o = thresholds_i ? stepped : scaled;
    end else begin : gen_scaled
      logic unused_thresholds;
      assign unused_thresholds = ^{thresholds_i, doubled_i};
      assign stepped = '0;
      assign bits_o  = '0;
      assign data_o  = scaled;
      logic unused_stepped;
      assign unused_stepped = ^stepped;
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Requantisers < 1 || Lanes % Requantisers != 0) $error("fw_epilogue: Requantisers is %0d, must be a divisor of Lanes = %0d", Requantisers, Lanes);
  initial if (Parts > 1 && (ActBits != 8 || ThresholdBits != 0)) $error("fw_epilogue: Requantisers is %0d, must be Lanes = %0d with thresholds or 16 bits", Requantisers, Lanes);
`endif
endmodule
