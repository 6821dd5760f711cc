// AXI4 read master: fetches the words of a descriptor ahead of their use, by INCR bursts, into a queue of bus beats.
//
// A descriptor {base, words, passes} asks for `words` consecutive words from word `base` on, `passes` times. A word takes WordBytes bytes (a
// power of two) from address Base + WordBytes * index on. Every pass is read from the beat that holds its first word to the beat that holds
// its last one. A descriptor is taken when all bursts of the one before are requested, so the reader runs ahead of the words' use by what the
// queue holds, across passes and descriptors.
//
//   A burst ends at the next multiple of Burst beats, or at the end of the pass. Burst beats are at most 4 KiB, so none crosses such a boundary.
//   A burst is requested when the address channel is free, fewer than Outstanding bursts wait for their last beat, and the queue has room for
//   all of it beside what is requested already: rready_o is always high.
//
// A descriptor taken in t has its first burst's address on the bus from t+2 on. A beat that arrives in t is on offer (beat_valid_o) from t+2 on.
// error_o rises with a response that is not OKAY, and stays. Source: AMBA AXI4 specification (Arm IHI 0022), chapter A3.
module fw_axi_reader #(
  parameter int DataBits = 32,
  parameter int Burst = 16,
  parameter int Outstanding = 4,
  parameter int QueueBeats = 64,
  parameter int WordBytes = 4,
  parameter logic [31:0] Base = 32'd0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                descriptor_valid_i,
  output logic                descriptor_taken_o,
  input  logic [31:0]         base_i,
  input  logic [31:0]         words_i,
  input  logic [15:0]         passes_i,
  output logic                arvalid_o,
  input  logic                arready_i,
  output logic [31:0]         araddr_o,
  output logic [7:0]          arlen_o,
  output logic [2:0]          arsize_o,
  output logic [1:0]          arburst_o,
  input  logic                rvalid_i,
  output logic                rready_o,
  input  logic [DataBits-1:0] rdata_i,
  input  logic [1:0]          rresp_i,
  input  logic                rlast_i,
  output logic                error_o,
  output logic                beat_valid_o,
  input  logic                beat_take_i,
  output logic [DataBits-1:0] beat_o
);
  localparam int BeatBytes = DataBits / 8;
  localparam int BeatShift = $clog2(BeatBytes);
  localparam int WordShift = $clog2(WordBytes);
  localparam int CountBits = 32 - BeatShift;
  localparam int BurstBits = $clog2(Burst);
  localparam int RoomBits = $clog2(QueueBeats) + 1;
  localparam int WaitBits = $clog2(Outstanding + 2);

  // First and last beat of a pass.
  logic [CountBits-1:0] first, last;
  generate
    if (WordShift >= BeatShift) begin : gen_words_of_beats
      assign first = CountBits'(base_i << (WordShift - BeatShift));
      assign last  = CountBits'((base_i + words_i) << (WordShift - BeatShift)) - 1'b1;
    end else begin : gen_beats_of_words
      assign first = CountBits'(base_i >> (BeatShift - WordShift));
      assign last  = CountBits'((base_i + words_i - 32'd1) >> (BeatShift - WordShift));
    end
  endgenerate

  logic                 active_q, arvalid_q, error_q;
  logic [CountBits-1:0] first_q, last_q, beat_q, left;
  logic [15:0]          passes_q;
  logic [31:0]          araddr_q;
  logic [7:0]           arlen_q;
  logic [RoomBits-1:0]  room_q;
  logic [WaitBits-1:0]  waiting_q;
  logic [8:0]           most, beats;
  logic                 request, ends_pass, arrives, completes, freed;

  assign descriptor_taken_o = descriptor_valid_i && !active_q;

  assign left = last_q - beat_q + 1'b1;
  generate
    if (Burst > 1) begin : gen_bursts
      assign most = 9'(Burst) - 9'(beat_q[BurstBits-1:0]);
    end else begin : gen_single
      assign most = 9'd1;
    end
  endgenerate
  assign ends_pass = left <= CountBits'(most);
  assign beats     = ends_pass ? left[8:0] : most;
  assign request   = active_q && (!arvalid_q || arready_i) && waiting_q < WaitBits'(Outstanding) && room_q >= RoomBits'(beats);
  assign arrives   = rvalid_i && rready_o;
  assign completes = arrives && rlast_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q  <= 1'b0;
      arvalid_q <= 1'b0;
      error_q   <= 1'b0;
      room_q    <= RoomBits'(QueueBeats);
      waiting_q <= '0;
    end else begin
      if (descriptor_taken_o)                                active_q <= 1'b1;
      else if (request && ends_pass && passes_q == 16'd1)    active_q <= 1'b0;
      arvalid_q <= request || (arvalid_q && !arready_i);
      error_q   <= error_q || (arrives && rresp_i != 2'b00);
      room_q    <= room_q - (request ? RoomBits'(beats) : '0) + RoomBits'(freed);
      waiting_q <= waiting_q + WaitBits'(request) - WaitBits'(completes);
    end
  end

  always_ff @(posedge clk_i) begin
    if (descriptor_taken_o) begin
      first_q  <= first;
      last_q   <= last;
      beat_q   <= first;
      passes_q <= passes_i;
    end else if (request) begin
      beat_q <= ends_pass ? first_q : beat_q + CountBits'(beats);
      if (ends_pass) passes_q <= passes_q - 16'd1;
    end
    if (request) begin
      araddr_q <= Base + {beat_q, {BeatShift{1'b0}}};
      arlen_q  <= beats[7:0] - 8'd1;
    end
  end

  assign arvalid_o = arvalid_q;
  assign araddr_o  = araddr_q;
  assign arlen_o   = arlen_q;
  assign arsize_o  = BeatShift[2:0];
  assign arburst_o = 2'b01;
  assign rready_o  = 1'b1;
  assign error_o   = error_q;

  fw_read_queue #(.Width(DataBits), .Depth(QueueBeats)) u_queue (
    .clk_i,
    .rst_ni,
    .push_i     (arrives),
    .push_data_i(rdata_i),
    .read_o     (freed),
    .pop_valid_o(beat_valid_o),
    .pop_ready_i(beat_take_i),
    .pop_data_o (beat_o)
  );

`ifndef SYNTHESIS
  initial if (DataBits != 32 && DataBits != 64 && DataBits != 128) $error("fw_axi_reader: DataBits is %0d, must be 32, 64 or 128", DataBits);
  initial if (Burst < 1 || Burst > 256 || (Burst & (Burst - 1)) != 0) $error("fw_axi_reader: Burst is %0d, must be a power of two, 1 to 256", Burst);
  initial if (Outstanding < 1 || Outstanding > 64) $error("fw_axi_reader: Outstanding is %0d, must be in 1..=64", Outstanding);
  initial if (QueueBeats < Burst) $error("fw_axi_reader: QueueBeats is %0d, must be at least Burst = %0d", QueueBeats, Burst);
  initial if (WordBytes != (1 << WordShift)) $error("fw_axi_reader: WordBytes is %0d, must be a power of two", WordBytes);
  initial if (Base[11:0] != 12'd0) $error("fw_axi_reader: Base is %h, must be a multiple of 4096", Base);
  logic        held_q;
  logic [31:0] held_addr_q;
  logic [7:0]  held_len_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_q <= 1'b0;
    else         held_q <= arvalid_o && !arready_i;
  end
  always_ff @(posedge clk_i) begin
    held_addr_q <= araddr_o;
    held_len_q  <= arlen_o;
  end
  always @(posedge clk_i or negedge rst_ni) begin : RequestStaysOnOffer
    if (rst_ni && held_q && (!arvalid_o || araddr_o != held_addr_q || arlen_o != held_len_q))
      $error("fw_axi_reader: a request changed before it was accepted");
  end
  always @(posedge clk_i or negedge rst_ni) begin : NoBurstCrossesFourKib
    if (rst_ni && arvalid_o && 32'(araddr_o[11:0]) + (32'(arlen_o) + 32'd1) * BeatBytes > 32'd4096)
      $error("fw_axi_reader: the burst at %h of %0d beats crosses a boundary of 4 KiB", araddr_o, arlen_o);
  end
  always @(posedge clk_i or negedge rst_ni) begin : OutstandingIsBounded
    if (rst_ni && waiting_q > WaitBits'(Outstanding)) $error("fw_axi_reader: %0d bursts are outstanding", waiting_q);
    if (rst_ni && completes && waiting_q == '0) $error("fw_axi_reader: a burst ended that was not requested");
  end
`endif
endmodule
