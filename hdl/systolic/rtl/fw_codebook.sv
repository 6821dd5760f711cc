// Decoder in the weight stream: every code stands for the weights of Group adjacent columns.
//
//   weights_o(t+1)[g] = entries[table_i(t)][codes_i(t)[g]],    g < Cols / Group
//
// Codes have CodeBits bits, group 0 in the low bits; an entry is Group weights of WeightBits bits, the lowest column in the low bits. A table
// has 2^CodeBits entries. InitFile holds the tables' entries one after the other, one per line, filled up to whole bytes. Every group of
// columns has its own copy of all tables, so that all codes of a word are looked up in one cycle.
// Sources: S. Han et al., Deep Compression, ICLR 2016 (shared weights); Y. Gong et al., Compressing Deep Convolutional Networks using Vector
// Quantization, 2014 (product quantisation).
module fw_codebook #(
  parameter int Cols = 4,
  parameter int WeightBits = 8,
  parameter int CodeBits = 4,
  parameter int Group = 1,
  parameter int Tables = 1,
  parameter InitFile = ""
) (
  input  logic                            clk_i,
  input  logic [15:0]                     table_i,
  input  logic [Cols/Group*CodeBits-1:0]  codes_i,
  output logic [Cols*WeightBits-1:0]      weights_o
);
  localparam int Groups = Cols / Group;
  localparam int EntryBits = (Group * WeightBits + 7) / 8 * 8;
  localparam int AddrBits = $clog2(Tables << CodeBits);

  logic unused_table;
  assign unused_table = ^table_i;

  generate
    for (genvar g = 0; g < Groups; g++) begin : gen_group
      logic [EntryBits-1:0] entries [Tables << CodeBits];
      logic [EntryBits-1:0] entry_q;
      logic [AddrBits-1:0]  addr;
      if (InitFile != "") begin : gen_init
        initial $readmemh(InitFile, entries);
      end
      if (AddrBits > CodeBits) begin : gen_tables
        assign addr = {table_i[AddrBits-CodeBits-1:0], codes_i[g*CodeBits+:CodeBits]};
      end else begin : gen_table
        assign addr = codes_i[g*CodeBits+:CodeBits];
      end
      always_ff @(posedge clk_i) entry_q <= entries[addr];
      assign weights_o[g*Group*WeightBits+:Group*WeightBits] = entry_q[Group*WeightBits-1:0];
      logic unused_fill;
      assign unused_fill = ^entry_q;
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (CodeBits < 1 || CodeBits > 8) $error("fw_codebook: CodeBits is %0d, must be in 1..=8", CodeBits);
  initial if (Group < 1 || Group > 8 || Group > Cols || (Group & (Group - 1)) != 0)
    $error("fw_codebook: Group is %0d, must be a power of two, 1 to 8, not above Cols = %0d", Group, Cols);
  initial if (Tables < 1 || Tables > 65536) $error("fw_codebook: Tables is %0d, must be in 1..=65536", Tables);
`endif
endmodule
