// UART receiver: 8 data bits, the lowest first, no parity, 1 stop bit.
//
// A bit lasts ClockHz / Baud clocks, rounded. The line passes two flip-flops; from its falling edge on every bit is sampled once, in its
// middle. valid_o is high for one cycle, 9.5 bits and a clock after the edge; data_o holds the byte until the next start bit. There is no
// back-pressure. A start bit that is high again in its middle is a glitch, a byte whose stop bit is low is dropped.
module fw_uart_rx #(
  parameter int ClockHz = 12000000,
  parameter int Baud = 115200
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,
  output logic       valid_o,
  output logic [7:0] data_o
);
  localparam int Divider = (ClockHz + Baud / 2) / Baud;
  localparam int CountBits = $clog2(Divider);

  // Synchroniser, and the line one cycle ago.
  logic [2:0] line_q;
  logic       line, falls;
  assign line  = line_q[1];
  assign falls = line_q[2] && !line;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) line_q <= '1;
    else         line_q <= {line_q[1:0], rx_i};
  end

  // Ones are shifted out by the samples; the start bit, a zero, arrives at the end when the next sample is the stop bit.
  // The counter's highest bit is its sign: it ticks below zero.
  logic               active_q, valid_q, tick, glitch;
  logic [CountBits:0] count_q;
  logic [8:0]         shift_q;
  assign tick    = active_q && count_q[CountBits];
  assign glitch  = (&shift_q) && line;
  assign valid_o = valid_q;
  assign data_o  = shift_q[8:1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      active_q <= active_q ? !(tick && (glitch || !shift_q[0])) : falls;
      valid_q  <= tick && !shift_q[0] && line;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!active_q)               count_q <= (CountBits+1)'(Divider / 2 - 2);
    else if (count_q[CountBits]) count_q <= (CountBits+1)'(Divider - 2);
    else                         count_q <= count_q - 1'b1;
    if (!active_q && falls)       shift_q <= '1;
    else if (tick && shift_q[0])  shift_q <= {line, shift_q[8:1]};
  end

`ifndef SYNTHESIS
  initial if (Divider < 4) $error("fw_uart_rx: a bit has %0d clocks (ClockHz is %0d, Baud %0d), must be at least 4", Divider, ClockHz, Baud);
`endif
endmodule
