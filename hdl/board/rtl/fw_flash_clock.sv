// The clock of a flash whose pin belongs to the device's configuration, for simulation: pin_o = sclk_i, and low in reset. On the device the pin lies
// behind a block of the family's folder and is no port of the design; pin_o is there for benches alone.
module fw_flash_clock (
  input  logic rst_ni,
  input  logic sclk_i,
  output logic pin_o
);
  assign pin_o = sclk_i && rst_ni;
endmodule
