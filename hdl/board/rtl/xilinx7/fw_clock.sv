// The clock of a board with a 7 series device: f_vco = f_i * FbDiv / RefDiv, f_o = f_vco / OutDiv; with Bypass f_o = f_i. locked_o rises when
// the MMCM has locked. (AMD UG472, 7 Series FPGAs Clocking Resources.)
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
  generate
    if (Bypass == 1) begin : g_bypass
      assign clk_o    = clk_i;
      assign locked_o = 1'b1;
    end else begin : g_pll
      logic feedback, feedback_buffered, clk;
      MMCME2_BASE #(
        .BANDWIDTH("OPTIMIZED"),
        .CLKIN1_PERIOD(1.0e6 / InputKhz),
        .DIVCLK_DIVIDE(RefDiv),
        .CLKFBOUT_MULT_F(FbDiv * 1.0),
        .CLKOUT0_DIVIDE_F(OutDiv * 1.0)
      ) u_pll (
        .CLKIN1(clk_i),
        .CLKFBIN(feedback_buffered),
        .CLKFBOUT(feedback),
        .CLKOUT0(clk),
        .LOCKED(locked_o),
        .PWRDWN(1'b0),
        .RST(1'b0)
      );
      BUFG u_feedback (.I(feedback), .O(feedback_buffered));
      BUFG u_clk (.I(clk), .O(clk_o));
    end
  endgenerate
endmodule
