// A memory that answers the read of weights with an error, and the design's status register. The streams stand still.
//
// Lines: "status <response> <before> <after>": the register before the first answer and long after it.
module reader_tb;
  `include "tb_params.vh"

  reg clk, rst_n, rvalid, answered;
  reg [1:0] response;
  reg [7:0] left;
  wire arvalid, rready;
  wire [7:0] arlen;
  wire [31:0] araddr, status;
  wire awready, wready, bvalid, arready, status_valid, in_ready, out_valid, out_last;
  wire [1:0] bresp, rresp;
  wire [8*Lanes-1:0] out_data;
  reg ask;
  reg [31:0] earlier;

  top u_top (
    .clk_i(clk),
    .rst_ni(rst_n),
    .s_axis_tvalid_i(1'b0),
    .s_axis_tready_o(in_ready),
    .s_axis_tdata_i({8*Lanes{1'b0}}),
    .m_axis_tvalid_o(out_valid),
    .m_axis_tready_i(1'b1),
    .m_axis_tdata_o(out_data),
    .m_axis_tlast_o(out_last),
    .s_axil_awvalid_i(1'b0),
    .s_axil_awready_o(awready),
    .s_axil_awaddr_i(18'd0),
    .s_axil_wvalid_i(1'b0),
    .s_axil_wready_o(wready),
    .s_axil_wdata_i(32'd0),
    .s_axil_wstrb_i(4'hf),
    .s_axil_bvalid_o(bvalid),
    .s_axil_bready_i(1'b1),
    .s_axil_bresp_o(bresp),
    .s_axil_arvalid_i(ask),
    .s_axil_arready_o(arready),
    .s_axil_araddr_i(18'h0000c),
    .s_axil_rvalid_o(status_valid),
    .s_axil_rready_i(1'b1),
    .s_axil_rdata_o(status),
    .s_axil_rresp_o(rresp),
    .m_axi_arvalid_o(arvalid),
    .m_axi_arready_i(left == 0),
    .m_axi_araddr_o(araddr),
    .m_axi_arlen_o(arlen),
    .m_axi_arsize_o(),
    .m_axi_arburst_o(),
    .m_axi_rvalid_i(rvalid),
    .m_axi_rready_o(rready),
    .m_axi_rdata_i(64'd0),
    .m_axi_rresp_i(response),
    .m_axi_rlast_i(left == 1),
    .probe_start_o(),
    .probe_end_o(),
    .probe_step_o(),
    .probe_we_o(),
    .probe_addr_o(),
    .probe_data_o()
  );

  // One burst at a time; the first beat of all carries the response, the others are good.
  always @(posedge clk) begin
    if (!rst_n) begin
      left <= 0;
      rvalid <= 1'b0;
    end else if (left == 0 && arvalid) begin
      left <= arlen + 1;
      rvalid <= 1'b1;
    end else if (rvalid && rready) begin
      left <= left - 1;
      rvalid <= left != 1;
      response <= 2'b00;
    end
  end

  task read_status(output [31:0] value);
    begin
      ask = 1'b1;
      while (!arready) @(negedge clk);
      @(negedge clk) ask = 1'b0;
      while (!status_valid) @(negedge clk);
      value = status;
    end
  endtask

  task attempt(input [1:0] answer);
    reg [31:0] after;
    begin
      rst_n = 1'b0; ask = 1'b0; response = answer;
      repeat (4) @(negedge clk);
      rst_n = 1'b1;
      @(negedge clk);
      read_status(earlier);
      repeat (600) @(negedge clk);
      read_status(after);
      $display("status %0d %0d %0d", answer, earlier[1], after[1]);
    end
  endtask

  always #5 clk = ~clk;
  initial begin
    clk = 1'b0;
    attempt(2'b00);
    attempt(2'b10);
    attempt(2'b11);
    $finish;
  end
endmodule
