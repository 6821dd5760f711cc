// UART transmitter: 8 data bits, the lowest first, no parity, 1 stop bit.
//
// A bit lasts ClockHz / Baud clocks, rounded. valid_i / ready_o are an ordinary ready/valid pair; a byte that is taken in cycle t is on the
// line from t + 1 on, for 10 bits, and ready_o rises a clock after its stop bit. The line rests high.
module fw_uart_tx #(
  parameter int ClockHz = 12000000,
  parameter int Baud = 115200
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  output logic       tx_o
);
  localparam int Divider = (ClockHz + Baud / 2) / Baud;
  localparam int CountBits = $clog2(Divider);

  // The stop bit is the highest one; when nothing follows it, it is on the line. The counter's highest bit is its sign: a bit ends below zero.
  logic [CountBits:0] count_q;
  logic [9:0]         shift_q;
  logic               rests, ready_q;
  assign rests   = shift_q[9:1] == '0;
  assign ready_o = ready_q;
  assign tx_o    = shift_q[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '1;
      shift_q <= 10'd1;
      ready_q <= 1'b0;
    end else begin
      ready_q <= rests && count_q[CountBits] && !(ready_q && valid_i);
      if (!count_q[CountBits]) begin
        count_q <= count_q - 1'b1;
      end else if (!rests) begin
        count_q <= (CountBits+1)'(Divider - 2);
        shift_q <= {1'b0, shift_q[9:1]};
      end else if (ready_q && valid_i) begin
        count_q <= (CountBits+1)'(Divider - 2);
        shift_q <= {1'b1, data_i, 1'b0};
      end
    end
  end

`ifndef SYNTHESIS
  initial if (Divider < 4) $error("fw_uart_tx: a bit has %0d clocks (ClockHz is %0d, Baud %0d), must be at least 4", Divider, ClockHz, Baud);
`endif
endmodule
