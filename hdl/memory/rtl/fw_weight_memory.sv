// Weight memory that is written after reset and then only read: rdata(t+1) = mem[raddr(t)] when re(t).
//
// Style 0: a block RAM with a write and a read port (fw_ram). Style 1: single-port RAMs of 16,384 words of 16 bits (fw_spram), side by side for the
// width and one after the other for the depth; never is a word read in a cycle in which one is written.
module fw_weight_memory #(
  parameter int Width = 32,
  parameter int Depth = 16,
  parameter int Style = 0,
  parameter int AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] waddr_i,
  input  logic [Width-1:0]    wdata_i,
  input  logic                re_i,
  input  logic [AddrBits-1:0] raddr_i,
  output logic [Width-1:0]    rdata_o
);
  generate
    if (Style == 0) begin : gen_dual
      fw_ram #(.Width(Width), .Depth(Depth)) u_words (
        .clk_i,
        .we_i,
        .waddr_i,
        .wdata_i,
        .re_i,
        .raddr_i,
        .rdata_o
      );
    end else begin : gen_single
      localparam int Across = (Width + 15) / 16;
      localparam int Banks = (Depth + 16383) / 16384;
      localparam int BankBits = (Banks > 1) ? $clog2(Banks) : 1;
      logic [31:0]                addr;
      logic [BankBits-1:0]        bank, bank_q;
      logic [Across*16-1:0]       wdata;
      logic [Banks*Across*16-1:0] rdata;
      logic [Across*16-1:0]       selected;
      assign addr  = we_i ? 32'(waddr_i) : 32'(raddr_i);
      assign bank  = addr[14+:BankBits];
      assign wdata = (Across * 16)'(wdata_i);
      always_ff @(posedge clk_i) if (re_i) bank_q <= bank;
      for (genvar b = 0; b < Banks; b++) begin : gen_bank
        for (genvar a = 0; a < Across; a++) begin : gen_block
          fw_spram u_block (
            .clk_i,
            .we_i   (we_i && bank == BankBits'(b)),
            .re_i   (re_i && bank == BankBits'(b)),
            .addr_i (addr[13:0]),
            .wdata_i(wdata[a*16+:16]),
            .rdata_o(rdata[(b*Across+a)*16+:16])
          );
        end
      end
      assign selected = rdata[32'(bank_q)*Across*16+:Across*16];
      assign rdata_o  = selected[Width-1:0];
      logic unused_rest;
      assign unused_rest = ^{addr, selected};
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (Style < 0 || Style > 1) $error("fw_weight_memory: Style is %0d, must be 0 or 1", Style);
  always @(posedge clk_i) begin : ReadOrWritten
    if (Style == 1 && we_i && re_i) $error("fw_weight_memory: a word is read while another one is written");
  end
`endif
endmodule
