// The clock of an iCE40 board: f_vco = f_i * FbDiv / RefDiv, f_o = f_vco / OutDiv, OutDiv a power of two; with Bypass f_o = f_i.
// clk_i has to come from the PLL's own pad. locked_o rises when the PLL has locked. (Lattice FPGA-TN-02052, iCE40 sysCLOCK PLL.)
module fw_clock #(
  parameter int Bypass = 1,
  parameter int RefDiv = 1,
  parameter int FbDiv = 1,
  parameter int FbOutDiv = 1,
  parameter int OutDiv = 1,
  parameter int Filter = 1,
  parameter int InputKhz = 12000,
  parameter InputMhz = "12",
  parameter Device = ""
) (
  input  logic clk_i,
  output logic clk_o,
  output logic locked_o
);
  localparam logic [31:0] Ref = RefDiv - 1;
  localparam logic [31:0] Feedback = FbDiv - 1;
  localparam logic [31:0] Out = $clog2(OutDiv);
  localparam logic [31:0] Range = Filter;

  generate
    if (Bypass == 1) begin : g_bypass
      assign clk_o    = clk_i;
      assign locked_o = 1'b1;
    end else begin : g_pll
      SB_PLL40_PAD #(
        .FEEDBACK_PATH("SIMPLE"),
        .DIVR(Ref[3:0]),
        .DIVF(Feedback[6:0]),
        .DIVQ(Out[2:0]),
        .FILTER_RANGE(Range[2:0])
      ) u_pll (
        .PACKAGEPIN(clk_i),
        .PLLOUTGLOBAL(clk_o),
        .LOCK(locked_o),
        .RESETB(1'b1),
        .BYPASS(1'b0)
      );
    end
  endgenerate
endmodule
