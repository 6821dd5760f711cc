// An SPI flash.
wire outside_csb, outside_sclk;
wire [3:0] outside_data_in, outside_data_out;
tb_flash #(.File("{file}"), .Count({count}), .Base(32'd{base})) u_outside (
  .clk(clk), .rst_n(rst_n), .csb(outside_csb), .sclk(outside_sclk), .data_in(outside_data_in), .data_out(outside_data_out)
);
