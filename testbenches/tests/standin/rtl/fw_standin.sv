// A stand-in for a real design: three steps that load four words, XOR them with an image, and send them out.
// Step 1 writes all banks for even words and bank 0 alone for odd ones.
module fw_standin #(
  parameter integer Lanes = 8,
  parameter integer Banks = 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [8*Lanes-1:0] in_data_i,
  output logic               out_valid_o,
  input  logic               out_ready_i,
  output logic [8*Lanes-1:0] out_data_o,
  output logic               out_last_o,
  output logic               start_o,
  output logic               end_o,
  output logic [15:0]        step_o,
  output logic [Banks-1:0]   we_o,
  output logic [15:0]        addr_o,
  output logic [8*Lanes-1:0] data_o
);
  localparam integer BankBits = 8 * Lanes / Banks;
  localparam [Banks-1:0] OneBank = 1;
  localparam [1:0] Load = 2'd0;
  localparam [1:0] Xor = 2'd1;
  localparam [1:0] Store = 2'd2;

  logic [8*Lanes-1:0] mem [0:7];
  logic [8*Lanes-1:0] image [0:3];
  logic [1:0] step_q, count_q;
  logic busy_q;

  integer i;
  initial begin
    for (i = 0; i < 8; i = i + 1) mem[i] = 0;
    $readmemh("images/xor.hex", image);
  end

  logic fires, last;
  assign in_ready_o = busy_q && step_q == Load;
  assign out_valid_o = busy_q && step_q == Store;
  assign out_data_o = mem[{1'b1, count_q}];
  assign last = count_q == 2'd3;
  assign out_last_o = last;
  assign fires = busy_q && (step_q == Load ? in_valid_i : step_q == Store ? out_ready_i : 1'b1);

  assign start_o = rst_ni && !busy_q;
  assign end_o = fires && last;
  assign step_o = {14'd0, step_q};
  assign addr_o = {13'd0, step_q == Xor, count_q};
  assign data_o = step_q == Load ? in_data_i : mem[{1'b0, count_q}] ^ image[count_q];

  always_comb begin
    we_o = 0;
    if (fires && step_q == Load) we_o = {Banks{1'b1}};
    if (fires && step_q == Xor) we_o = {Banks{!count_q[0]}} | OneBank;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      step_q <= Load;
      count_q <= 2'd0;
    end else begin
      if (!busy_q) busy_q <= 1'b1;
      if (fires) count_q <= count_q + 2'd1;
      if (end_o) begin
        busy_q <= 1'b0;
        step_q <= step_q == Store ? Load : step_q + 2'd1;
      end
    end
  end

  genvar b;
  generate
    for (b = 0; b < Banks; b = b + 1) begin : g_bank
      always_ff @(posedge clk_i) begin
        if (we_o[b]) mem[addr_o[2:0]][b*BankBits +: BankBits] <= data_o[b*BankBits +: BankBits];
      end
    end
  endgenerate
endmodule
