// Memory outside the chip, read over AXI4. Bursts are served in order; how long they take is drawn as the simulator draws it
// (sim/src/outside.rs), from a seed: First + a part of Span cycles from the acceptance of a burst to its first beat, and for GapPercent of the beats
// and requests a pause of 1 to 4 cycles.
module tb_axi #(
  parameter File = "",
  parameter integer Count = 1,         // bytes in the file
  parameter integer BusBytes = 4,
  parameter [31:0] Base = 32'd0,       // address of the first of them
  parameter [63:0] First = 64'd1,
  parameter [63:0] Span = 64'd1,
  parameter [63:0] GapPercent = 64'd0,
  parameter [63:0] Seed = 64'd0
) (
  input clk,
  input rst_n,
  input arvalid,
  output reg arready,
  input [31:0] araddr,
  input [7:0] arlen,
  output reg rvalid,
  input rready,
  output reg [8*BusBytes-1:0] rdata,
  output reg [1:0] rresp,
  output reg rlast
);
  localparam [31:0] Request = 32'hffffffff;

  reg [7:0] memory [0:Count-1];
  reg [31:0] address [0:63];
  reg [31:0] beats [0:63];
  reg [63:0] from [0:63];
  reg [63:0] cycle, requests, served, waited, beat_from;
  reg [31:0] beat;
  integer file, read, i;

  function [63:0] splitmix(input [63:0] seed);
    reg [63:0] z;
    begin
      z = seed + 64'h9e3779b97f4a7c15;
      z = (z ^ (z >> 30)) * 64'hbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 64'h94d049bb133111eb;
      splitmix = z ^ (z >> 31);
    end
  endfunction

  function [63:0] draw(input [63:0] burst, input [31:0] number);
    draw = splitmix(Seed ^ splitmix((burst * 64'ha0761d6478bd642f) ^ ({32'd0, number} << 17)));
  endfunction

  function [63:0] pause(input [63:0] burst, input [31:0] number);
    reg [63:0] drawn;
    begin
      drawn = draw(burst, number);
      pause = (drawn % 64'd100 < GapPercent) ? 64'd1 + ((drawn >> 32) & 64'd3) : 64'd0;
    end
  endfunction

  function [7:0] byte_at(input [31:0] at);
    byte_at = (at - Base < Count) ? memory[at - Base] : 8'd0;
  endfunction

  // What the next cycle shows.
  task drive;
    begin
      arready <= waited >= pause(requests, Request);
      rvalid <= served != requests && cycle >= beat_from;
      rlast <= beat + 1 == beats[served[5:0]];
      rresp <= 2'b00;
      for (i = 0; i < BusBytes; i = i + 1)
        rdata[8*i +: 8] <= (served != requests && cycle >= beat_from) ? byte_at(address[served[5:0]] + beat * BusBytes + i) : 8'hxx;
    end
  endtask

  initial begin
    file = $fopen(File, "rb");
    if (file == 0) $fatal(1, "tb_axi: the memory's contents are not there");
    read = $fread(memory, file);
    $fclose(file);
    cycle = 0; requests = 0; served = 0; waited = 0; beat_from = 0; beat = 0;
  end

  always @(posedge clk) begin
    if (rst_n) begin
      if (rvalid && rready) begin
        beat = beat + 1;
        beat_from = cycle + 1 + pause(served, beat);
        if (rlast) begin
          beat = 0;
          served = served + 1;
          beat_from = from[served[5:0]];
        end
      end
      if (arvalid && arready) begin
        address[requests[5:0]] = araddr;
        beats[requests[5:0]] = {24'd0, arlen} + 1;
        from[requests[5:0]] = cycle + First + (Span == 1 ? 64'd0 : draw(requests, 0) % Span);
        if (requests == served) beat_from = from[requests[5:0]];
        requests = requests + 1;
        waited = 0;
      end else if (arvalid) waited = waited + 1;
      cycle = cycle + 1;
    end
    drive;
  end
endmodule
