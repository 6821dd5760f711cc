// Multipliers of ECP5 and Gowin devices as Yosys infers them, without registers, cascades and other inputs; an ECP5's also with its output register, as
// hdl/board instantiates it. Yosys has no simulation models of them. A netlist that connects a port that is not here is refused by the simulator, one that
// sets another parameter by the test. Sources: Lattice FPGA-TN-02205 (ECP5 sysDSP), Gowin UG287 (DSP).

// p_o = a_i * b_i, each of them signed or not.
module multiplier #(
  parameter W = 18
) (
  input  [W-1:0]   a_i,
  input  [W-1:0]   b_i,
  input            a_signed_i,
  input            b_signed_i,
  output [2*W-1:0] p_o
);
  wire signed [W:0] a = {a_signed_i & a_i[W-1], a_i};
  wire signed [W:0] b = {b_signed_i & b_i[W-1], b_i};
  wire signed [2*W+1:0] p = a * b;
  assign p_o = p[2*W-1:0];
endmodule

module MULT18X18D #(
  parameter REG_OUTPUT_CLK = "NONE",
  parameter GSR = "ENABLED"
) (
  input CLK0, CE0, RST0,
  input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
  input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
  input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
  input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10,
    P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
  wire [35:0] product;
  reg [35:0] product_q;
  multiplier #(.W(18)) u_multiplier (
    .a_i({A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0}),
    .b_i({B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0}),
    .a_signed_i(SIGNEDA),
    .b_signed_i(SIGNEDB),
    .p_o(product)
  );
  // Reset by RST0 with the clock, enabled by CE0.
  always @(posedge CLK0) begin
    if (RST0)     product_q <= 36'd0;
    else if (CE0) product_q <= product;
  end
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7,
    P6, P5, P4, P3, P2, P1, P0} = (REG_OUTPUT_CLK == "CLK0") ? product_q : product;
endmodule

module MULT9X9 (
  input CLK, CE, RESET, ASIGN, BSIGN,
  input [8:0] SIA, SIB,
  input ASEL, BSEL,
  input [8:0] A, B,
  output [17:0] DOUT
);
  multiplier #(.W(9)) u_multiplier (.a_i(A), .b_i(B), .a_signed_i(ASIGN), .b_signed_i(BSIGN), .p_o(DOUT));
endmodule

module MULT18X18 (
  input CLK, CE, RESET, ASIGN, BSIGN,
  input [17:0] SIA, SIB,
  input ASEL, BSEL,
  input [17:0] A, B,
  output [35:0] DOUT
);
  multiplier #(.W(18)) u_multiplier (.a_i(A), .b_i(B), .a_signed_i(ASIGN), .b_signed_i(BSIGN), .p_o(DOUT));
endmodule

module MULT36X36 (
  input CLK, CE, RESET, ASIGN, BSIGN,
  input [35:0] A, B,
  output [71:0] DOUT
);
  multiplier #(.W(36)) u_multiplier (.a_i(A), .b_i(B), .a_signed_i(ASIGN), .b_signed_i(BSIGN), .p_o(DOUT));
endmodule
