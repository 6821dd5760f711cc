// A design and the host link, as a board has them, for benches: two wires. The control port rests; the design starts by itself.
module link_top #(
  parameter int ClockHz = 1000000,
  parameter int Baud = 125000,
  parameter int Lanes = 4,
  parameter int Banks = 1,
  parameter int InputWords = 1,
  parameter int OutputWords = 1,
  parameter logic [31:0] Design = 32'd0
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic rx_i,
  output logic tx_o,
  output logic activity_o
);
  logic rst_n, core_rst_n, in_valid, in_ready, out_valid, out_ready, out_last;
  logic [Lanes*8-1:0] in_data, out_data;

  fw_reset_sync u_reset (.clk_i, .rst_ni, .rst_no(rst_n));

  fw_uart_link #(.ClockHz(ClockHz), .Baud(Baud), .Lanes(Lanes), .InputWords(InputWords), .OutputWords(OutputWords), .Design(Design)) u_link (
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

  logic        awready, wready, bvalid, arready, rvalid, probe_start, probe_end, unused;
  logic [1:0]  bresp, rresp;
  logic [31:0] rdata;
  logic [15:0] probe_step, probe_addr;
  logic [Banks-1:0]   probe_we;
  logic [Lanes*8-1:0] probe_data;
  assign unused = ^{awready, wready, bvalid, arready, rvalid, probe_start, probe_end, bresp, rresp, rdata, probe_step, probe_addr, probe_we, probe_data};

  top u_top (
    .clk_i,
    .rst_ni          (core_rst_n),
    .s_axis_tvalid_i (in_valid),
    .s_axis_tready_o (in_ready),
    .s_axis_tdata_i  (in_data),
    .m_axis_tvalid_o (out_valid),
    .m_axis_tready_i (out_ready),
    .m_axis_tdata_o  (out_data),
    .m_axis_tlast_o  (out_last),
    .s_axil_awvalid_i(1'b0),
    .s_axil_awready_o(awready),
    .s_axil_awaddr_i (18'd0),
    .s_axil_wvalid_i (1'b0),
    .s_axil_wready_o (wready),
    .s_axil_wdata_i  (32'd0),
    .s_axil_wstrb_i  (4'd0),
    .s_axil_bvalid_o (bvalid),
    .s_axil_bready_i (1'b1),
    .s_axil_bresp_o  (bresp),
    .s_axil_arvalid_i(1'b0),
    .s_axil_arready_o(arready),
    .s_axil_araddr_i (18'd0),
    .s_axil_rvalid_o (rvalid),
    .s_axil_rready_i (1'b1),
    .s_axil_rdata_o  (rdata),
    .s_axil_rresp_o  (rresp),
    .probe_start_o   (probe_start),
    .probe_end_o     (probe_end),
    .probe_step_o    (probe_step),
    .probe_we_o      (probe_we),
    .probe_addr_o    (probe_addr),
    .probe_data_o    (probe_data)
  );
endmodule
