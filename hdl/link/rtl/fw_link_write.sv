// The link's way in: a frame's payload waits in a buffer until its check sum is known to be right, then goes on as stream words.
//
// begin_i comes with a frame's length (complemented: addresses then count up to 0xfe), byte_i with every byte of its payload and
// that byte's address. room_o says that the payload is being kept; it is not when the last accepted one is still here. accept_i hands it
// over: a word of Lanes bytes is valid 2 * Lanes + 1 cycles later, the next one as many after it was taken. The first byte is lane 0.
module fw_link_write #(
  parameter int Lanes = 4
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  input  logic               begin_i,
  input  logic [7:0]         begin_at_i,
  input  logic               byte_i,
  input  logic [7:0]         byte_at_i,
  input  logic [7:0]         byte_data_i,
  input  logic               accept_i,
  output logic               room_o,
  output logic               valid_o,
  input  logic               ready_i,
  output logic [Lanes*8-1:0] data_o
);
  localparam int LaneBits = $clog2(Lanes);
  localparam logic [7:0] End = 8'hff;

  logic               armed_q, room_q, fetch_q, valid_q, fetch, word_ends;
  logic [7:0]         at_q, byte_data;
  logic [Lanes*8-1:0] word_q;
  assign room_o  = room_q;
  assign valid_o = valid_q;
  assign data_o  = word_q;

  // Lengths are whole words, so a word ends where the address ends in ones.
  assign fetch     = armed_q && !fetch_q && !valid_q && at_q != End;
  assign word_ends = at_q[LaneBits-1:0] == ~LaneBits'(1);

  fw_ram #(.Width(8), .Depth(256)) u_buffer (
    .clk_i,
    .we_i   (byte_i && room_q),
    .waddr_i(byte_at_i),
    .wdata_i(byte_data_i),
    .re_i   (fetch),
    .raddr_i(at_q),
    .rdata_o(byte_data)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      armed_q <= 1'b0;
      room_q  <= 1'b0;
      fetch_q <= 1'b0;
      valid_q <= 1'b0;
    end else if (clear_i) begin
      armed_q <= 1'b0;
      fetch_q <= 1'b0;
      valid_q <= 1'b0;
    end else begin
      armed_q <= accept_i || (armed_q && at_q != End);
      if (begin_i) room_q <= !armed_q;
      fetch_q <= fetch;
      valid_q <= (fetch_q && word_ends) || (valid_q && !ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (fetch_q) word_q <= {byte_data, word_q[Lanes*8-1:8]};
    if (fetch_q)                  at_q <= at_q + 8'd1;
    else if (begin_i && !armed_q) at_q <= begin_at_i;
  end

`ifndef SYNTHESIS
  initial if (Lanes < 4 || Lanes > 128 || (Lanes & (Lanes - 1)) != 0) $error("fw_link_write: Lanes is %0d, must be a power of two, 4 to 128", Lanes);
  always @(posedge clk_i or negedge rst_ni) begin : AcceptsWhatItKeeps
    if (rst_ni && accept_i && (!room_q || armed_q)) $error("fw_link_write: a payload is accepted that was not kept");
  end
`endif
endmodule
