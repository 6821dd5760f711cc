// Accumulator memory under the array: one word of Cols partial sums per pixel of the tile.
//
//   sum(m) = psum(m) + (first ? 0 : memory[m]);   last ? handed on : memory[m] = sum(m)
//
// The pixel counter m restarts after the word with tile_last. flags_i arrives one cycle before psum_i, so that the memory can be read.
// acc_valid_o follows psum_i by one cycle. The same pixel may return after three cycles or more.
module fw_accumulator #(
  parameter int Cols = 4,
  parameter int AccBits = 32,
  parameter int Depth = 16
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    valid_i,
  input  logic                    first_i,
  input  logic                    last_i,
  input  logic                    tile_last_i,
  input  logic                    step_last_i,
  input  logic [Cols*AccBits-1:0] psum_i,
  output logic                    acc_valid_o,
  output logic                    acc_last_o,
  output logic [Cols*AccBits-1:0] acc_o
);
  localparam int AddrBits = (Depth > 1) ? $clog2(Depth) : 1;

  logic [AddrBits-1:0] pixel_q, pixel1_q, pixel2_q;
  logic                valid1_q, valid2_q, first1_q, last1_q, last2_q, step_last1_q, step_last2_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pixel_q  <= '0;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
      if (valid_i) pixel_q <= tile_last_i ? '0 : pixel_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    pixel1_q     <= pixel_q;
    pixel2_q     <= pixel1_q;
    first1_q     <= first_i;
    last1_q      <= last_i;
    last2_q      <= last1_q;
    step_last1_q <= step_last_i;
    step_last2_q <= step_last1_q;
  end

  logic [Cols*AccBits-1:0] stored;
  fw_ram #(.Width(Cols * AccBits), .Depth(Depth)) u_sums (
    .clk_i,
    .we_i   (valid2_q && !last2_q),
    .waddr_i(pixel2_q),
    .wdata_i(acc_o),
    .re_i   (valid_i),
    .raddr_i(pixel_q),
    .rdata_o(stored)
  );

  generate
    for (genvar c = 0; c < Cols; c++) begin : gen_column
      always_ff @(posedge clk_i) begin
        acc_o[c*AccBits+:AccBits] <= psum_i[c*AccBits+:AccBits] + (first1_q ? '0 : stored[c*AccBits+:AccBits]);
      end
    end
  endgenerate

  assign acc_valid_o = valid2_q && last2_q;
  assign acc_last_o  = step_last2_q;
endmodule
