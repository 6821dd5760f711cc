// A block RAM of 2,048 bytes of nine bits with two ports, as ECP5 and Gowin devices have it: the common part of the cells' models. Port 0's part of a
// bus are its low bits. Where both ports are used they have one clock.
//
//   rdata(t+1) = the word at addr(t)          when en(t) and nothing is written by the port
//   byte(addr(t) + lane)(t+1) = wdata(t)      when en(t) and be(t)[lane]
//
// addr counts bits of bytes that have eight of them: of words of 9, 18 and 36 bits addr[13:3], addr[13:4] and addr[13:5] say which, and words of 1, 2 and 4
// bits lie in the low eight bits of a byte. What a port's output is when the port writes is its Mode: 0 what it was, 1 what is written, 2 what was there.
// A byte that one port reads while the other one writes it is random, and so is the output at power-up; the contents are the cell's to set.
module block_ram #(
  parameter Width0 = 36,
  parameter Width1 = 36,
  parameter Mode0 = 0,
  parameter Mode1 = 0
) (
  input  [1:0]  clk_i,
  input  [1:0]  en_i,
  input  [7:0]  be_i,
  input  [27:0] addr_i,
  input  [71:0] wdata_i,
  output [71:0] rdata_o
);
  reg [8:0] bytes [0:2047];

  // Of both ports: the first byte of the word, the word's place and its bits in there, and the bytes that are written.
  wire [21:0] first;
  wire [5:0]  place;
  wire [17:0] bits;
  wire [7:0]  written;

  genvar p;
  generate
    for (p = 0; p < 2; p = p + 1) begin : port
      localparam Width = (p == 0) ? Width0 : Width1;
      localparam Mode = (p == 0) ? Mode0 : Mode1;
      localparam Lanes = (Width < 9) ? 1 : Width / 9;
      localparam Other = 1 - p;
      wire [13:0] addr = addr_i[14*p+:14];
      assign first[11*p+:11]  = addr[13:3] & ~(Lanes - 1);
      assign place[3*p+:3]    = (Width < 9) ? addr[2:0] & ~(Width - 1) : 3'd0;
      assign bits[9*p+:9]     = (Width < 9) ? ((1 << Width) - 1) << place[3*p+:3] : 9'h1ff;
      assign written[4*p+:4]  = en_i[p] ? be_i[4*p+:4] & ((1 << Lanes) - 1) : 4'd0;

      reg [35:0] rdata_q;
      reg [10:0] at;
      reg [8:0]  was, now, seen;
      integer lane, i;
      initial rdata_q = {$random, $random};
      always @(posedge clk_i[p]) begin
        if (en_i[p]) for (lane = 0; lane < Lanes; lane = lane + 1) begin
          at = first[11*p+:11] + lane;
          was = bytes[at];
          now = (was & ~bits[9*p+:9]) | ((wdata_i[36*p+9*lane+:9] << place[3*p+:3]) & bits[9*p+:9]);
          if (written[4*p+lane]) bytes[at] <= now;
          seen = (Mode == 1 && written[4*p+lane]) ? now : was;
          for (i = 0; i < 4; i = i + 1) begin
            if (written[4*Other+i] && first[11*Other+:11] + i == at && (bits[8:0] & bits[17:9]) != 9'd0) seen = $random;
          end
          if (Mode != 0 || written[4*p+:4] == 4'd0) rdata_q[9*lane+:9] <= (seen & bits[9*p+:9]) >> place[3*p+:3];
        end
        if (written[3:0] != 4'd0 && written[7:4] != 4'd0) $fatal(1, "block_ram: both ports write, which has no model");
      end
      assign rdata_o[36*p+:36] = rdata_q;
    end
  endgenerate
endmodule
