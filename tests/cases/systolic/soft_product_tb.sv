// Operands through fw_soft_product; prints "done <checks>", or the first product that differs.
//
// All pairs of operands where there are at most 65,536; else the ends of both ranges and others at random.
module soft_product_tb;
  parameter int ABits = 8;
  parameter int BBits = 8;
  localparam int Bits = ABits + BBits;
  localparam int Checks = (Bits <= 16) ? 1 << Bits : 65536;

  logic signed [ABits-1:0] a;
  logic signed [BBits-1:0] b;
  logic signed [Bits-1:0]  product, expected;
  logic        [Bits-1:0]  both;

  fw_soft_product #(.ABits(ABits), .BBits(BBits)) u_product (
    .a_i  (a),
    .b_i  (b),
    .out_o(product)
  );

  initial begin
    for (int check = 0; check < Checks; check++) begin
      both = (Bits <= 16) ? Bits'(check) : {$random, $random};
      {a, b} = both;
      if (Bits > 16 && check[3:0] == 4'd0) a = {check[4], {(ABits - 1) {!check[4]}}};
      if (Bits > 16 && check[4:1] == 4'd0) b = {check[5], {(BBits - 1) {!check[5]}}};
      expected = a * b;
      #1;
      if (product !== expected) begin
        $display("wrong: %0d times %0d: %0d", a, b, product);
        $finish;
      end
    end
    $display("done %0d", Checks);
    $finish;
  end
endmodule
