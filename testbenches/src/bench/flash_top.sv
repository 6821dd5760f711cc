// A board whose flash has its clock from a block of the device, with a flash at its pins, for benches: a clock, a reset and two wires.
module flash_top #(
  parameter int Count = 1,  // bytes of weights
  parameter int Base = 0    // address of the first of them in the flash
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic rx_i,
  output logic tx_o,
  output logic led_o
);
  logic cs, mosi, wp, hold;
  logic [3:0] data;

  board u_board (
    .clk_i,
    .button_i    (!rst_ni),
    .rx_i,
    .tx_o,
    .flash_cs_o  (cs),
    .flash_mosi_o(mosi),
    .flash_wp_o  (wp),
    .flash_hold_o(hold),
    .flash_miso_i(data[1]),
    .led_o
  );
  tb_flash #(.File("images/flash.bin"), .Count(Count), .Base(Base)) u_flash (
    .clk     (clk_i),
    .rst_n   (rst_ni),
    .csb     (cs),
    .sclk    (u_board.u_flash_clock.pin_o),
    .data_in ({hold, wp, 1'b1, mosi}),
    .data_out(data)
  );

  always @(posedge clk_i) begin : NeitherProtectedNorHeld
    if (rst_ni && !(wp && hold)) $error("flash_top: write protect is %b and hold %b, must both be high", wp, hold);
  end
endmodule
