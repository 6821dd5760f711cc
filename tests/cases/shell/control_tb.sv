// Drives the control port of an emitted design and prints what it reads; the test compares that with the simulator.
//
// Two inferences: `run` is cleared while the first one runs, the step table is rewritten while the design stands still, `run` is set again.
// Lines: "read <name> <value>", "start <step> <cycle>", "end <step> <cycle>", "launches <count while stopped>", "output <inference> <word>",
// "response <code>", "error: <what>".
module control_tb;
  `include "tb_params.vh"
  `include "control_params.vh"

  reg clk, rst_n;
  reg [8*Lanes-1:0] inputs [0:InputDepth-1];
  reg [31:0] entries [0:EntryWords-1];
  integer taken, inference, launches, i;
  reg stopped;

  wire in_ready, out_valid, out_last, step_start;
  wire [8*Lanes-1:0] out_data;
  reg awvalid, wvalid, bready, arvalid, rready;
  reg [17:0] awaddr, araddr;
  reg [31:0] wdata, value;
  wire awready, wready, bvalid, arready, rvalid;
  wire [31:0] rdata;
  wire [1:0] bresp, rresp;

  top u_top (
    .clk_i(clk),
    .rst_ni(rst_n),
    .s_axis_tvalid_i(taken < InputWords),
    .s_axis_tready_o(in_ready),
    .s_axis_tdata_i(inputs[taken]),
    .m_axis_tvalid_o(out_valid),
    .m_axis_tready_i(1'b1),
    .m_axis_tdata_o(out_data),
    .m_axis_tlast_o(out_last),
    .s_axil_awvalid_i(awvalid),
    .s_axil_awready_o(awready),
    .s_axil_awaddr_i(awaddr),
    .s_axil_wvalid_i(wvalid),
    .s_axil_wready_o(wready),
    .s_axil_wdata_i(wdata),
    .s_axil_wstrb_i(4'hf),
    .s_axil_bvalid_o(bvalid),
    .s_axil_bready_i(bready),
    .s_axil_bresp_o(bresp),
    .s_axil_arvalid_i(arvalid),
    .s_axil_arready_o(arready),
    .s_axil_araddr_i(araddr),
    .s_axil_rvalid_o(rvalid),
    .s_axil_rready_i(rready),
    .s_axil_rdata_o(rdata),
    .s_axil_rresp_o(rresp),
    .probe_start_o(step_start),
    .probe_end_o(),
    .probe_step_o(),
    .probe_we_o(),
    .probe_addr_o(),
    .probe_data_o()
  );

  always @(posedge clk) if (rst_n) begin
    if (in_ready && taken < InputWords) taken <= taken + 1;
    if (out_valid) $display("output %0d %h", inference, out_data);
    if (out_valid && out_last) inference <= inference + 1;
    if (step_start && stopped) launches <= launches + 1;
  end

  // One cycle: inputs change after the rising edge.
  task tick;
    begin
      #5 clk = 1'b0;
      #5 clk = 1'b1;
      #1;
    end
  endtask

  // The address comes `late` cycles before the data, the answer waits `late` cycles.
  task write(input [17:0] address, input [31:0] data, input integer late);
    begin
      awvalid = 1'b1;
      awaddr = address;
      repeat (late) begin
        if (awready) $display("error: the address was taken without data");
        tick;
      end
      wvalid = 1'b1;
      wdata = data;
      #1;
      while (!(awready && wready)) tick;
      tick;
      awvalid = 1'b0;
      wvalid = 1'b0;
      repeat (late) begin
        if (!bvalid) $display("error: the response did not wait");
        tick;
      end
      bready = 1'b1;
      #1;
      while (!bvalid) tick;
      $display("response %0d", bresp);
      tick;
      bready = 1'b0;
    end
  endtask

  task read(input [17:0] address, input integer late);
    begin
      arvalid = 1'b1;
      araddr = address;
      #1;
      while (!arready) tick;
      tick;
      arvalid = 1'b0;
      araddr = 18'h3ffff;
      while (!rvalid) tick;
      value = rdata;
      repeat (late) begin
        if (!rvalid || rdata !== value) $display("error: the answer did not wait");
        tick;
      end
      $display("response %0d", rresp);
      rready = 1'b1;
      tick;
      rready = 1'b0;
    end
  endtask

  task show(input [8*16-1:0] name, input [17:0] address, input integer late);
    begin
      read(address, late);
      $display("read %0s %h", name, value);
    end
  endtask

  initial begin
    $readmemh("vectors/inputs.hex", inputs);
    $readmemh("control_entries.hex", entries);
    clk = 1'b1; rst_n = 1'b0; taken = 0; inference = 0; launches = 0; stopped = 1'b0;
    awvalid = 1'b0; wvalid = 1'b0; bready = 1'b0; arvalid = 1'b0; rready = 1'b0; awaddr = 0; wdata = 0; araddr = 0;
    repeat (4) tick;
    rst_n = 1'b1;
    show("id", 18'h00000, 0);
    show("version", 18'h00004, 3);
    show("run", 18'h00008, 0);
    repeat (100) tick;
    write(18'h00008, 32'd0, 0);
    show("stopping", 18'h00008, 1);
    show("busy", 18'h0000c, 0);
    show("unfinished", 18'h00010, 0);
    while (inference == 0) tick;
    stopped = 1'b1;
    repeat (500) tick;
    show("idle", 18'h0000c, 0);
    show("finished", 18'h00010, 0);
    for (i = 0; i < StepRuns / 2; i = i + 1) begin
      read(18'h20000 + 8 * i, 0);
      $display("start %0d %0d", i, value);
      read(18'h20004 + 8 * i, 2);
      $display("end %0d %0d", i, value);
    end
    for (i = 0; i < EntryWords; i = i + 1) write(18'h10000 + 4 * i, entries[i], i % 3);
    repeat (100) tick;
    $display("launches %0d", launches);
    stopped = 1'b0;
    show("cycles", 18'h00014, 0);
    write(18'h00008, 32'd1, 2);
    while (inference == 1) tick;
    repeat (5) tick;
    show("all", 18'h00010, 0);
    $finish;
  end
endmodule
