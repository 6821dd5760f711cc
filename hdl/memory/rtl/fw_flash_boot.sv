// Copies the weights from an SPI flash into a memory once after reset.
//
//   memory[i] = bytes Offset + i * WordBytes to Offset + i * WordBytes + WordBytes - 1 of the flash, the lowest first, for i < Words
//
// A word is written (we_o) in the cycle after its last byte came; loaded_o is high from the cycle after the last write on.
module fw_flash_boot #(
  parameter int Words = 16,
  parameter int WordBytes = 4,
  parameter int Offset = 0,
  parameter int Quad = 0,
  parameter int Divider = 1,
  parameter int WakeCycles = 100,
  parameter int AddrBits = (Words > 1) ? $clog2(Words) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   loaded_o,
  output logic                   we_o,
  output logic [AddrBits-1:0]    waddr_o,
  output logic [WordBytes*8-1:0] wdata_o,
  output logic                   flash_csb_o,
  output logic                   flash_sclk_o,
  output logic [3:0]             flash_io_o,
  output logic [3:0]             flash_oe_o,
  input  logic [3:0]             flash_io_i
);
  localparam int ByteBits = (WordBytes > 1) ? $clog2(WordBytes) : 1;

  logic                   started_q, loaded_q, we_q, idle, byte_valid, word_end;
  logic [7:0]             data;
  logic [ByteBits-1:0]    byte_q;
  logic [AddrBits-1:0]    addr_q;
  logic [WordBytes*8-1:0] word_q;

  fw_flash_reader #(.Quad(Quad), .Divider(Divider), .WakeCycles(WakeCycles)) u_reader (
    .clk_i,
    .rst_ni,
    .start_i     (idle && !started_q),
    .addr_i      (Offset[23:0]),
    .count_i     (24'(Words * WordBytes)),
    .idle_o      (idle),
    .room_i      (1'b1),
    .byte_valid_o(byte_valid),
    .byte_o      (data),
    .flash_csb_o,
    .flash_sclk_o,
    .flash_io_o,
    .flash_oe_o,
    .flash_io_i
  );

  assign word_end = byte_valid && byte_q == ByteBits'(WordBytes - 1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      started_q <= 1'b0;
      loaded_q  <= 1'b0;
      we_q      <= 1'b0;
      byte_q    <= '0;
      addr_q    <= '0;
    end else begin
      started_q <= started_q || idle;
      we_q      <= word_end;
      if (byte_valid) byte_q <= word_end ? '0 : byte_q + 1'b1;
      if (we_q) addr_q <= addr_q + 1'b1;
      if (we_q && addr_q == AddrBits'(Words - 1)) loaded_q <= 1'b1;
    end
  end
  generate
    if (WordBytes > 1) begin : gen_shift
      always_ff @(posedge clk_i) if (byte_valid) word_q <= {data, word_q[WordBytes*8-1:8]};
    end else begin : gen_byte
      always_ff @(posedge clk_i) if (byte_valid) word_q <= data;
    end
  endgenerate

  assign loaded_o = loaded_q;
  assign we_o     = we_q;
  assign waddr_o  = addr_q;
  assign wdata_o  = word_q;

`ifndef SYNTHESIS
  initial if (Offset < 0 || Offset + Words * WordBytes > (1 << 24))
    $error("fw_flash_boot: bytes %0d to %0d are beyond what 24 bits of address reach", Offset, Offset + Words * WordBytes);
`endif
endmodule
