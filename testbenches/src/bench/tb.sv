// Self-checking bench of `top`. What to expect is in vectors/ and tb_params.vh; this text is the same for every design.
//
// Without stalls it checks every write to the activation memory (address, banks, data, order), the start and end cycle of every step and every output word.
// With +stalls=1 both streams stall at random and cycles are left unchecked. +seed=<n> picks the pattern. +vcd=1 writes build/tb.vcd.
// Time: cycle t begins with the clock low; inputs are set, outputs are looked at, then the clock rises. Cycle 0 is the first rising edge out of reset.
module tb;
  `include "tb_params.vh"

  localparam integer Bits = 8 * Lanes;
  localparam integer BankBits = Bits / Banks;
  localparam integer CycleBits = 48;

  // Stimulus and expectations.
  reg [Bits-1:0] inputs [0:InputDepth-1];    // words
  reg [Bits+3:0] outputs [0:OutputDepth-1];  // {last[3:0], word}
  reg [Bits+31:0] writes [0:WriteDepth-1];   // {mask[15:0], addr[15:0], data}
  reg [143:0] steps [0:StepDepth-1];         // {step[15:0], start[47:0], end[47:0], writes up to its end[31:0]}

  // The design.
  reg clk, rst_n, in_valid, out_ready;
  reg [Bits-1:0] in_data;
  wire in_ready, out_valid, out_last, step_start, step_end;
  wire [Bits-1:0] out_data, write_data;
  wire [15:0] step, write_addr;
  wire [Banks-1:0] write_mask;

  // What lies outside the chip: wires and a memory, or nothing.
  `include "tb_outside.vh"

  top u_top (
    .clk_i(clk),
    .rst_ni(rst_n),
    .s_axis_tvalid_i(in_valid),
    .s_axis_tready_o(in_ready),
    .s_axis_tdata_i(in_data),
    .m_axis_tvalid_o(out_valid),
    .m_axis_tready_i(out_ready),
    .m_axis_tdata_o(out_data),
    .m_axis_tlast_o(out_last),
    .s_axil_awvalid_i(1'b0),
    .s_axil_awready_o(),
    .s_axil_awaddr_i(18'd0),
    .s_axil_wvalid_i(1'b0),
    .s_axil_wready_o(),
    .s_axil_wdata_i(32'd0),
    .s_axil_wstrb_i(4'd0),
    .s_axil_bvalid_o(),
    .s_axil_bready_i(1'b1),
    .s_axil_bresp_o(),
    .s_axil_arvalid_i(1'b0),
    .s_axil_arready_o(),
    .s_axil_araddr_i(18'd0),
    .s_axil_rvalid_o(),
    .s_axil_rready_i(1'b1),
    .s_axil_rdata_o(),
    .s_axil_rresp_o(),
    `include "tb_outside_ports.vh"
    .probe_start_o(step_start),
    .probe_end_o(step_end),
    .probe_step_o(step),
    .probe_we_o(write_mask),
    .probe_addr_o(write_addr),
    .probe_data_o(write_data)
  );

  // Where the run stands.
  reg [CycleBits-1:0] cycle, limit;
  integer inputs_done, outputs_done, writes_done, steps_done, checks;
  reg failed, open, held, stalling;
  reg [31:0] lfsr;
  integer option;

  // The first difference is reported; the run ends with it.
  task differs(input [8*20-1:0] what, input integer index, input [Bits+31:0] expected, input [Bits+31:0] found);
    if (!failed) begin
      failed = 1'b1;
      $display("FAIL in cycle %0d: %0s %0d: expected %h, found %h", cycle, what, index, expected, found);
      $display("     step record %0d (step %0d), write %0d, output word %0d", steps_done, steps[steps_done][143:128], writes_done, outputs_done);
    end
  endtask

  task check(input [8*20-1:0] what, input integer index, input [Bits+31:0] expected, input [Bits+31:0] found);
    begin
      checks = checks + 1;
      if (expected !== found) differs(what, index, expected, found);
    end
  endtask

  // `found` steps and the like beyond the expected number.
  task surplus(input [8*20-1:0] what, input integer count);
    differs(what, count, 0, 1);
  endtask

  task check_start;
    if (steps_done >= StepRuns) surplus("surplus step", steps_done);
    else begin
      check("index of step record", steps_done, steps[steps_done][143:128], step);
      if (!stalling) check("start of step record", steps_done, steps[steps_done][127:80], cycle);
      open = 1'b1;
    end
  endtask

  task check_end;
    if (!open) surplus("end without a start", steps_done);
    else begin
      if (!step_start) check("ending step record", steps_done, steps[steps_done][143:128], step);
      if (!stalling) check("end of step record", steps_done, steps[steps_done][79:32], cycle);
      check("writes up to record", steps_done, steps[steps_done][31:0], writes_done);
      steps_done = steps_done + 1;
      open = 1'b0;
    end
  endtask

  // The written word with the banks that are not written set to 0.
  function [Bits-1:0] masked(input [Bits-1:0] data, input [Banks-1:0] mask);
    integer bank;
    begin
      masked = data;
      for (bank = 0; bank < Banks; bank = bank + 1)
        if (!mask[bank]) masked[bank*BankBits +: BankBits] = {BankBits{1'b0}};
    end
  endfunction

  task check_write;
    reg [15:0] mask;
    if (!open) surplus("write outside a step", writes_done);
    else if (writes_done >= Writes) surplus("surplus write", writes_done);
    else begin
      mask = {{(16-Banks){1'b0}}, write_mask};
      check("banks of write", writes_done, writes[writes_done][Bits+16 +: 16], mask);
      check("address of write", writes_done, writes[writes_done][Bits +: 16], write_addr);
      check("data of write", writes_done, writes[writes_done][Bits-1:0], masked(write_data, write_mask));
      writes_done = writes_done + 1;
    end
  endtask

  task check_output;
    if (outputs_done >= OutputWords) surplus("surplus output word", outputs_done);
    else begin
      check("output word", outputs_done, outputs[outputs_done], {3'b000, out_last, out_data});
      outputs_done = outputs_done + 1;
    end
  endtask

  // Control signals are never undefined.
  task check_defined;
    if ((^{in_ready, out_valid, step_start, step_end, write_mask}) === 1'bx)
      differs("undefined control", 0, 0, {in_ready, out_valid, step_start, step_end, write_mask});
  endtask

  // While a step runs, a cycle reads: write, end, start of the next. Otherwise: start, write, end.
  task check_cycle;
    reg was_open;
    begin
      was_open = open;
      check_defined;
      if (step_start && !was_open) check_start;
      if (write_mask != 0) check_write;
      if (step_end) check_end;
      if (step_start && was_open) begin
        if (open) surplus("start without an end", steps_done);
        else check_start;
      end
      if (out_valid && out_ready) check_output;
    end
  endtask

  // A word on offer stays on offer.
  task drive;
    begin
      in_valid = inputs_done < InputWords && (held || !(stalling && lfsr[1:0] != 2'b00));
      in_data = in_valid ? inputs[inputs_done] : {Bits{1'bx}};
      out_ready = !(stalling && lfsr[17:16] != 2'b00);
    end
  endtask

  task advance;
    begin
      held = in_valid && !in_ready;
      if (in_valid && in_ready) inputs_done = inputs_done + 1;
      lfsr = {lfsr[30:0], lfsr[31] ^ lfsr[21] ^ lfsr[1] ^ lfsr[0]};
    end
  endtask

  task read_options;
    begin
      stalling = 1'b0;
      if ($value$plusargs("stalls=%d", option)) stalling = option != 0;
      lfsr = 32'h2545f491;
      if ($value$plusargs("seed=%d", option)) lfsr = option ^ 32'h2545f491;
      if (lfsr == 0) lfsr = 32'd1;
      limit = stalling ? 20 * LastCycle + 20000 : LastCycle + 1000;
      if ($value$plusargs("vcd=%d", option)) begin
        $dumpfile("build/tb.vcd");
        $dumpvars(0, tb);
      end
    end
  endtask

  task check_counts;
    begin
      check("number of writes", 0, Writes, writes_done);
      check("number of step runs", 0, StepRuns, steps_done);
      check("number of input words", 0, InputWords, inputs_done);
    end
  endtask

  initial begin
    $readmemh("vectors/inputs.hex", inputs);
    $readmemh("vectors/outputs.hex", outputs);
    $readmemh("vectors/writes.hex", writes);
    $readmemh("vectors/steps.hex", steps);
    read_options;
    inputs_done = 0; outputs_done = 0; writes_done = 0; steps_done = 0; checks = 0;
    failed = 1'b0; open = 1'b0; held = 1'b0;
    cycle = 0;
    clk = 1'b0; rst_n = 1'b0; in_valid = 1'b0; in_data = 0; out_ready = 1'b0;
    repeat (4) begin
      #5 clk = 1'b1;
      #5 clk = 1'b0;
    end
    rst_n = 1'b1;
    while (!failed && outputs_done < OutputWords) begin
      drive;
      #4 check_cycle;
      advance;
      #1 clk = 1'b1;
      #5 clk = 1'b0;
      cycle = cycle + 1;
      if (cycle > limit && outputs_done < OutputWords) differs("hang at step record", steps_done, limit, cycle);
    end
    if (!failed) check_counts;
    if (failed) $fatal(1, "the design differs from what is expected");
    if (stalling) $display("PASS %0d checks in %0d cycles, random stalls", checks, cycle);
    else $display("PASS %0d checks in %0d cycles, no stalls", checks, cycle);
    $finish;
  end
endmodule
