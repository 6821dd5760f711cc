// The link and the stand-in accelerator behind two wires.
module link_bench #(
  parameter int ClockHz = 1000000,
  parameter int Baud = 125000,
  parameter int Lanes = 4,
  parameter int InputWords = 4,
  parameter int OutputWords = 4,
  parameter int Pace = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic rx_i,
  output logic tx_o,
  output logic activity_o
);
  logic               rst_n, core_rst_n, in_valid, in_ready, out_valid, out_ready, out_last;
  logic [Lanes*8-1:0] in_data, out_data;

  fw_reset_sync u_reset (.clk_i, .rst_ni, .rst_no(rst_n));

  fw_uart_link #(
    .ClockHz(ClockHz), .Baud(Baud), .Lanes(Lanes), .InputWords(InputWords), .OutputWords(OutputWords), .Design(32'hc0de_cafe)
  ) u_link (
    .clk_i,
    .rst_ni           (rst_n),
    .rx_i,
    .tx_o,
    .core_rst_no      (core_rst_n),
    .to_core_valid_o  (in_valid),
    .to_core_ready_i  (in_ready),
    .to_core_data_o   (in_data),
    .from_core_valid_i(out_valid),
    .from_core_ready_o(out_ready),
    .from_core_data_i (out_data),
    .from_core_last_i (out_last),
    .activity_o
  );

  top #(.Lanes(Lanes), .InputWords(InputWords), .OutputWords(OutputWords), .Pace(Pace)) u_top (
    .clk_i,
    .rst_ni     (core_rst_n),
    .in_valid_i (in_valid),
    .in_ready_o (in_ready),
    .in_data_i  (in_data),
    .out_valid_o(out_valid),
    .out_ready_i(out_ready),
    .out_data_o (out_data),
    .out_last_o (out_last)
  );
endmodule
