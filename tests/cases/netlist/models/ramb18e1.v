// RAMB18E1, the block RAM of a 7 series device, as Yosys uses it for memories with a port that writes and one that reads: RAM_MODE "SDP", words of 36 bits
// that are written (or none are) and words of any width that are read, without output registers and resets. A netlist that connects a port that is not here
// is refused by the simulator, a parameter that is not here is a warning of it, another value is refused in the first cycles. Bits 0 to 15 of a word are on
// the pins of port A, the others on those of port B, and so are the parities. A word that is read while it is written is the one before in the mode READ_FIRST,
// and unknown in the others. Source: AMD UG473 (7 series memory resources).
module RAMB18E1 #(
  parameter INIT_00 = 256'h0, INIT_01 = 256'h0, INIT_02 = 256'h0, INIT_03 = 256'h0,
  parameter INIT_04 = 256'h0, INIT_05 = 256'h0, INIT_06 = 256'h0, INIT_07 = 256'h0,
  parameter INIT_08 = 256'h0, INIT_09 = 256'h0, INIT_0A = 256'h0, INIT_0B = 256'h0,
  parameter INIT_0C = 256'h0, INIT_0D = 256'h0, INIT_0E = 256'h0, INIT_0F = 256'h0,
  parameter INIT_10 = 256'h0, INIT_11 = 256'h0, INIT_12 = 256'h0, INIT_13 = 256'h0,
  parameter INIT_14 = 256'h0, INIT_15 = 256'h0, INIT_16 = 256'h0, INIT_17 = 256'h0,
  parameter INIT_18 = 256'h0, INIT_19 = 256'h0, INIT_1A = 256'h0, INIT_1B = 256'h0,
  parameter INIT_1C = 256'h0, INIT_1D = 256'h0, INIT_1E = 256'h0, INIT_1F = 256'h0,
  parameter INIT_20 = 256'h0, INIT_21 = 256'h0, INIT_22 = 256'h0, INIT_23 = 256'h0,
  parameter INIT_24 = 256'h0, INIT_25 = 256'h0, INIT_26 = 256'h0, INIT_27 = 256'h0,
  parameter INIT_28 = 256'h0, INIT_29 = 256'h0, INIT_2A = 256'h0, INIT_2B = 256'h0,
  parameter INIT_2C = 256'h0, INIT_2D = 256'h0, INIT_2E = 256'h0, INIT_2F = 256'h0,
  parameter INIT_30 = 256'h0, INIT_31 = 256'h0, INIT_32 = 256'h0, INIT_33 = 256'h0,
  parameter INIT_34 = 256'h0, INIT_35 = 256'h0, INIT_36 = 256'h0, INIT_37 = 256'h0,
  parameter INIT_38 = 256'h0, INIT_39 = 256'h0, INIT_3A = 256'h0, INIT_3B = 256'h0,
  parameter INIT_3C = 256'h0, INIT_3D = 256'h0, INIT_3E = 256'h0, INIT_3F = 256'h0,
  parameter INITP_00 = 256'h0, INITP_01 = 256'h0, INITP_02 = 256'h0, INITP_03 = 256'h0,
  parameter INITP_04 = 256'h0, INITP_05 = 256'h0, INITP_06 = 256'h0, INITP_07 = 256'h0,
  parameter INIT_A = 18'h0, INIT_B = 18'h0, // outputs at power-up
  parameter DOA_REG = 0, DOB_REG = 0,
  parameter RAM_MODE = "TDP",
  parameter READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "WRITE_FIRST", WRITE_MODE_B = "WRITE_FIRST",
  parameter SRVAL_A = 18'h0, SRVAL_B = 18'h0
) (
  input         CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB, RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input  [13:0] ADDRARDADDR, ADDRBWRADDR,
  input  [15:0] DIADI, DIBDI,
  input  [1:0]  DIPADIP, DIPBDIP, WEA,
  input  [3:0]  WEBWE,
  output [15:0] DOADO, DOBDO,
  output [1:0]  DOPADOP, DOPBDOP
);
  localparam [64*256-1:0] Contents = {
    INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38,
    INIT_37, INIT_36, INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30,
    INIT_2F, INIT_2E, INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28,
    INIT_27, INIT_26, INIT_25, INIT_24, INIT_23, INIT_22, INIT_21, INIT_20,
    INIT_1F, INIT_1E, INIT_1D, INIT_1C, INIT_1B, INIT_1A, INIT_19, INIT_18,
    INIT_17, INIT_16, INIT_15, INIT_14, INIT_13, INIT_12, INIT_11, INIT_10,
    INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B, INIT_0A, INIT_09, INIT_08,
    INIT_07, INIT_06, INIT_05, INIT_04, INIT_03, INIT_02, INIT_01, INIT_00
  };
  localparam [8*256-1:0] Parities = {
    INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00
  };

  wire [35:0] word, unused_written;
  block_ram #(.Width1(READ_WIDTH_A), .Old(WRITE_MODE_B == "READ_FIRST")) u_ram (
    .clk_i  ({CLKARDCLK, CLKBWRCLK}),
    .en_i   ({ENARDEN, ENBWREN}),
    .be_i   ({4'h0, WEBWE}),
    .addr_i ({ADDRARDADDR, ADDRBWRADDR}),
    .wdata_i({36'd0, DIPBDIP[1], DIBDI[15:8], DIPBDIP[0], DIBDI[7:0], DIPADIP[1], DIADI[15:8], DIPADIP[0], DIADI[7:0]}),
    .rdata_o({word, unused_written})
  );
  assign {DOPBDOP[1], DOBDO[15:8], DOPBDOP[0], DOBDO[7:0], DOPADOP[1], DOADO[15:8], DOPADOP[0], DOADO[7:0]} = word;

  integer i;
  initial begin
    for (i = 0; i < 2048; i = i + 1) u_ram.bytes[i] = {Parities[i], Contents[8*i+:8]};
    if (RAM_MODE != "SDP" || READ_WIDTH_A == 0 || (WRITE_WIDTH_B != 36 && WRITE_WIDTH_B != 0) || READ_WIDTH_B != 0 || WRITE_WIDTH_A != 0 || DOA_REG != 0)
      $fatal(1, "RAMB18E1: no model of RAM_MODE %0s, widths %0d and %0d read, %0d and %0d written, DOA_REG %0d", RAM_MODE, READ_WIDTH_A, READ_WIDTH_B,
        WRITE_WIDTH_A, WRITE_WIDTH_B, DOA_REG);
  end
  always @(posedge CLKARDCLK) if (RSTRAMARSTRAM !== 1'b0) $fatal(1, "RAMB18E1: a reset has no model");
endmodule
