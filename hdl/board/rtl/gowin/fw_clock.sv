// The clock of a Gowin board: f_o = f_i * FbDiv / RefDiv, f_vco = f_o * OutDiv; with Bypass f_o = f_i. FbOutDiv equals OutDiv, as the loop
// closes behind the output's divider. locked_o rises when the PLL has locked. (Gowin UG286, Gowin clock.)
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
      rPLL #(
        .FCLKIN(InputMhz),
        .DEVICE(Device),
        .IDIV_SEL(RefDiv - 1),
        .FBDIV_SEL(FbDiv - 1),
        .ODIV_SEL(OutDiv),
        .DYN_IDIV_SEL("false"),
        .DYN_FBDIV_SEL("false"),
        .DYN_ODIV_SEL("false"),
        .PSDA_SEL("0000"),
        .DYN_DA_EN("false"),
        .DUTYDA_SEL("1000"),
        .CLKOUT_FT_DIR(1'b1),
        .CLKOUTP_FT_DIR(1'b1),
        .CLKOUT_DLY_STEP(0),
        .CLKOUTP_DLY_STEP(0),
        .CLKFB_SEL("internal"),
        .CLKOUT_BYPASS("false"),
        .CLKOUTP_BYPASS("false"),
        .CLKOUTD_BYPASS("false"),
        .DYN_SDIV_SEL(2),
        .CLKOUTD_SRC("CLKOUT"),
        .CLKOUTD3_SRC("CLKOUT")
      ) u_pll (
        .CLKIN(clk_i),
        .CLKFB(1'b0),
        .RESET(1'b0),
        .RESET_P(1'b0),
        .FBDSEL(6'd0),
        .IDSEL(6'd0),
        .ODSEL(6'd0),
        .PSDA(4'd0),
        .DUTYDA(4'd0),
        .FDLY(4'd0),
        .CLKOUT(clk_o),
        .LOCK(locked_o)
      );
    end
  endgenerate
endmodule
