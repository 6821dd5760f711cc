// Sums of tiles of Cols outputs as words of Lanes accumulators.
//
// last_i says that sums_i is a tile's complete sums one cycle later. They are held in the cycle after that, so that the next tile can be summed
// while they leave, one word per cycle; word_o is the word's number within the pixel, of which there are words_i. With more columns than
// lanes a tile makes Cols / Lanes words; with fewer, Lanes / Cols tiles (or those up to pixel_last_i) make one. With wide_i every word comes
// twice, half_o telling which half of its lanes is meant. The first word leaves 2 cycles after last_i.
// room_o keeps the outputs of two tiles from meeting: the first request of a tile (request_first_i) waits for it.
module fw_tile_output #(
  parameter int Lanes = 4,
  parameter int Cols = 4
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [15:0]         words_i,
  input  logic                wide_i,
  input  logic                request_first_i,
  output logic                room_o,
  input  logic                last_i,
  input  logic                pixel_last_i,
  input  logic                step_last_i,
  input  logic [Cols*32-1:0]  sums_i,
  output logic                acc_valid_o,
  output logic                acc_last_o,
  output logic                half_o,
  output logic                word_last_o,
  output logic [15:0]         word_o,
  output logic [Lanes*32-1:0] acc_o
);
  localparam int Groups = (Cols > Lanes) ? Cols / Lanes : 1;
  localparam int Parts = (Cols < Lanes) ? Lanes / Cols : 1;
  localparam int GroupBits = (Groups > 1) ? $clog2(Groups) : 1;
  localparam int PartBits = (Parts > 1) ? $clog2(Parts) : 1;

  logic done_q, pixel_done_q, step_done_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else         done_q <= last_i;
  end
  always_ff @(posedge clk_i) begin
    pixel_done_q <= pixel_last_i;
    step_done_q  <= step_last_i;
  end

  logic [PartBits-1:0]        part_q;
  logic                       full;
  logic [Groups*Lanes*32-1:0] held_q;
  generate
    if (Parts > 1) begin : gen_parts
      assign full = pixel_done_q || part_q == PartBits'(Parts - 1);
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)     part_q <= '0;
        else if (done_q) part_q <= full ? '0 : part_q + 1'b1;
      end
      for (genvar p = 0; p < Parts; p++) begin : gen_part
        always_ff @(posedge clk_i) begin
          if (done_q && part_q == PartBits'(p)) held_q[p*Cols*32+:Cols*32] <= sums_i;
          else if (done_q && part_q == '0)      held_q[p*Cols*32+:Cols*32] <= '0;
        end
      end
    end else begin : gen_whole_words
      assign part_q = '0;
      assign full = 1'b1;
      logic unused_part;
      assign unused_part = ^{part_q, pixel_done_q};
      always_ff @(posedge clk_i) if (done_q) held_q <= sums_i;
    end
  endgenerate

  logic                 sending_q, step_sending_q, half_q, half_last, word_last, group_last;
  logic [GroupBits-1:0] group_q;
  logic [15:0]          word_q;
  assign half_last  = half_q || !wide_i;
  assign word_last  = word_q == words_i - 16'd1;
  assign group_last = half_last && (word_last || group_q == GroupBits'(Groups - 1));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sending_q <= 1'b0;
      half_q    <= 1'b0;
      word_q    <= '0;
      group_q   <= '0;
    end else begin
      sending_q <= (done_q && full) || (sending_q && !group_last);
      if (sending_q) begin
        half_q <= !half_last;
        if (half_last) begin
          word_q  <= word_last ? 16'd0 : word_q + 16'd1;
          group_q <= group_last ? '0 : group_q + 1'b1;
        end
      end
    end
  end
  always_ff @(posedge clk_i) if (done_q && full) step_sending_q <= step_done_q;
  assign acc_valid_o = sending_q;
  assign acc_last_o  = step_sending_q && group_last;
  assign half_o      = half_q;
  assign word_o      = word_q;
  assign word_last_o = word_last;
  generate
    if (Groups > 1) begin : gen_groups
      assign acc_o = held_q[group_q*Lanes*32+:Lanes*32];
    end else begin : gen_one
      assign acc_o = held_q;
    end
  endgenerate

  // Room: a tile takes Groups words, twice as many with 16-bit outputs; the next one must not be faster.
  localparam int PaceBits = $clog2(2 * Groups) + 1;
  logic [PaceBits-1:0] wait_q;
  assign room_o = wait_q == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)              wait_q <= '0;
    else if (request_first_i) wait_q <= wide_i ? PaceBits'(2 * Groups - 1) : PaceBits'(Groups - 1);
    else if (!room_o)         wait_q <= wait_q - 1'b1;
  end

`ifndef SYNTHESIS
  initial if (Cols < 1 || Cols > 256) $error("fw_tile_output: Cols is %0d, must be in 1..=256", Cols);
  initial if (Cols % Lanes != 0 && Lanes % Cols != 0)
    $error("fw_tile_output: Cols is %0d, must divide Lanes = %0d or be a multiple of it", Cols, Lanes);
  always @(posedge clk_i or negedge rst_ni) begin : OutputsDoNotMeet
    if (rst_ni && done_q && full && sending_q && !group_last) $error("fw_tile_output: a tile is finished while the one before it is being sent");
  end
`endif
endmodule
