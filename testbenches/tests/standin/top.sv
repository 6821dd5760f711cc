// The stand-in's top level: the ports of every emitted design, `LANES and `BANKS wide.
module top (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                s_axis_tvalid_i,
  output logic                s_axis_tready_o,
  input  logic [8*`LANES-1:0] s_axis_tdata_i,
  output logic                m_axis_tvalid_o,
  input  logic                m_axis_tready_i,
  output logic [8*`LANES-1:0] m_axis_tdata_o,
  output logic                m_axis_tlast_o,
  input  logic                s_axil_awvalid_i,
  output logic                s_axil_awready_o,
  input  logic [17:0]         s_axil_awaddr_i,
  input  logic                s_axil_wvalid_i,
  output logic                s_axil_wready_o,
  input  logic [31:0]         s_axil_wdata_i,
  input  logic [3:0]          s_axil_wstrb_i,
  output logic                s_axil_bvalid_o,
  input  logic                s_axil_bready_i,
  output logic [1:0]          s_axil_bresp_o,
  input  logic                s_axil_arvalid_i,
  output logic                s_axil_arready_o,
  input  logic [17:0]         s_axil_araddr_i,
  output logic                s_axil_rvalid_o,
  input  logic                s_axil_rready_i,
  output logic [31:0]         s_axil_rdata_o,
  output logic [1:0]          s_axil_rresp_o,
  output logic                probe_start_o,
  output logic                probe_end_o,
  output logic [15:0]         probe_step_o,
  output logic [`BANKS-1:0]   probe_we_o,
  output logic [15:0]         probe_addr_o,
  output logic [8*`LANES-1:0] probe_data_o
);
  assign {s_axil_awready_o, s_axil_wready_o, s_axil_bvalid_o, s_axil_bresp_o} = 0;
  assign {s_axil_arready_o, s_axil_rvalid_o, s_axil_rdata_o, s_axil_rresp_o} = 0;

  fw_standin #(
    .Lanes(`LANES),
    .Banks(`BANKS)
  ) u_standin (
    .clk_i(clk_i),
    .rst_ni(rst_ni),
    .in_valid_i(s_axis_tvalid_i),
    .in_ready_o(s_axis_tready_o),
    .in_data_i(s_axis_tdata_i),
    .out_valid_o(m_axis_tvalid_o),
    .out_ready_i(m_axis_tready_i),
    .out_data_o(m_axis_tdata_o),
    .out_last_o(m_axis_tlast_o),
    .start_o(probe_start_o),
    .end_o(probe_end_o),
    .step_o(probe_step_o),
    .we_o(probe_we_o),
    .addr_o(probe_addr_o),
    .data_o(probe_data_o)
  );
  // FAULT
endmodule
