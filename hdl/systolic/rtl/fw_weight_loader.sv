// Reads the linear weight stream and keeps one weight tile ahead of the array.
//
// A descriptor {base, words, passes, table} describes one step: `words` consecutive memory words (a multiple of Rows; one word is one row of
// a tile), read `passes` times. It is taken as soon as the previous descriptor's last word has been issued, even while the previous step is
// still computing. A word is issued every Interval cycles at the most, and when the source has it (fw_weight_source: a memory on the chip always
// has, one outside the chip when the word has come). Row 0
// of a tile is issued in the cycle after the previous tile is taken (take_i) at the earliest, when its rows are all issued; the rows of a tile follow each other
// Interval cycles apart. A tile is ready as soon as its remaining rows will all arrive before its swap reaches them, and no earlier than
// three cycles after its row 0: the accumulator relies on tiles being that far apart.
//
//   ready_o(t+ReadyCycles) = row 0 of a tile has been issued in or before t and not been taken,
//                            ReadyCycles = max(3, 1 + (Rows - 1) * (Interval - 1))
//   ready_o(t+1) = the last row of a tile has been issued in or before t and not been taken, where words come from outside the chip
//   load_row_o(t+3) = one-hot row whose memory word was issued in t; weights_o(t+3) = the weights of that word
//
// A word is Cols weights, or with CodeBits > 0 the codes of Cols weights in table `table` (fw_codebook).
module fw_weight_loader #(
  parameter int Rows = 4,
  parameter int Cols = 4,
  parameter int WeightBits = 8,
  parameter int CodeBits = 0,
  parameter int CodeGroup = 1,
  parameter int Codebooks = 1,
  parameter int Interval = 1,
  parameter int Words = 16,
  parameter int Source = 0,
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
  parameter InitFile = "",
  parameter CodebookFile = ""
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       descriptor_valid_i,
  output logic                       descriptor_taken_o,
  input  logic [31:0]                base_i,
  input  logic [31:0]                words_i,
  input  logic [15:0]                passes_i,
  input  logic [15:0]                table_i,
  output logic                       loaded_o,
  output logic                       error_o,
  output logic                       m_axi_arvalid_o,
  input  logic                       m_axi_arready_i,
  output logic [31:0]                m_axi_araddr_o,
  output logic [7:0]                 m_axi_arlen_o,
  output logic [2:0]                 m_axi_arsize_o,
  output logic [1:0]                 m_axi_arburst_o,
  input  logic                       m_axi_rvalid_i,
  output logic                       m_axi_rready_o,
  input  logic [AxiBits-1:0]         m_axi_rdata_i,
  input  logic [1:0]                 m_axi_rresp_i,
  input  logic                       m_axi_rlast_i,
  output logic                       flash_csb_o,
  output logic                       flash_sclk_o,
  output logic [3:0]                 flash_io_o,
  output logic [3:0]                 flash_oe_o,
  input  logic [3:0]                 flash_io_i,
  output logic                       ready_o,
  input  logic                       take_i,
  output logic [Rows-1:0]            load_row_o,
  output logic [Cols*WeightBits-1:0] weights_o
);
  localparam int AddrBits = (Words > 1) ? $clog2(Words) : 1;
  localparam int RowBits = $clog2(Rows);
  // Words of a pass are at most those of the memory.
  localparam int LeftBits = $clog2(Words + 1) + 1;
  // Words of whole bytes, as the image has them.
  localparam int UsedBits = (CodeBits > 0) ? Cols / CodeGroup * CodeBits : Cols * WeightBits;
  localparam int WordBits = (UsedBits + 7) / 8 * 8;
  localparam int LastRow = 1 + (Rows - 1) * (Interval - 1);
  localparam int ReadyCycles = (LastRow > 3) ? LastRow : 3;

  logic                 busy_q, pending_q, ready_q, due, there, loads;
  logic [AddrBits-1:0]  addr_q, base_q;
  logic [LeftBits-1:0]  left_q, words_q;
  logic [15:0]          passes_q, table_q;
  logic [RowBits-1:0]   row_q;
  logic                 issue, starts_tile, ends_pass_q, last_pass_q;

  assign descriptor_taken_o = descriptor_valid_i && !busy_q;
  assign starts_tile = row_q == '0;
  assign issue       = busy_q && due && there && (!starts_tile || !pending_q);
  assign ready_o     = ready_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      pending_q <= 1'b0;
      ready_q   <= 1'b0;
      row_q     <= '0;
    end else begin
      if (descriptor_taken_o)                         busy_q <= 1'b1;
      else if (issue && ends_pass_q && last_pass_q)   busy_q <= 1'b0;
      if (issue && starts_tile) pending_q <= 1'b1;
      else if (take_i)          pending_q <= 1'b0;
      ready_q <= loads || (ready_q && !take_i);
      if (issue) row_q <= row_q + 1'b1;
    end
  end

  // A tile is loaded: its last row is issued, or where the pace of words is known, the last one will be in time.
  generate
    if (Source == 1) begin : gen_all_rows
      assign loads = issue && (&row_q);
    end else begin : gen_first_row
      localparam int ReadyBits = $clog2(ReadyCycles);
      logic [ReadyBits-1:0] until_ready_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)                   until_ready_q <= '0;
        else if (issue && starts_tile) until_ready_q <= ReadyBits'(ReadyCycles - 1);
        else if (until_ready_q != '0)  until_ready_q <= until_ready_q - 1'b1;
      end
      assign loads = until_ready_q == ReadyBits'(1);
    end
  endgenerate

  // Pace: cycles until the next word is due.
  generate
    if (Interval > 1) begin : gen_paced
      localparam int WaitBits = $clog2(Interval);
      logic [WaitBits-1:0] wait_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni)           wait_q <= '0;
        else if (issue)        wait_q <= WaitBits'(Interval - 1);
        else if (wait_q != '0) wait_q <= wait_q - 1'b1;
      end
      assign due = wait_q == '0;
    end else begin : gen_always
      assign due = 1'b1;
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (descriptor_taken_o) begin
      addr_q   <= base_i[AddrBits-1:0];
      base_q   <= base_i[AddrBits-1:0];
      left_q   <= words_i[LeftBits-1:0];
      words_q  <= words_i[LeftBits-1:0];
      passes_q <= passes_i;
      table_q  <= table_i;
      // Known a cycle ahead: words are many to a pass, at least the array's rows.
      ends_pass_q <= 1'b0;
      last_pass_q <= passes_i == 16'd1;
    end else if (issue) begin
      addr_q <= ends_pass_q ? base_q : addr_q + 1'b1;
      left_q <= ends_pass_q ? words_q : left_q - 1'b1;
      ends_pass_q <= left_q == LeftBits'(2) && !ends_pass_q;
      if (ends_pass_q) begin
        passes_q    <= passes_q - 16'd1;
        last_pass_q <= passes_q == 16'd2;
      end
    end
  end
  logic unused_base;
  assign unused_base = ^{base_i, words_i};

  logic [WordBits-1:0]        word;
  logic [Cols*WeightBits-1:0] weights;
  fw_weight_source #(
    .WordBits      (WordBits),
    .Words         (Words),
    .InitFile      (InitFile),
    .Source        (Source),
    .AxiBits       (AxiBits),
    .AxiBurst      (AxiBurst),
    .AxiOutstanding(AxiOutstanding),
    .AxiQueue      (AxiQueue),
    .AxiBase       (AxiBase),
    .FlashQuad     (FlashQuad),
    .FlashDivider  (FlashDivider),
    .FlashOffset   (FlashOffset),
    .FlashWake     (FlashWake),
    .Style         (Style)
  ) u_source (
    .clk_i,
    .rst_ni,
    .descriptor_valid_i,
    .descriptor_taken_i(descriptor_taken_o),
    .base_i,
    .words_i,
    .passes_i,
    .due_o (there),
    .re_i  (issue),
    .addr_i(addr_q),
    .last_i(ends_pass_q),
    .word_o(word),
    .loaded_o,
    .error_o,
    .m_axi_arvalid_o,
    .m_axi_arready_i,
    .m_axi_araddr_o,
    .m_axi_arlen_o,
    .m_axi_arsize_o,
    .m_axi_arburst_o,
    .m_axi_rvalid_i,
    .m_axi_rready_o,
    .m_axi_rdata_i,
    .m_axi_rresp_i,
    .m_axi_rlast_i,
    .flash_csb_o,
    .flash_sclk_o,
    .flash_io_o,
    .flash_oe_o,
    .flash_io_i
  );

  logic [Rows-1:0] onehot;
  generate
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      assign onehot[r] = issue && row_q == r[RowBits-1:0];
    end
  endgenerate
  fw_flags #(.Width(Rows), .Cycles(3)) u_row_flags (
    .clk_i,
    .rst_ni,
    .data_i(onehot),
    .data_o(load_row_o)
  );
  always_ff @(posedge clk_i) weights_o <= weights;
  logic unused_fill;
  assign unused_fill = ^word;

  // The cycle after the word's: weights pass, codes are looked up. The next descriptor is taken in that cycle at the earliest.
  generate
    if (CodeBits > 0) begin : gen_codebook
      fw_codebook #(
        .Cols      (Cols),
        .WeightBits(WeightBits),
        .CodeBits  (CodeBits),
        .Group     (CodeGroup),
        .Tables    (Codebooks),
        .InitFile  (CodebookFile)
      ) u_codebook (
        .clk_i,
        .table_i  (table_q),
        .codes_i  (word[UsedBits-1:0]),
        .weights_o(weights)
      );
    end else begin : gen_plain
      logic unused_table;
      assign unused_table = ^table_q;
      always_ff @(posedge clk_i) weights <= word[Cols*WeightBits-1:0];
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Rows < 4 || Rows != (1 << RowBits)) $error("fw_weight_loader: Rows is %0d, must be a power of two, at least 4", Rows);
  initial if (Interval < 1 || Interval > 65536) $error("fw_weight_loader: Interval is %0d, must be in 1..=65536", Interval);
  initial if (Source == 1 && Interval != 1) $error("fw_weight_loader: Interval is %0d, words from outside the chip come at their own pace", Interval);
  always @(posedge clk_i or negedge rst_ni) begin : TakenOnlyWhenReady
    if (rst_ni && take_i && !ready_q) $error("fw_weight_loader: a tile was taken before it was loaded");
  end
`endif
endmodule
