// Where the words of the systolic core's weight stream come from.
//
//   Source 0: a memory on the chip that is filled when the design is loaded (fw_rom); a word can be read in every cycle
//   Source 1: a memory outside the chip, over AXI4 (fw_axi_reader); due_o tells in which cycles the next word is there
//   Source 2: a memory on the chip that is filled from an SPI flash after reset (fw_flash_boot, fw_weight_memory); loaded_o tells when
//
//   word_o(t+1) = the word of addr_i(t) when re_i(t), which may be high only with due_o
//
// Words of source 1 come in the order of the descriptors {base, words, passes}, and addr_i has to follow it: the descriptor is taken here once, no
// later than the reader of the words takes it (descriptor_taken_i). last_i marks the last word of a pass. A word of WordBits lies in a power of
// two of bytes in the memory outside, in whole bytes in the flash.
module fw_weight_source #(
  parameter int Source = 0,
  parameter int WordBits = 32,
  parameter int Words = 16,
  parameter InitFile = "",
  parameter int AxiBits = 32,
  parameter int AxiBurst = 16,
  parameter int AxiOutstanding = 4,
  parameter int AxiQueue = 64,
  parameter logic [31:0] AxiBase = 32'd0,
  parameter int FlashQuad = 0,
  parameter int FlashDivider = 1,
  parameter int FlashOffset = 0,
  parameter int FlashWake = 100,
  parameter int Style = 0,
  parameter int AddrBits = (Words > 1) ? $clog2(Words) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                descriptor_valid_i,
  input  logic                descriptor_taken_i,
  input  logic [31:0]         base_i,
  input  logic [31:0]         words_i,
  input  logic [15:0]         passes_i,
  output logic                due_o,
  input  logic                re_i,
  input  logic [AddrBits-1:0] addr_i,
  input  logic                last_i,
  output logic [WordBits-1:0] word_o,
  output logic                loaded_o,
  output logic                error_o,
  output logic                m_axi_arvalid_o,
  input  logic                m_axi_arready_i,
  output logic [31:0]         m_axi_araddr_o,
  output logic [7:0]          m_axi_arlen_o,
  output logic [2:0]          m_axi_arsize_o,
  output logic [1:0]          m_axi_arburst_o,
  input  logic                m_axi_rvalid_i,
  output logic                m_axi_rready_o,
  input  logic [AxiBits-1:0]  m_axi_rdata_i,
  input  logic [1:0]          m_axi_rresp_i,
  input  logic                m_axi_rlast_i,
  output logic                flash_csb_o,
  output logic                flash_sclk_o,
  output logic [3:0]          flash_io_o,
  output logic [3:0]          flash_oe_o,
  input  logic [3:0]          flash_io_i
);
  generate
    if (Source == 1) begin : gen_axi
      // A power of two of bytes.
      localparam int Padded = 8 << $clog2(WordBits / 8);
      localparam int Lanes = (AxiBits > Padded) ? AxiBits / Padded : 1;
      localparam int LaneBits = (Lanes > 1) ? $clog2(Lanes) : 1;
      logic                taken, taken_q, beat_valid, beat_take;
      logic [AxiBits-1:0]  beat;
      logic [Padded-1:0]   word;
      logic [LaneBits-1:0] lane;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) taken_q <= 1'b0;
        else         taken_q <= (taken_q || taken) && !descriptor_taken_i;
      end
      fw_axi_reader #(
        .DataBits   (AxiBits),
        .Burst      (AxiBurst),
        .Outstanding(AxiOutstanding),
        .QueueBeats (AxiQueue),
        .WordBytes  (Padded / 8),
        .Base       (AxiBase)
      ) u_reader (
        .clk_i,
        .rst_ni,
        .descriptor_valid_i(descriptor_valid_i && !taken_q),
        .descriptor_taken_o(taken),
        .base_i,
        .words_i,
        .passes_i,
        .arvalid_o(m_axi_arvalid_o),
        .arready_i(m_axi_arready_i),
        .araddr_o (m_axi_araddr_o),
        .arlen_o  (m_axi_arlen_o),
        .arsize_o (m_axi_arsize_o),
        .arburst_o(m_axi_arburst_o),
        .rvalid_i (m_axi_rvalid_i),
        .rready_o (m_axi_rready_o),
        .rdata_i  (m_axi_rdata_i),
        .rresp_i  (m_axi_rresp_i),
        .rlast_i  (m_axi_rlast_i),
        .error_o,
        .beat_valid_o(beat_valid),
        .beat_take_i (beat_take),
        .beat_o      (beat)
      );
      assign lane = LaneBits'(addr_i);
      fw_beat_words #(.BeatBits(AxiBits), .WordBits(Padded)) u_words (
        .clk_i,
        .rst_ni,
        .beat_valid_i(beat_valid),
        .beat_take_o (beat_take),
        .beat_i      (beat),
        .word_valid_o(due_o),
        .word_take_i (re_i),
        .lane_i      (lane),
        .last_i,
        .word_o      (word)
      );
      always_ff @(posedge clk_i) if (re_i) word_o <= word[WordBits-1:0];
      assign loaded_o = 1'b1;
      logic unused_axi;
      assign unused_axi = ^{addr_i, word};
`ifndef SYNTHESIS
      always @(posedge clk_i or negedge rst_ni) begin : DescriptorsInOrder
        if (rst_ni && descriptor_taken_i && !(taken || taken_q))
          $error("fw_weight_source: the words of a descriptor are read before they are requested");
      end
`endif
    end else begin : gen_chip
      assign due_o           = 1'b1;
      assign error_o         = 1'b0;
      assign m_axi_arvalid_o = 1'b0;
      assign m_axi_araddr_o  = '0;
      assign m_axi_arlen_o   = '0;
      assign m_axi_arsize_o  = '0;
      assign m_axi_arburst_o = '0;
      assign m_axi_rready_o  = 1'b0;
      logic unused_chip;
      assign unused_chip = ^{descriptor_valid_i, descriptor_taken_i, base_i, words_i, passes_i, last_i, m_axi_arready_i, m_axi_rvalid_i,
                             m_axi_rdata_i, m_axi_rresp_i, m_axi_rlast_i};
    end

    if (Source == 2) begin : gen_boot
      logic                we;
      logic [AddrBits-1:0] waddr;
      logic [WordBits-1:0] wdata;
      fw_flash_boot #(
        .Words     (Words),
        .WordBytes (WordBits / 8),
        .Offset    (FlashOffset),
        .Quad      (FlashQuad),
        .Divider   (FlashDivider),
        .WakeCycles(FlashWake)
      ) u_boot (
        .clk_i,
        .rst_ni,
        .loaded_o,
        .we_o   (we),
        .waddr_o(waddr),
        .wdata_o(wdata),
        .flash_csb_o,
        .flash_sclk_o,
        .flash_io_o,
        .flash_oe_o,
        .flash_io_i
      );
      fw_weight_memory #(.Width(WordBits), .Depth(Words), .Style(Style)) u_weights (
        .clk_i,
        .we_i   (we),
        .waddr_i(waddr),
        .wdata_i(wdata),
        .re_i,
        .raddr_i(addr_i),
        .rdata_o(word_o)
      );
    end else begin : gen_no_flash
      assign flash_csb_o  = 1'b1;
      assign flash_sclk_o = 1'b0;
      assign flash_io_o   = '0;
      assign flash_oe_o   = '0;
      logic unused_flash;
      assign unused_flash = ^flash_io_i;
    end

    if (Source == 0) begin : gen_rom
      assign loaded_o = 1'b1;
      fw_rom #(.Width(WordBits), .Depth(Words), .InitFile(InitFile)) u_weights (
        .clk_i,
        .re_i,
        .raddr_i(addr_i),
        .rdata_o(word_o)
      );
      logic unused_reset;
      assign unused_reset = rst_ni;
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Source < 0 || Source > 2) $error("fw_weight_source: Source is %0d, must be in 0..=2", Source);
`endif
endmodule
