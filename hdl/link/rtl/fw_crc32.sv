// CRC-32 of Ethernet and zip, a byte in nine cycles.
//
//   polynomial x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1, bits reflected, initially ones
//
// What goes over a line is the register's complement, low byte first: low_o is the register's low byte, and taking low_o itself in as a byte
// shifts the next one down. A byte is taken with valid_i while busy_o is low; busy_o is high for the eight cycles after it, and low_o is
// settled when it falls. One bit per cycle takes a quarter of the look-up tables that a byte per cycle does, and a line is slower than either.
module fw_crc32 (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       clear_i,
  input  logic       valid_i,
  input  logic [7:0] data_i,
  output logic       busy_o,
  output logic [7:0] low_o
);
  localparam logic [31:0] Polynomial = 32'hedb8_8320;

  logic [3:0]  left_q;
  logic [31:0] crc_q;
  assign busy_o = left_q != 4'd0;
  assign low_o  = crc_q[7:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      left_q <= '0;
    else if (valid_i) left_q <= 4'd8;
    else if (busy_o)  left_q <= left_q - 4'd1;
  end

  always_ff @(posedge clk_i) begin
    if (clear_i)      crc_q <= '1;
    else if (valid_i) crc_q[7:0] <= crc_q[7:0] ^ data_i;
    else if (busy_o)  crc_q <= {1'b0, crc_q[31:1]} ^ (crc_q[0] ? Polynomial : 32'd0);
  end

`ifndef SYNTHESIS
  always @(posedge clk_i or negedge rst_ni) begin : ByteWhileIdle
    if (rst_ni && valid_i && busy_o) $error("fw_crc32: a byte while the last one is being worked on");
  end
`endif
endmodule
