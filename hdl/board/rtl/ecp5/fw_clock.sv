// The clock of an ECP5 board: f_vco = f_i * FbDiv * FbOutDiv / RefDiv, f_o = f_vco / OutDiv; with Bypass f_o = f_i. The first output (divided
// by FbOutDiv) closes the loop, the second is the clock. locked_o rises when the PLL has locked. (Lattice FPGA-TN-02200, ECP5 sysCLOCK PLL.)
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
      logic feedback;
      // Charge pump and loop filter as the vendor's tool sets them for loops of this kind.
      (* ICP_CURRENT = "12", LPF_RESISTOR = "8", MFG_ENABLE_FILTEROPAMP = "1", MFG_GMCREF_SEL = "2" *)
      EHXPLLL #(
        .PLLRST_ENA("DISABLED"),
        .INTFB_WAKE("DISABLED"),
        .STDBY_ENABLE("DISABLED"),
        .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"),
        .OUTDIVIDER_MUXB("DIVB"),
        .OUTDIVIDER_MUXC("DIVC"),
        .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(RefDiv),
        .CLKFB_DIV(FbDiv),
        .FEEDBK_PATH("CLKOP"),
        .CLKOP_ENABLE("ENABLED"),
        .CLKOP_DIV(FbOutDiv),
        .CLKOP_CPHASE(FbOutDiv - 1),
        .CLKOP_FPHASE(0),
        .CLKOS_ENABLE("ENABLED"),
        .CLKOS_DIV(OutDiv),
        .CLKOS_CPHASE(OutDiv - 1),
        .CLKOS_FPHASE(0)
      ) u_pll (
        .CLKI(clk_i),
        .CLKFB(feedback),
        .CLKOP(feedback),
        .CLKOS(clk_o),
        .LOCK(locked_o),
        .RST(1'b0),
        .STDBY(1'b0),
        .PHASESEL0(1'b0),
        .PHASESEL1(1'b0),
        .PHASEDIR(1'b1),
        .PHASESTEP(1'b1),
        .PHASELOADREG(1'b1),
        .PLLWAKESYNC(1'b0),
        .ENCLKOP(1'b0),
        .ENCLKOS(1'b0)
      );
    end
  endgenerate
endmodule
