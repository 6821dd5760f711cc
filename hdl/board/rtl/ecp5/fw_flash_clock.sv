// The clock of the flash that an ECP5 is configured from: MCLK follows sclk_i after configuration, and floats in reset. The block has no output that the
// design could see, so pin_o rests. USRMCLKTS wants a signal; the vendor's tools refuse a constant there. (Lattice FPGA-TN-02039, ECP5 sysCONFIG.)
module fw_flash_clock (
  input  logic rst_ni,
  input  logic sclk_i,
  output logic pin_o
);
  USRMCLK u_block (
    .USRMCLKI (sclk_i),
    .USRMCLKTS(!rst_ni)
  );
  assign pin_o = 1'b0;
endmodule
