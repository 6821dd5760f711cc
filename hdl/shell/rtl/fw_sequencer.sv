// Sequencer: walks the step table, one step at a time.
//
// A step is 32 words of 32 bits. While a step runs, the next one is fetched into cfg_next_o (34 cycles). launch_o is high for one cycle when
// the next step starts; cfg_o is that step's configuration from the following cycle on. A step ends with done_i; the next one starts in
// the cycle after it, or when it is fetched. After the step whose table entry says `last` the walk starts again at step 0; there it waits
// while run_i is low. A write to the table has the next step fetched again, so a table that is rewritten while nothing runs takes effect.
// Without Prefetch a step is fetched when the one before has ended, into the registers that cfg_o and cfg_next_o then both are.
// hold_i keeps a fetched step from starting. Bits of an entry that are 0 in StepMask are 0 in every entry, and have no registers.
module fw_sequencer #(
  parameter int Steps = 16,
  parameter logic [1023:0] StepMask = {1024{1'b1}},
  parameter int Prefetch = 1,
  parameter StepFile = "",
  parameter int AddrBits = $clog2(Steps * 32)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                run_i,
  input  logic                hold_i,
  input  logic                done_i,
  input  logic                table_we_i,
  input  logic [AddrBits-1:0] table_addr_i,
  input  logic [31:0]         table_data_i,
  output logic                launch_o,
  output logic                busy_o,
  output logic                next_valid_o,
  output logic [15:0]         next_index_o,
  output logic [15:0]         index_o,
  output logic [1023:0]       cfg_next_o,
  output logic [1023:0]       cfg_o
);
  localparam int LastBit = 9;

  logic          fetching_q, capture_q, next_valid_q, busy_q;
  logic [4:0]    word_q, captured_q;
  logic [15:0]   next_index_q, index_q;
  logic [1023:0] next_q;
  logic [31:0]   word;
  logic [20:0]   fetch_addr;

  assign fetch_addr = {next_index_q, word_q};
  logic unused_addr;
  assign unused_addr = ^fetch_addr;

  fw_ram #(.Width(32), .Depth(Steps * 32), .InitFile(StepFile)) u_table (
    .clk_i,
    .we_i   (table_we_i),
    .waddr_i(table_addr_i),
    .wdata_i(table_data_i),
    .re_i   (fetching_q),
    .raddr_i(fetch_addr[AddrBits-1:0]),
    .rdata_o(word)
  );

  assign launch_o     = next_valid_q && !busy_q && !hold_i && (run_i || next_index_q != 16'd0);
  assign busy_o       = busy_q;
  assign next_valid_o = next_valid_q;
  assign next_index_o = next_index_q;
  assign index_o      = index_q;
  assign cfg_next_o   = next_q & StepMask;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetching_q   <= 1'b1;
      capture_q    <= 1'b0;
      next_valid_q <= 1'b0;
      busy_q       <= 1'b0;
      word_q       <= '0;
      captured_q   <= '0;
      next_index_q <= '0;
      index_q      <= '0;
    end else begin
      capture_q  <= fetching_q;
      captured_q <= word_q;
      if (fetching_q) begin
        word_q <= word_q + 5'd1;
        if (word_q == 5'd31) fetching_q <= 1'b0;
      end
      if (capture_q && captured_q == 5'd31) next_valid_q <= 1'b1;
      if (launch_o) begin
        next_valid_q <= 1'b0;
        busy_q       <= 1'b1;
        fetching_q   <= Prefetch != 0;
        index_q      <= next_index_q;
        next_index_q <= next_q[LastBit] ? 16'd0 : next_index_q + 16'd1;
      end else if (done_i) begin
        busy_q <= 1'b0;
        if (Prefetch == 0) fetching_q <= 1'b1;
      end
      if (table_we_i && !launch_o) begin
        next_valid_q <= 1'b0;
        fetching_q   <= 1'b1;
        capture_q    <= 1'b0;
        word_q       <= '0;
      end
    end
  end

  generate
    for (genvar w = 0; w < 32; w++) begin : gen_word
      always_ff @(posedge clk_i) begin
        if (capture_q && captured_q == w[4:0]) next_q[w*32+:32] <= word;
      end
    end
  endgenerate
  generate
    if (Prefetch != 0) begin : gen_running
      logic [1023:0] cfg_q;
      always_ff @(posedge clk_i) if (launch_o) cfg_q <= next_q;
      assign cfg_o = cfg_q & StepMask;
    end else begin : gen_shared
      assign cfg_o = cfg_next_o;
    end
  endgenerate

`ifndef SYNTHESIS
  always @(posedge clk_i or negedge rst_ni) begin : DoneOnlyWhileBusy
    if (rst_ni && done_i && !busy_q) $error("fw_sequencer: a step ended while none was running");
  end
`endif
endmodule
