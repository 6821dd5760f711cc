// Reads bytes from an SPI NOR flash (mode 0): fast read (0x0B, one data line) or quad output fast read (0x6B, four data lines, Quad = 1).
//
// After reset come 8 clocks while no chip is selected: a pin that has just clocked the device's configuration may swallow the first ones. Then the flash
// is woken from its power-down (0xAB) and left alone for WakeCycles. A read starts in a cycle with start_i and idle_o: command,
// 24 bits of address and 8 dummy clocks, then count_i bytes without a gap as long as room_i is high; while it is low, no further byte is clocked in.
// byte_valid_o is high for one cycle per byte. The last byte raises chip select; idle_o returns DeselectCycles later.
//
// A clock of the flash takes 2 * Divider cycles, low first; its output changes after the falling edge and is taken at the end of the high half.
// Chip select and clock come from registers.
// In cycles, from start_i to the first byte_valid_o: 1 + 2 * Divider * (40 + ByteClocks), then 2 * Divider * ByteClocks per byte,
// ByteClocks = 8 / lines. idle_o rises first in cycle 1 + 32 * Divider + WakeCycles after reset.
// Quad reads take a flash whose quad enable bit is set, as its pins 2 and 3 are write protect and hold otherwise.
module fw_flash_reader #(
  parameter int Quad = 0,
  parameter int Divider = 1,
  parameter int WakeCycles = 100
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [23:0] addr_i,
  input  logic [23:0] count_i,
  output logic        idle_o,
  input  logic        room_i,
  output logic        byte_valid_o,
  output logic [7:0]  byte_o,
  output logic        flash_csb_o,
  output logic        flash_sclk_o,
  output logic [3:0]  flash_io_o,
  output logic [3:0]  flash_oe_o,
  input  logic [3:0]  flash_io_i
);
  localparam logic [2:0] StReset = 3'd0;
  localparam logic [2:0] StWake = 3'd1;
  localparam logic [2:0] StLift = 3'd2;
  localparam logic [2:0] StRest = 3'd3;
  localparam logic [2:0] StIdle = 3'd4;
  localparam logic [2:0] StCommand = 3'd5;
  localparam logic [2:0] StData = 3'd6;
  localparam int DeselectCycles = 4;
  localparam int MostRest = (WakeCycles > DeselectCycles) ? WakeCycles : DeselectCycles;
  localparam int RestBits = $clog2(MostRest + 1);
  localparam int Period = 2 * Divider;
  localparam int PhaseBits = $clog2(Period);
  localparam int ByteClocks = (Quad != 0) ? 2 : 8;
  localparam logic [7:0] Command = (Quad != 0) ? 8'h6b : 8'h0b;

  logic [2:0]           state_q;
  logic [PhaseBits-1:0] phase_q;
  logic [5:0]           clocks_q;
  logic [39:0]          out_q;
  logic [7:0]           in_q, in_d;
  logic [RestBits-1:0]  rest_q;
  logic [23:0]          left_q;
  logic                 awake_q, csb_q, sclk_q, valid_q, shifting, moves, clock_end, last_clock, dummy;

  assign shifting   = state_q == StReset || state_q == StWake || state_q == StCommand || state_q == StData;
  assign moves      = shifting && (state_q != StData || room_i || phase_q != '0 || clocks_q != 6'(ByteClocks - 1));
  assign clock_end  = moves && phase_q == PhaseBits'(Period - 1);
  assign last_clock = clock_end && clocks_q == 6'd0;
  generate
    if (Quad != 0) begin : gen_four_lines
      assign in_d  = {in_q[3:0], flash_io_i};
      assign dummy = state_q == StCommand && clocks_q < 6'd8;
    end else begin : gen_one_line
      logic unused_lines;
      assign unused_lines = ^{flash_io_i, in_q[7]};
      assign in_d  = {in_q[6:0], flash_io_i[1]};
      assign dummy = 1'b0;
    end
  endgenerate

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StReset;
      phase_q  <= '0;
      clocks_q <= 6'd7;
      rest_q   <= '0;
      awake_q  <= 1'b0;
      csb_q    <= 1'b1;
      sclk_q   <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      valid_q <= state_q == StData && last_clock;
      if (moves) phase_q <= clock_end ? '0 : phase_q + 1'b1;
      if (clock_end) clocks_q <= clocks_q - 6'd1;
      if (clock_end)                                        sclk_q <= 1'b0;
      else if (moves && phase_q == PhaseBits'(Divider - 1)) sclk_q <= 1'b1;
      case (state_q)
        StReset: begin
          if (last_clock) begin
            state_q  <= StWake;
            csb_q    <= 1'b0;
            clocks_q <= 6'd7;
          end
        end
        StWake: if (last_clock) state_q <= StLift;
        StLift: begin
          state_q <= StRest;
          csb_q   <= 1'b1;
          awake_q <= 1'b1;
          rest_q  <= awake_q ? RestBits'(DeselectCycles) : RestBits'(WakeCycles);
        end
        StRest: begin
          rest_q <= rest_q - 1'b1;
          if (rest_q == RestBits'(1)) state_q <= StIdle;
        end
        StIdle: begin
          if (start_i) begin
            state_q  <= StCommand;
            csb_q    <= 1'b0;
            clocks_q <= 6'd39;
          end
        end
        StCommand: begin
          if (last_clock) begin
            state_q  <= StData;
            clocks_q <= 6'(ByteClocks - 1);
          end
        end
        default: begin
          if (last_clock) begin
            clocks_q <= 6'(ByteClocks - 1);
            if (left_q == 24'd1) state_q <= StLift;
          end
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StReset)                out_q <= {8'hab, 32'd0};
    else if (state_q == StIdle && start_i) out_q <= {Command, addr_i, 8'd0};
    else if (clock_end)                    out_q <= {out_q[38:0], 1'b0};
    if (state_q == StIdle && start_i)           left_q <= count_i;
    else if (state_q == StData && last_clock)   left_q <= left_q - 24'd1;
    if (clock_end) in_q <= in_d;
  end

  assign idle_o       = state_q == StIdle;
  assign byte_valid_o = valid_q;
  assign byte_o       = in_q;
  assign flash_csb_o  = csb_q;
  assign flash_sclk_o = sclk_q;
  // Lines 2 and 3 are held high until data lines are wanted: write protect and hold are active low.
  assign flash_io_o   = {3'b110, out_q[39]};
  assign flash_oe_o   = (Quad != 0 && (state_q == StData || dummy)) ? 4'b0000 : 4'b1101;

`ifndef SYNTHESIS
  initial if (Divider < 1 || Divider > 256) $error("fw_flash_reader: Divider is %0d, must be in 1..=256", Divider);
  initial if (WakeCycles < 1) $error("fw_flash_reader: WakeCycles is %0d, must be at least 1", WakeCycles);
  always @(posedge clk_i or negedge rst_ni) begin : StartedOnlyWhenIdle
    if (rst_ni && start_i && !idle_o) $error("fw_flash_reader: a read was started while another one runs");
  end
`endif
endmodule
