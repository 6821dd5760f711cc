// SPI flash, mode 0: commands are taken at rising edges of its clock, data changes after falling edges. It knows 0xAB (wake up), and when it is awake
// 0x0B (fast read) and 0x6B (quad output fast read). The first three clocks do not reach it, as those after the configuration of some devices do not.
module tb_flash #(
  parameter File = "",
  parameter integer Count = 1,    // bytes in the file
  parameter [31:0] Base = 32'd0   // address of the first of them
) (
  input clk,
  input rst_n,
  input csb,
  input sclk,
  input [3:0] data_in,
  output reg [3:0] data_out
);
  reg [7:0] memory [0:Count-1];
  reg [7:0] command, value;
  reg [23:0] address;
  reg awake, selected, clock, pin;
  integer rises, swallowed, file, read;
  wire arrives;
  assign arrives = sclk && swallowed == 3;

  function [7:0] byte_at(input [31:0] at);
    byte_at = (at - Base < Count) ? memory[at - Base] : 8'hff;
  endfunction

  initial begin
    file = $fopen(File, "rb");
    if (file == 0) $fatal(1, "tb_flash: the flash's contents are not there");
    read = $fread(memory, file);
    $fclose(file);
    awake = 1'b0; selected = 1'b0; clock = 1'b0; pin = 1'b0; swallowed = 0; rises = 0; command = 8'd0; address = 24'd0;
  end

  always @(posedge clk) begin
    if (rst_n) begin
      if (csb) begin
        if (selected && command == 8'hab && rises == 8) awake = 1'b1;
        rises = 0;
        data_out <= 4'hf;
      end else if (arrives && !clock) begin
        if (rises < 8) command = {command[6:0], data_in[0]};
        else if (rises < 32) address = {address[22:0], data_in[0]};
        rises = rises + 1;
      end else if (!arrives && clock && rises >= 40 && awake) begin
        if (command == 8'h0b) begin
          value = byte_at({8'd0, address} + (rises - 40) / 8);
          data_out <= {2'b11, value[7 - (rises - 40) % 8], 1'b1};
        end else if (command == 8'h6b) begin
          value = byte_at({8'd0, address} + (rises - 40) / 2);
          data_out <= (rises % 2 == 1) ? value[3:0] : value[7:4];
        end
      end
      selected = !csb;
      clock = arrives;
      if (swallowed < 3 && pin && !sclk) swallowed = swallowed + 1;
      pin = sclk;
    end else data_out <= 4'hf;
  end
endmodule
