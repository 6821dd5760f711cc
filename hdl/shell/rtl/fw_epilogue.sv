// Epilogue: accumulator words to activation words, one per cycle, nine cycles latency.
//
//   out[l] = requantise(acc[l], parameters[param_addr][l])       (fw_requant)
//   out[l] = threshold(acc[l], thresholds[threshold_addr][l])    (fw_threshold) with thresholds_i; bits_o are then the lowest bits
//
// With wide_i (ActBits 16) activations have 16 bits: a word of Lanes accumulators comes twice, and half_i says which half of its lanes
// fills the word. A parameter word holds for each lane {shift[8], multiplier[32], bias[32]}, lane 0 in the low bits; with thresholds_i the
// multiplier's lowest bit tells that the channel falls. A threshold word holds 2^ThresholdBits - 1 steps of 32 bits for each lane.
module fw_epilogue #(
  parameter int Lanes = 4,
  parameter int ActBits = 8,
  parameter int ParamWords = 16,
  parameter ParamFile = "",
  parameter int Affine = 0,
  parameter int ThresholdBits = 0,
  parameter int ThresholdWords = 16,
  parameter ThresholdFile = ""
) (
  input  logic                clk_i,
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
  localparam int AddrBits = (ParamWords > 1) ? $clog2(ParamWords) : 1;

  logic [Lanes*72-1:0]      params;
  logic [Lanes*32-1:0]      acc_q;
  logic [Lanes*ActBits-1:0] results;
  logic [Lanes*8-1:0]       scaled, stepped;
  logic                     unused_addr;
  assign unused_addr = ^{param_addr_i, threshold_addr_i, clamp_min_i, clamp_max_i};

  fw_rom #(.Width(Lanes * 72), .Depth(ParamWords), .InitFile(ParamFile)) u_params (
    .clk_i,
    .re_i   (valid_i),
    .raddr_i(param_addr_i[AddrBits-1:0]),
    .rdata_o(params)
  );
  always_ff @(posedge clk_i) acc_q <= acc_i;

  generate
    for (genvar l = 0; l < Lanes; l++) begin : gen_lane
      fw_requant #(.OutBits(ActBits), .Affine(Affine)) u_requant (
        .clk_i,
        .mode_i,
        .affine_i,
        .zero_point_i,
        .clamp_min_i(clamp_min_i[ActBits-1:0]),
        .clamp_max_i(clamp_max_i[ActBits-1:0]),
        .acc_i  (acc_q[l*32+:32]),
        .bias_i (params[l*72+:32]),
        .mult_i (params[l*72+32+:32]),
        .shift_i(params[l*72+64+:8]),
        .out_o  (results[l*ActBits+:ActBits])
      );
    end
    if (ActBits == 16) begin : gen_wide
      logic               half;
      logic [Lanes*8-1:0] narrow;
      fw_delay #(.Width(1), .Cycles(9)) u_half (
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
          .acc_i    (acc_q[l*32+:32]),
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
endmodule
