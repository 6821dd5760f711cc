// Multi-threshold activation of one lane: an accumulator to an activation of up to Bits bits, one per cycle, ten cycles latency.
//
//   n   = number of steps t with acc >= t                  of 2^Bits - 1 steps
//   y   = falling ? 2^Bits - 1 - n : n
//   out = low + (doubled ? 2 * y : y)                      bit_o = lowest bit of y
//
// Steps that a channel does not have are the largest number (never passed), for falling channels the smallest (always passed).
// low, doubled are constant while a step runs; steps_i and falling_i come with the accumulator. There is no back-pressure.
// Source: M. Blott et al., FINN-R, ACM TRETS 2018 (thresholds compared in parallel).
module fw_threshold #(
  parameter int Bits = 1,
  parameter int Steps = (1 << Bits) - 1
) (
  input  logic                clk_i,
  input  logic [7:0]          low_i,
  input  logic                doubled_i,
  input  logic [31:0]         acc_i,
  input  logic [Steps*32-1:0] steps_i,
  input  logic                falling_i,
  output logic [7:0]          out_o,
  output logic                bit_o
);
  // Cycle 1: comparisons. Cycle 2: their number.
  logic [Steps-1:0] passed_q;
  logic [Bits-1:0]  count_q;
  logic             falling1_q, falling2_q;
  generate
    for (genvar s = 0; s < Steps; s++) begin : gen_step
      always_ff @(posedge clk_i) passed_q[s] <= $signed(acc_i) >= $signed(steps_i[s*32+:32]);
    end
  endgenerate
  fw_popcount #(.Width(Steps), .Stages(1)) u_count (
    .clk_i,
    .bits_i (passed_q),
    .count_o(count_q)
  );
  always_ff @(posedge clk_i) begin
    falling1_q <= falling_i;
    falling2_q <= falling1_q;
  end

  // Cycles 3 to 9: beside the requantiser, whose latency it shares. Cycle 10: the activation.
  logic [Bits-1:0] level;
  logic [7:0]      wide;
  fw_delay #(.Width(Bits), .Cycles(7)) u_delay (
    .clk_i,
    .data_i(falling2_q ? ~count_q : count_q),
    .data_o(level)
  );
  assign wide = 8'(level);
  always_ff @(posedge clk_i) begin
    out_o <= low_i + (doubled_i ? {wide[6:0], 1'b0} : wide);
    bit_o <= level[0];
  end
  logic unused_wide;
  assign unused_wide = wide[7];

`ifndef SYNTHESIS
  initial if (Bits < 1 || Bits > 4) $error("fw_threshold: Bits is %0d, must be in 1..=4", Bits);
`endif
endmodule
