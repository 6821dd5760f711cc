// The single-port RAM of an iCE40 UltraPlus in its vendor's block (fw_spram) beside the text that simulators take for it (twin): random reads, writes,
// both at once and idle cycles, at addresses that differ in every bit. Compared is what the modules promise: the word that was read, in the cycle after the read,
// where it has been written before. Prints `done` and the number of words compared.
module spram_tb;
  localparam integer Cycles = 60000;

  reg clk, we, re, defined;
  reg [13:0] addr;
  reg [15:0] wdata;
  wire [15:0] block_data, twin_data;
  reg written [0:16383];
  reg [31:0] random;
  integer i, compared;

  fw_spram u_block (.clk_i(clk), .we_i(we), .re_i(re), .addr_i(addr), .wdata_i(wdata), .rdata_o(block_data));
  twin u_twin (.clk_i(clk), .we_i(we), .re_i(re), .addr_i(addr), .wdata_i(wdata), .rdata_o(twin_data));

  initial begin
    for (i = 0; i < 16384; i = i + 1) written[i] = 1'b0;
    clk = 1'b0;
    compared = 0;
    random = 32'h2545f491;
    for (i = 0; i < Cycles; i = i + 1) begin
      random = $random(random);
      {we, re} = random[9:8];
      // One bit set or none, and sometimes any address.
      addr = (random[11:10] == 2'b00) ? random[31:18] : 14'd1 << random[15:12];
      random = $random(random);
      wdata = random[31:16];
      defined = re && !we && written[addr];
      if (we) written[addr] = 1'b1;
      #5 clk = 1'b1;
      #1;
      if (defined) begin
        compared = compared + 1;
        if (block_data !== twin_data || (^block_data) === 1'bx) begin
          $display("differs at address %h: block %h, twin %h", addr, block_data, twin_data);
          $finish;
        end
      end
      #4 clk = 1'b0;
    end
    $display("done %0d", compared);
    $finish;
  end
endmodule
