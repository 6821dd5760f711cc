// Clock cycles of the latest inference, from its first input word to its last output word, both included.
//
//   cycles_o = all of them
//   worked_o = those without the cycles in which the accelerator waited for the link: for an input word, or for an output word to be taken
//
// An inference begins with the first word that is taken after reset or after the last word of the one before. Counts stand still from
// its last word on.
module fw_link_cycles (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  input  logic        in_valid_i,
  input  logic        in_ready_i,
  input  logic        out_valid_i,
  input  logic        out_ready_i,
  input  logic        out_last_i,
  output logic        active_o,
  output logic [31:0] cycles_o,
  output logic [31:0] worked_o
);
  logic        active_q, begins, waits;
  logic [31:0] cycles_q, worked_q;
  assign begins   = in_valid_i && in_ready_i && !active_q;
  assign waits    = (in_ready_i && !in_valid_i) || (out_valid_i && !out_ready_i);
  assign active_o = active_q;
  assign cycles_o = cycles_q;
  assign worked_o = worked_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      active_q <= 1'b0;
    else if (clear_i) active_q <= 1'b0;
    else              active_q <= begins || (active_q && !(out_valid_i && out_ready_i && out_last_i));
  end

  always_ff @(posedge clk_i) begin
    if (begins)        cycles_q <= 32'd1;
    else if (active_q) cycles_q <= cycles_q + 32'd1;
    if (begins)                  worked_q <= 32'd1;
    else if (active_q && !waits) worked_q <= worked_q + 32'd1;
  end
endmodule
