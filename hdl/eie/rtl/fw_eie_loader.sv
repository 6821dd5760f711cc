// Loads the engine's memories once after reset from a bit stream with canonical Huffman codes.
//
// The stream (32-bit words, highest bit first; the format is in the README) holds the codebooks and one section per step. Within a section
// three Huffman tables (entries per column, zero runs, weight codes) are followed by every element's columns. A code has at most 15 bits.
// Raw fields, table entries, pointers and flushes take one cycle each, a Huffman symbol two. loaded_o rises after the section with no
// columns.
// Source: S. Han et al., "Deep Compression", ICLR 2016, section 4; canonical decoding after E. Schwartz, CACM 1964.
module fw_eie_loader #(
  parameter int Pes = 4,
  parameter int IndexBits = 4,
  parameter int CodeBits = 4,
  parameter int Codebooks = 1,
  parameter int Words = 16,
  parameter InitFile = ""
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        loaded_o,
  output logic        pointer_o,
  output logic        entry_o,
  output logic        flush_o,
  output logic        code_o,
  output logic [15:0] pe_o,
  output logic [15:0] addr_o,
  output logic [15:0] data_o
);
  localparam int AddrBits = (Words > 1) ? $clog2(Words) : 1;
  localparam int CodeValues = Codebooks << CodeBits;
  localparam logic [3:0] StCode = 4'd0;
  localparam logic [3:0] StColumns = 4'd1;
  localparam logic [3:0] StBase = 4'd2;
  localparam logic [3:0] StLengths = 4'd3;
  localparam logic [3:0] StSymbols = 4'd4;
  localparam logic [3:0] StPointer = 4'd5;
  localparam logic [3:0] StDecode = 4'd6;
  localparam logic [3:0] StAct = 4'd7;
  localparam logic [3:0] StFlush = 4'd8;
  localparam logic [3:0] StDone = 4'd9;
  localparam logic [1:0] TableCount = 2'd0;
  localparam logic [1:0] TableRun = 2'd1;
  localparam logic [1:0] TableCode = 2'd2;

  // Window: the next bits of the stream, left aligned. A word is always there to refill it.
  logic [63:0]         window_q, shifted;
  logic [6:0]          fill_q, kept;
  logic [4:0]          consume;
  logic                primed_q, refill, ready;
  logic [AddrBits-1:0] word_q, word_d;
  logic [31:0]         word;
  assign ready   = fill_q >= 7'd16;
  assign kept    = fill_q - {2'd0, consume};
  assign refill  = primed_q && kept <= 7'd32;
  assign shifted = window_q << consume;
  assign word_d  = refill ? word_q + 1'b1 : word_q;
  fw_rom #(.Width(32), .Depth(Words), .InitFile(InitFile)) u_stream (
    .clk_i,
    .re_i   (1'b1),
    .raddr_i(word_d),
    .rdata_o(word)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      primed_q <= 1'b0;
      fill_q   <= '0;
      word_q   <= '0;
      window_q <= '0;
    end else begin
      primed_q <= 1'b1;
      fill_q   <= refill ? kept + 7'd32 : kept;
      word_q   <= word_d;
      window_q <= refill ? (shifted | ({word, 32'd0} >> kept)) : shifted;
    end
  end

  // Huffman tables: for each length the end of its codes (left aligned to 15 bits), its first code and the number of its first symbol.
  logic [3*15*16-1:0] limits_q, firsts_q;
  logic [3*15*9-1:0]  offsets_q;
  logic [3:0]         state_q, length_q;
  logic [1:0]         table_q;
  logic [15:0]        next_code_q, code_end;
  logic [8:0]         symbols_q, symbol_q;
  logic [5:0]         slot;
  logic [8:0]         length_count;
  assign length_count = window_q[63-:9];
  assign slot         = {4'd0, table_q} * 6'd15 + {2'd0, length_q};
  assign code_end     = next_code_q + {7'd0, length_count};

  logic [15*16-1:0] limits, firsts;
  logic [15*9-1:0]  offsets;
  logic [14:0]      hits, shortest;
  logic [15:0]      code, first;
  logic [8:0]       symbol_index, offset;
  logic [3:0]       code_length;
  assign limits  = limits_q[table_q*15*16+:15*16];
  assign firsts  = firsts_q[table_q*15*16+:15*16];
  assign offsets = offsets_q[table_q*15*9+:15*9];
  generate
    for (genvar l = 0; l < 15; l++) begin : gen_length
      assign hits[l] = {1'b0, window_q[63-:15]} < limits[l*16+:16];
    end
  endgenerate
  assign shortest = hits & (~hits + 15'd1);
  always_comb begin
    code_length = '0;
    first       = '0;
    offset      = '0;
    for (int l = 0; l < 15; l++) begin
      if (shortest[l]) begin
        code_length = 4'(l + 1);
        first       = firsts[l*16+:16];
        offset      = offsets[l*9+:9];
      end
    end
  end
  assign code         = {1'b0, window_q[63-:15]} >> (4'd15 - code_length);
  assign symbol_index = offset + code[8:0] - first[8:0];
  logic unused_high;
  assign unused_high = ^{code[15:9], first[15:9], symbol_index[8]};

  logic [7:0] symbol, symbol_bits;
  fw_ram #(.Width(8), .Depth(1024)) u_symbols (
    .clk_i,
    .we_i   (state_q == StSymbols && ready && symbol_q != symbols_q),
    .waddr_i({table_q, symbol_q[7:0]}),
    .wdata_i(symbol_bits),
    .re_i   (state_q == StDecode),
    .raddr_i({table_q, symbol_index[7:0]}),
    .rdata_o(symbol)
  );
  logic [4:0] symbol_width;
  assign symbol_width = (table_q == TableCount) ? 5'd8 : (table_q == TableRun) ? IndexBits[4:0] : CodeBits[4:0];
  assign symbol_bits  = window_q[63-:8] >> (4'd8 - symbol_width[3:0]);

  // Walk over the stream.
  logic [15:0] columns_q, base_q, column_q, pe_q, left_q, code_addr_q;
  logic [7:0]  run_q;
  logic        decodes_on;
  assign decodes_on = table_q == TableCount && symbol == 8'd255;
  always_comb begin
    case (state_q)
      StCode, StColumns, StBase: consume = ready ? 5'd16 : 5'd0;
      StLengths:                 consume = ready ? 5'd9 : 5'd0;
      StSymbols:                 consume = (ready && symbol_q != symbols_q) ? symbol_width : 5'd0;
      StDecode:                  consume = ready ? {1'b0, code_length} : 5'd0;
      default:                   consume = 5'd0;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= (CodeValues > 0) ? StCode : StColumns;
      code_addr_q <= '0;
      table_q     <= TableCount;
      length_q    <= '0;
      pe_q        <= '0;
      column_q    <= '0;
      left_q      <= '0;
      next_code_q <= '0;
      symbols_q   <= '0;
      symbol_q    <= '0;
    end else begin
      case (state_q)
        StCode: if (ready) begin
          code_addr_q <= code_addr_q + 16'd1;
          if (code_addr_q == CodeValues[15:0] - 16'd1) state_q <= StColumns;
        end
        StColumns: if (ready) begin
          state_q <= (window_q[63-:16] == 16'd0) ? StDone : StBase;
        end
        StBase: if (ready) begin
          state_q     <= StLengths;
          table_q     <= TableCount;
          length_q    <= '0;
          next_code_q <= '0;
          symbols_q   <= '0;
          pe_q        <= '0;
          column_q    <= '0;
        end
        StLengths: if (ready) begin
          next_code_q <= code_end << 1;
          symbols_q   <= symbols_q + length_count;
          length_q    <= length_q + 4'd1;
          symbol_q    <= '0;
          if (length_q == 4'd14) state_q <= StSymbols;
        end
        StSymbols: if (symbol_q == symbols_q) begin
          table_q     <= (table_q == TableCode) ? TableCount : table_q + 2'd1;
          length_q    <= '0;
          next_code_q <= '0;
          symbols_q   <= '0;
          state_q     <= (table_q == TableCode) ? StPointer : StLengths;
        end else if (ready) begin
          symbol_q <= symbol_q + 9'd1;
        end
        StPointer: begin
          left_q  <= '0;
          table_q <= TableCount;
          if (column_q == columns_q) state_q <= StFlush;
          else                       state_q <= StDecode;
          column_q <= column_q + 16'd1;
        end
        StFlush: begin
          column_q <= '0;
          pe_q     <= pe_q + 16'd1;
          state_q  <= (pe_q == Pes[15:0] - 16'd1) ? StColumns : StPointer;
        end
        StDecode: if (ready) state_q <= StAct;
        StAct: case (table_q)
          TableCount: begin
            left_q <= left_q + {8'd0, symbol};
            if (decodes_on)                              state_q <= StDecode;
            else if (left_q + {8'd0, symbol} == 16'd0)   state_q <= StPointer;
            else begin
              table_q <= TableRun;
              state_q <= StDecode;
            end
          end
          TableRun: begin
            table_q <= TableCode;
            state_q <= StDecode;
          end
          default: begin
            left_q  <= left_q - 16'd1;
            table_q <= TableRun;
            state_q <= (left_q == 16'd1) ? StPointer : StDecode;
          end
        endcase
        default: state_q <= StDone;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StColumns) columns_q <= window_q[63-:16];
    if (state_q == StBase) base_q <= window_q[63-:16];
    if (state_q == StAct && table_q == TableRun) run_q <= symbol;
    if (state_q == StLengths && ready) begin
      limits_q[slot*16+:16] <= code_end << (4'd14 - length_q);
      firsts_q[slot*16+:16] <= next_code_q;
      offsets_q[slot*9+:9]  <= symbols_q;
    end
  end

  assign loaded_o  = state_q == StDone;
  assign pointer_o = state_q == StPointer;
  assign flush_o   = state_q == StFlush;
  assign entry_o   = state_q == StAct && table_q == TableCode;
  assign code_o    = state_q == StCode && ready;
  assign pe_o      = pe_q;
  assign addr_o    = code_o ? code_addr_q : base_q + column_q;
  assign data_o    = code_o ? window_q[63-:16] : (16'(run_q) << CodeBits) | {8'd0, symbol};
endmodule
