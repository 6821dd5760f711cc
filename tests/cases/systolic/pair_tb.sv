// Every activation against pairs of weights, through fw_pe_pair; prints "done <checks>", or the first product that differs.
//
// A pair is loaded, swapped in with the activation -128, and met by all others in the cycles after it. Exhaustive: with all pairs of weights;
// else with those of eight values each. What comes from above changes with every product.
module pair_tb;
  parameter int WeightBits = 4;
  parameter int Exhaustive = 0;
  localparam int Values = (Exhaustive != 0) ? 1 << WeightBits : 8;

  reg clk, swap, load;
  reg [7:0] a;
  reg [2*WeightBits-1:0] w;
  reg [63:0] above;
  wire [63:0] sums;
  wire [7:0] a_out;
  wire swap_out, load_out;
  integer first, second, value, checks, low, high;

  fw_pe_pair #(.AccBits(32), .WeightBits(WeightBits)) u_pair (
    .clk_i(clk),
    .a_i(a),
    .swap_i(swap),
    .load_i(load),
    .w_i(w),
    .psum_i(above),
    .a_o(a_out),
    .swap_o(swap_out),
    .load_o(load_out),
    .psum_o(sums)
  );

  // Weight number `index`: all of them, or the ends of the range and what lies around 0 and half way.
  function automatic integer weight(input integer index);
    if (Exhaustive != 0) weight = index - (1 << (WeightBits - 1));
    else
      case (index)
        0: weight = -(1 << (WeightBits - 1));
        1: weight = -(1 << (WeightBits - 1)) + 1;
        2: weight = -(1 << (WeightBits - 2));
        3: weight = -1;
        4: weight = 0;
        5: weight = 1;
        6: weight = (1 << (WeightBits - 2)) + 1;
        default: weight = (1 << (WeightBits - 1)) - 1;
      endcase
  endfunction

  task automatic tick;
    #1 clk = 1;
    #1 clk = 0;
  endtask

  initial begin
    clk = 0; swap = 0; load = 0; a = 0; w = 0; above = 0; checks = 0;
    for (first = 0; first < Values; first = first + 1)
      for (second = 0; second < Values; second = second + 1) begin
        low = weight(first);
        high = weight(second);
        load = 1;
        w = {high[WeightBits-1:0], low[WeightBits-1:0]};
        tick;
        load = 0;
        w = ~w;
        for (value = -128; value < 128; value = value + 1) begin
          swap = value == -128;
          a = value[7:0];
          tick;
          swap = 0;
          a = 8'd77;
          tick;
          // The product is in its register; the partial sum of this cycle is added to it.
          above = {32'd1000000 - checks, checks};
          tick;
          if (sums !== {32'd1000000 - checks + value * high, checks + value * low}) begin
            $display("wrong: %0d times %0d and %0d: %0d, %0d", value, low, high, $signed(sums[31:0]) - checks, $signed(sums[63:32]) - 1000000 + checks);
            $finish;
          end
          checks = checks + 1;
        end
      end
    $display("done %0d", checks);
    $finish;
  end
endmodule
