// A memory that is read over AXI4.
wire outside_arvalid, outside_arready, outside_rvalid, outside_rready, outside_rlast;
wire [31:0] outside_araddr;
wire [7:0] outside_arlen;
wire [8*{bus_bytes}-1:0] outside_rdata;
wire [1:0] outside_rresp;
tb_axi #(
  .File("{file}"), .Count({count}), .BusBytes({bus_bytes}), .Base(32'd{base}),
  .First(64'd{first}), .Span(64'd{span}), .GapPercent(64'd{gap_percent}), .Seed(64'd{seed})
) u_outside (
  .clk(clk), .rst_n(rst_n), .arvalid(outside_arvalid), .arready(outside_arready), .araddr(outside_araddr), .arlen(outside_arlen),
  .rvalid(outside_rvalid), .rready(outside_rready), .rdata(outside_rdata), .rresp(outside_rresp), .rlast(outside_rlast)
);
