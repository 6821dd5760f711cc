// Block RAMs of Gowin devices as Yosys uses them: without output registers, block selects and resets. A netlist that connects a port
// that is not here is refused by the simulator, a parameter that is not here is a warning of it, another value is refused in the first cycles. Byte enables take
// the place of the lowest bits of addresses in words of 18 and 36 bits. A row of INIT_RAM has 32 bytes. Source: Gowin UG285 (BSRAM and SSRAM).

// The rows' parameters, and the rows, the last one first.
`define ROWS(Row) \
  parameter INIT_RAM_00 = Row, INIT_RAM_01 = Row, INIT_RAM_02 = Row, INIT_RAM_03 = Row, \
  parameter INIT_RAM_04 = Row, INIT_RAM_05 = Row, INIT_RAM_06 = Row, INIT_RAM_07 = Row, \
  parameter INIT_RAM_08 = Row, INIT_RAM_09 = Row, INIT_RAM_0A = Row, INIT_RAM_0B = Row, \
  parameter INIT_RAM_0C = Row, INIT_RAM_0D = Row, INIT_RAM_0E = Row, INIT_RAM_0F = Row, \
  parameter INIT_RAM_10 = Row, INIT_RAM_11 = Row, INIT_RAM_12 = Row, INIT_RAM_13 = Row, \
  parameter INIT_RAM_14 = Row, INIT_RAM_15 = Row, INIT_RAM_16 = Row, INIT_RAM_17 = Row, \
  parameter INIT_RAM_18 = Row, INIT_RAM_19 = Row, INIT_RAM_1A = Row, INIT_RAM_1B = Row, \
  parameter INIT_RAM_1C = Row, INIT_RAM_1D = Row, INIT_RAM_1E = Row, INIT_RAM_1F = Row, \
  parameter INIT_RAM_20 = Row, INIT_RAM_21 = Row, INIT_RAM_22 = Row, INIT_RAM_23 = Row, \
  parameter INIT_RAM_24 = Row, INIT_RAM_25 = Row, INIT_RAM_26 = Row, INIT_RAM_27 = Row, \
  parameter INIT_RAM_28 = Row, INIT_RAM_29 = Row, INIT_RAM_2A = Row, INIT_RAM_2B = Row, \
  parameter INIT_RAM_2C = Row, INIT_RAM_2D = Row, INIT_RAM_2E = Row, INIT_RAM_2F = Row, \
  parameter INIT_RAM_30 = Row, INIT_RAM_31 = Row, INIT_RAM_32 = Row, INIT_RAM_33 = Row, \
  parameter INIT_RAM_34 = Row, INIT_RAM_35 = Row, INIT_RAM_36 = Row, INIT_RAM_37 = Row, \
  parameter INIT_RAM_38 = Row, INIT_RAM_39 = Row, INIT_RAM_3A = Row, INIT_RAM_3B = Row, \
  parameter INIT_RAM_3C = Row, INIT_RAM_3D = Row, INIT_RAM_3E = Row, INIT_RAM_3F = Row
`define CONTENTS { \
    INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, INIT_RAM_39, INIT_RAM_38, \
    INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30, \
    INIT_RAM_2F, INIT_RAM_2E, INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28, \
    INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, INIT_RAM_21, INIT_RAM_20, \
    INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18, \
    INIT_RAM_17, INIT_RAM_16, INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10, \
    INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, INIT_RAM_09, INIT_RAM_08, \
    INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00 \
  }

// Semi-dual port: port A writes, port B reads.
module SDPX9B #(
  `ROWS(288'h0),
  parameter BIT_WIDTH_0 = 36, BIT_WIDTH_1 = 36,
  parameter READ_MODE = 1'b0,
  parameter BLK_SEL_0 = 3'b000, BLK_SEL_1 = 3'b000,
  parameter RESET_MODE = "SYNC"
) (
  input         CLKA, CEA, RESETA, CLKB, CEB, RESETB, OCE,
  input  [2:0]  BLKSELA, BLKSELB,
  input  [13:0] ADA, ADB,
  input  [35:0] DI,
  output [35:0] DO
);
  localparam [64*288-1:0] Contents = `CONTENTS;

  wire [35:0] unused_written;
  block_ram #(.Width0(BIT_WIDTH_0), .Width1(BIT_WIDTH_1)) u_ram (
    .clk_i  ({CLKB, CLKA}),
    .en_i   ({CEB, CEA}),
    .be_i   ({4'h0, (BIT_WIDTH_0 < 18) ? 4'h1 : ADA[3:0]}),
    .addr_i ({ADB, ADA}),
    .wdata_i({36'd0, DI}),
    .rdata_o({DO, unused_written})
  );

  integer i;
  initial begin
    for (i = 0; i < 2048; i = i + 1) u_ram.bytes[i] = Contents[9*i+:9];
    if (READ_MODE != 1'b0) $fatal(1, "SDPX9B: a mode without a model");
    #1 if (BLKSELA !== BLK_SEL_0 || BLKSELB !== BLK_SEL_1) $fatal(1, "SDPX9B: block selects have no model");
  end
  always @(posedge CLKA or posedge CLKB) if ((RESETA | RESETB) !== 1'b0) $fatal(1, "SDPX9B: a reset has no model");
endmodule

// Single port.
module SPX9 #(
  `ROWS(288'h0),
  parameter BIT_WIDTH = 36,
  parameter READ_MODE = 1'b0,
  parameter WRITE_MODE = 2'b00,
  parameter BLK_SEL = 3'b000,
  parameter RESET_MODE = "SYNC"
) (
  input         CLK, CE, OCE, RESET, WRE,
  input  [2:0]  BLKSEL,
  input  [13:0] AD,
  input  [35:0] DI,
  output [35:0] DO
);
  localparam [64*288-1:0] Contents = `CONTENTS;

  wire [35:0] unused_other;
  block_ram #(.Width0(BIT_WIDTH), .Mode0(WRITE_MODE)) u_ram (
    .clk_i  ({1'b0, CLK}),
    .en_i   ({1'b0, CE}),
    .be_i   ({4'h0, WRE ? (BIT_WIDTH < 18) ? 4'h1 : AD[3:0] : 4'h0}),
    .addr_i ({14'd0, AD}),
    .wdata_i({36'd0, DI}),
    .rdata_o({unused_other, DO})
  );

  integer i;
  initial begin
    for (i = 0; i < 2048; i = i + 1) u_ram.bytes[i] = Contents[9*i+:9];
    if (READ_MODE != 1'b0) $fatal(1, "SPX9: a mode without a model");
    #1 if (BLKSEL !== BLK_SEL) $fatal(1, "SPX9: block selects have no model");
  end
  always @(posedge CLK) if (RESET !== 1'b0) $fatal(1, "SPX9: a reset has no model");
endmodule

// Single port with words of 1, 2 and 4 bits; bytes have eight bits.
module SP #(
  `ROWS(256'h0),
  parameter BIT_WIDTH = 32,
  parameter READ_MODE = 1'b0,
  parameter WRITE_MODE = 2'b00,
  parameter BLK_SEL = 3'b000,
  parameter RESET_MODE = "SYNC"
) (
  input         CLK, CE, OCE, RESET, WRE,
  input  [2:0]  BLKSEL,
  input  [13:0] AD,
  input  [31:0] DI,
  output [31:0] DO
);
  localparam [64*256-1:0] Contents = `CONTENTS;

  wire [39:0] unused_other;
  block_ram #(.Width0(BIT_WIDTH), .Mode0(WRITE_MODE)) u_ram (
    .clk_i  ({1'b0, CLK}),
    .en_i   ({1'b0, CE}),
    .be_i   ({4'h0, WRE ? 4'h1 : 4'h0}),
    .addr_i ({14'd0, AD}),
    .wdata_i({40'd0, DI}),
    .rdata_o({unused_other, DO})
  );

  integer i;
  initial begin
    for (i = 0; i < 2048; i = i + 1) u_ram.bytes[i] = {1'b0, Contents[8*i+:8]};
    if (READ_MODE != 1'b0 || BIT_WIDTH > 4) $fatal(1, "SP: a mode without a model");
    #1 if (BLKSEL !== BLK_SEL) $fatal(1, "SP: block selects have no model");
  end
  always @(posedge CLK) if (RESET !== 1'b0) $fatal(1, "SP: a reset has no model");
endmodule
