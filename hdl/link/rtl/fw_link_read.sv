// The link's way out: output words are gathered into a block, which is kept until it is known to have arrived.
//
// A block is 128 bytes, or what there is up to the word with last_i. While it is incomplete a word is taken in Lanes cycles, lane 0 first;
// ready_o comes in the last of them. Then complete_o is high and words wait, until free_i begins the next block. Addresses begin at First,
// where an answer has its counts before the block, and end_o is the one behind the last byte. A byte is read with re_i: it is there one cycle
// later.
module fw_link_read #(
  parameter int Lanes = 4
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               free_i,
  input  logic               valid_i,
  output logic               ready_o,
  input  logic [Lanes*8-1:0] data_i,
  input  logic               last_i,
  input  logic               re_i,
  input  logic [7:0]         at_i,
  output logic [7:0]         byte_o,
  output logic               complete_o,
  output logic [7:0]         end_o
);
  localparam int LaneBits = $clog2(Lanes);
  localparam logic [7:0] First = 8'd8;

  // From First = 8 on, the first end with both bits is the one behind 128 bytes.
  logic                last_q, take;
  logic [7:0]          end_q;
  logic [LaneBits-1:0] lane;
  assign complete_o = (end_q[7] && end_q[3]) || last_q;
  assign end_o      = end_q;
  assign take       = valid_i && !complete_o;
  assign lane       = end_q[LaneBits-1:0] - First[LaneBits-1:0];
  assign ready_o    = take && (&lane);

  fw_ram #(.Width(8), .Depth(256)) u_block (
    .clk_i,
    .we_i   (take),
    .waddr_i(end_q),
    .wdata_i(data_i[lane*8+:8]),
    .re_i,
    .raddr_i(at_i),
    .rdata_o(byte_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      end_q  <= First;
      last_q  <= 1'b0;
    end else if (free_i) begin
      end_q  <= First;
      last_q  <= 1'b0;
    end else if (take) begin
      end_q  <= end_q + 8'd1;
      last_q  <= ready_o && last_i;
    end
  end

`ifndef SYNTHESIS
  initial if (Lanes < 4 || Lanes > 128 || (Lanes & (Lanes - 1)) != 0) $error("fw_link_read: Lanes is %0d, must be a power of two, 4 to 128", Lanes);
`endif
endmodule
