// First-in first-out queue with registered storage and a combinational output.
//
// A word pushed in cycle t can be popped from cycle t+1 on. The pusher guarantees that it never pushes into a full queue (credits);
// pop_valid_o / pop_ready_i are an ordinary ready/valid pair.
module fw_fifo #(
  parameter int Width = 8,
  parameter int Depth = 8,
  parameter int AddrBits = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] push_data_i,
  output logic             pop_valid_o,
  input  logic             pop_ready_i,
  output logic [Width-1:0] pop_data_o
);
  logic [Width-1:0]  mem_q [Depth];
  logic [AddrBits:0] head_q, tail_q;

  assign pop_valid_o = head_q != tail_q;
  assign pop_data_o  = mem_q[head_q[AddrBits-1:0]];

  always_ff @(posedge clk_i) begin
    if (push_i) mem_q[tail_q[AddrBits-1:0]] <= push_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end else begin
      if (push_i) tail_q <= tail_q + 1'b1;
      if (pop_valid_o && pop_ready_i) head_q <= head_q + 1'b1;
    end
  end

`ifndef SYNTHESIS
  initial if (Depth != (1 << AddrBits)) $error("fw_fifo: Depth is %0d, must be a power of two", Depth);
  logic [AddrBits:0] count;
  assign count = tail_q - head_q;
  always @(posedge clk_i or negedge rst_ni) begin : QueueNeverOverflows
    if (rst_ni && push_i && count >= Depth[AddrBits:0]) $error("fw_fifo: pushed into a full queue");
  end
`endif
endmodule
