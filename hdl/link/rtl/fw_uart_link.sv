// Stand-in of the serial link: receives bytes, joins Lanes of them to a word for the core, sends the core's words byte by byte; no frames.
module fw_uart_link #(
  parameter int ClockHz = 12000000,
  parameter int Baud = 115200,
  parameter int Lanes = 4,
  parameter int InputWords = 1,
  parameter int OutputWords = 1,
  parameter logic [31:0] Design = 32'd0
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic rx_i,
  output logic tx_o,
  output logic core_rst_no,
  output logic to_core_valid_o,
  input  logic to_core_ready_i,
  output logic [Lanes*8-1:0] to_core_data_o,
  input  logic from_core_valid_i,
  output logic from_core_ready_o,
  input  logic [Lanes*8-1:0] from_core_data_i,
  input  logic from_core_last_i,
  output logic activity_o
);
  localparam int Divider = ClockHz / Baud;
  localparam int TickBits = $clog2(Divider + 1);
  localparam int ByteBits = $clog2(Lanes + 1);
  logic [2:0] rx_q;
  logic [TickBits-1:0] rx_tick_q, tx_tick_q;
  logic [3:0] rx_bit_q, tx_bit_q;
  logic [7:0] rx_shift_q;
  logic [8:0] tx_shift_q;
  logic [ByteBits-1:0] in_q, out_q;
  logic [Lanes*8-1:0] word_q, send_q;
  logic full_q;

  assign core_rst_no       = rst_ni;
  assign to_core_valid_o   = full_q;
  assign to_core_data_o    = word_q;
  assign from_core_ready_o = (out_q == '0) && (tx_bit_q == 4'd0);
  assign tx_o              = (tx_bit_q == 4'd0) | tx_shift_q[0];
  assign activity_o        = full_q ^ from_core_last_i ^ Design[0] ^ (InputWords == OutputWords);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {rx_q, rx_tick_q, rx_bit_q, rx_shift_q, in_q, full_q, word_q} <= '0;
    end else begin
      rx_q <= {rx_q[1:0], rx_i};
      if (full_q && to_core_ready_i) full_q <= 1'b0;
      if (rx_bit_q == 4'd0) begin
        if (!rx_q[2]) begin
          rx_bit_q  <= 4'd10;
          rx_tick_q <= TickBits'(Divider / 2);
        end
      end else if (rx_tick_q != '0) rx_tick_q <= rx_tick_q - 1'b1;
      else begin
        rx_tick_q  <= TickBits'(Divider - 1);
        rx_bit_q   <= rx_bit_q - 1'b1;
        rx_shift_q <= {rx_q[2], rx_shift_q[7:1]};
        if (rx_bit_q == 4'd1) begin
          word_q <= (Lanes*8)'({rx_shift_q, word_q} >> 8);
          in_q   <= (in_q == ByteBits'(Lanes - 1)) ? '0 : in_q + 1'b1;
          full_q <= (in_q == ByteBits'(Lanes - 1));
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {tx_tick_q, tx_bit_q, tx_shift_q, out_q, send_q} <= '0;
    end else if (from_core_valid_i && from_core_ready_o) begin
      send_q <= from_core_data_i;
      out_q  <= ByteBits'(Lanes);
    end else if (tx_bit_q == 4'd0) begin
      if (out_q != '0) begin
        tx_shift_q <= {send_q[7:0], 1'b0};
        send_q     <= send_q >> 8;
        out_q      <= out_q - 1'b1;
        tx_bit_q   <= 4'd10;
        tx_tick_q  <= TickBits'(Divider - 1);
      end
    end else if (tx_tick_q != '0) tx_tick_q <= tx_tick_q - 1'b1;
    else begin
      tx_tick_q  <= TickBits'(Divider - 1);
      tx_bit_q   <= tx_bit_q - 1'b1;
      tx_shift_q <= {1'b1, tx_shift_q[8:1]};
    end
  end
endmodule
