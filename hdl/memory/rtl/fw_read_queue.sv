// First-in first-out queue in a block RAM, with a registered output.
//
//   a word pushed in cycle t is read from the RAM in t+1 at the earliest and is on offer (pop_valid_o) from the cycle after its read
//   word k is read in cycle max(push(k) + 1, pop(k-1)); read_o tells, as the word's place in the RAM is free again
//
// One word per cycle. The pusher guarantees that it never pushes into a full RAM; pop_valid_o / pop_ready_i are an ordinary ready/valid pair.
module fw_read_queue #(
  parameter int Width = 32,
  parameter int Depth = 64,
  parameter int AddrBits = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] push_data_i,
  output logic             read_o,
  output logic             pop_valid_o,
  input  logic             pop_ready_i,
  output logic [Width-1:0] pop_data_o
);
  logic [AddrBits:0] head_q, tail_q;
  logic              valid_q;

  assign read_o      = head_q != tail_q && (!valid_q || pop_ready_i);
  assign pop_valid_o = valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      valid_q <= 1'b0;
    end else begin
      if (push_i) tail_q <= tail_q + 1'b1;
      if (read_o) head_q <= head_q + 1'b1;
      valid_q <= read_o || (valid_q && !pop_ready_i);
    end
  end

  fw_ram #(.Width(Width), .Depth(Depth)) u_words (
    .clk_i,
    .we_i   (push_i),
    .waddr_i(tail_q[AddrBits-1:0]),
    .wdata_i(push_data_i),
    .re_i   (read_o),
    .raddr_i(head_q[AddrBits-1:0]),
    .rdata_o(pop_data_o)
  );

`ifndef SYNTHESIS
  initial if (Depth < 2 || Depth != (1 << AddrBits)) $error("fw_read_queue: Depth is %0d, must be a power of two, at least 2", Depth);
  logic [AddrBits:0] count;
  assign count = tail_q - head_q;
  always @(posedge clk_i or negedge rst_ni) begin : QueueNeverOverflows
    if (rst_ni && push_i && count >= Depth[AddrBits:0]) $error("fw_read_queue: pushed into a full queue");
  end
`endif
endmodule
