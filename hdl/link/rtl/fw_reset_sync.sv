// Reset synchroniser: asserts at once, releases on a clock edge.
//
//   rst_no(t) = rst_ni was high over the last Stages clock edges
//
// rst_no goes low together with rst_ni, without a clock, and high Stages edges after it.
module fw_reset_sync #(
  parameter int Stages = 2
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic rst_no
);
  logic [Stages-1:0] sync_q;
  assign rst_no = sync_q[Stages-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sync_q <= '0;
    else         sync_q <= {sync_q[Stages-2:0], 1'b1};
  end

`ifndef SYNTHESIS
  initial if (Stages < 2 || Stages > 8) $error("fw_reset_sync: Stages is %0d, must be in 2..=8", Stages);
`endif
endmodule
