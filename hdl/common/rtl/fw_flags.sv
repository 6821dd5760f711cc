// Shift register with reset: data_o(t) = data_i(t - Cycles), zero while and after reset. For flags that start actions.
module fw_flags #(
  parameter int Width = 1,
  parameter int Cycles = 2
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);
  logic [Width*Cycles-1:0] shift_q;

  generate
    if (Cycles == 1) begin : gen_single
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) shift_q <= '0;
        else         shift_q <= data_i;
      end
    end else begin : gen_shift
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) shift_q <= '0;
        else         shift_q <= {shift_q[Width*(Cycles-1)-1:0], data_i};
      end
    end
  endgenerate

  assign data_o = shift_q[Width*Cycles-1-:Width];
endmodule
