// The clock of a board, for simulation: clk_o = clk_i, locked from the start. The synthesised twins of the same name and ports lie in the
// folders of the device families; there the clock is f_i * FbDiv * FbOutDiv / (RefDiv * OutDiv), or f_i with Bypass.
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
  assign clk_o    = clk_i;
  assign locked_o = 1'b1;

`ifndef SYNTHESIS
  initial if (RefDiv < 1 || FbDiv < 1 || FbOutDiv < 1 || OutDiv < 1) $error("fw_clock: a divider is below 1");
  initial if (Bypass > 1 || Filter < 0 || InputKhz < 1) $error("fw_clock: Bypass is %0d, Filter %0d, InputKhz %0d", Bypass, Filter, InputKhz);
  initial if ($bits(InputMhz) < 8) $error("fw_clock: InputMhz and Device are texts, Device has %0d bits", $bits(Device));
`endif
endmodule
