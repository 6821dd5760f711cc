// A stand-in for an accelerator: takes InputWords words, one in Pace cycles, then gives OutputWords words that depend on all of them.
//
//   s(0) = 0,  s(i + 1) = rotate s(i) left by one, XOR word i;  output j = s(InputWords) + j
module top #(
  parameter int Lanes = 4,
  parameter int InputWords = 4,
  parameter int OutputWords = 4,
  parameter int Pace = 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [Lanes*8-1:0] in_data_i,
  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [Lanes*8-1:0] out_data_o,
  output logic               out_last_o
);
  logic               gives_q, pauses;
  logic [31:0]        word_q, pause_q;
  logic [Lanes*8-1:0] sum_q, index;
  assign pauses      = pause_q != 32'd0;
  assign in_ready_o  = !gives_q && !pauses;
  assign out_valid_o = gives_q && !pauses;
  assign out_last_o  = word_q == OutputWords - 1;
  assign index       = {{(Lanes*8-24) {1'b0}}, word_q[23:0]};
  assign out_data_o  = sum_q + index;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      gives_q <= 1'b0;
      word_q  <= '0;
      sum_q   <= '0;
      pause_q <= '0;
    end else if (pauses) begin
      pause_q <= pause_q - 32'd1;
    end else if (in_valid_i && in_ready_o) begin
      pause_q <= Pace - 1;
      sum_q   <= {sum_q[Lanes*8-2:0], sum_q[Lanes*8-1]} ^ in_data_i;
      gives_q <= word_q == InputWords - 1;
      word_q  <= (word_q == InputWords - 1) ? '0 : word_q + 32'd1;
    end else if (out_valid_o && out_ready_i) begin
      pause_q <= Pace - 1;
      if (out_last_o) sum_q <= '0;
      gives_q <= !out_last_o;
      word_q  <= out_last_o ? '0 : word_q + 32'd1;
    end
  end
endmodule
