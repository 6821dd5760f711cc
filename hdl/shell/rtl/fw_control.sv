// AXI4-Lite control and status. One transfer at a time; every access answers OKAY.
//
//   0x00000  R   identification, "FRTW"          0x00004  R   version of this register map
//   0x00008  RW  bit 0: run                      0x0000c  R   bit 0: a step is running; bit 1: a read of weights from
//                                                           outside failed since reset; bits 31..16: the step's index
//   0x00010  R   inferences finished             0x00014  R   cycles since reset, low 32 bits
//   0x10000  W   step table, 32 words per step (write only while nothing runs)
//   0x20000  R   step counters: start cycle of step i at 8 * i, end cycle at 8 * i + 4, of the latest inference
module fw_control #(
  parameter int Steps = 16,
  parameter bit AutoRun = 1'b1,
  parameter int TableAddrBits = $clog2(Steps * 32)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     awvalid_i,
  output logic                     awready_o,
  input  logic [17:0]              awaddr_i,
  input  logic                     wvalid_i,
  output logic                     wready_o,
  input  logic [31:0]              wdata_i,
  input  logic [3:0]               wstrb_i,
  output logic                     bvalid_o,
  input  logic                     bready_i,
  output logic [1:0]               bresp_o,
  input  logic                     arvalid_i,
  output logic                     arready_o,
  input  logic [17:0]              araddr_i,
  output logic                     rvalid_o,
  input  logic                     rready_i,
  output logic [31:0]              rdata_o,
  output logic [1:0]               rresp_o,
  output logic                     run_o,
  output logic                     table_we_o,
  output logic [TableAddrBits-1:0] table_addr_o,
  output logic [31:0]              table_data_o,
  input  logic                     busy_i,
  input  logic                     failed_i,
  input  logic                     launch_i,
  input  logic [15:0]              launch_index_i,
  input  logic                     done_i,
  input  logic                     done_last_i,
  input  logic [15:0]              done_index_i
);
  localparam int StepBits = (Steps > 1) ? $clog2(Steps) : 1;

  logic        run_q, bvalid_q, write;
  logic [31:0] cycle_q, inferences_q;
  assign write      = awvalid_i && wvalid_i && !bvalid_q;
  assign awready_o  = write;
  assign wready_o   = write;
  assign bvalid_o   = bvalid_q;
  assign bresp_o    = 2'b00;
  assign run_o      = run_q;

  assign table_we_o   = write && awaddr_i[17:16] == 2'd1;
  assign table_addr_o = awaddr_i[2+:TableAddrBits];
  assign table_data_o = wdata_i;
  logic unused_write;
  assign unused_write = ^{awaddr_i, wstrb_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q        <= AutoRun;
      bvalid_q     <= 1'b0;
      cycle_q      <= '0;
      inferences_q <= '0;
    end else begin
      cycle_q <= cycle_q + 32'd1;
      if (done_i && done_last_i) inferences_q <= inferences_q + 32'd1;
      if (write && awaddr_i == 18'h00008) run_q <= wdata_i[0];
      bvalid_q <= write || (bvalid_q && !bready_i);
    end
  end

  // Reads take two cycles: the counters' memories have a registered output.
  logic [31:0] start_cycle, end_cycle, register_q;
  logic        read, pending_q, rvalid_q, counter_q, is_end_q;
  assign read      = arvalid_i && arready_o;
  assign arready_o = !pending_q && !rvalid_q;
  assign rvalid_o  = rvalid_q;
  assign rresp_o   = 2'b00;

  fw_ram #(.Width(32), .Depth(Steps)) u_starts (
    .clk_i,
    .we_i   (launch_i),
    .waddr_i(launch_index_i[StepBits-1:0]),
    .wdata_i(cycle_q),
    .re_i   (read),
    .raddr_i(araddr_i[3+:StepBits]),
    .rdata_o(start_cycle)
  );
  fw_ram #(.Width(32), .Depth(Steps)) u_ends (
    .clk_i,
    .we_i   (done_i),
    .waddr_i(done_index_i[StepBits-1:0]),
    .wdata_i(cycle_q),
    .re_i   (read),
    .raddr_i(araddr_i[3+:StepBits]),
    .rdata_o(end_cycle)
  );
  logic unused_index;
  assign unused_index = ^{launch_index_i, araddr_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pending_q <= 1'b0;
      rvalid_q  <= 1'b0;
    end else begin
      pending_q <= read;
      rvalid_q  <= pending_q || (rvalid_q && !rready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (read) begin
      counter_q <= araddr_i[17:16] == 2'd2;
      is_end_q  <= araddr_i[2];
      case (araddr_i[4:2])
        3'd0:    register_q <= 32'h4652_5457;
        3'd1:    register_q <= 32'd1;
        3'd2:    register_q <= {31'd0, run_q};
        3'd3:    register_q <= {done_index_i, 14'd0, failed_i, busy_i};
        3'd4:    register_q <= inferences_q;
        3'd5:    register_q <= cycle_q;
        default: register_q <= '0;
      endcase
    end
    if (pending_q) rdata_o <= counter_q ? (is_end_q ? end_cycle : start_cycle) : register_q;
  end
endmodule
