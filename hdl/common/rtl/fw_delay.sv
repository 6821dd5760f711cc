// Shift register: data_o(t) = data_i(t - Cycles). Without reset: the contents are data, not state.
module fw_delay #(
  parameter int Width = 1,
  parameter int Cycles = 1
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);
  generate
    if (Cycles == 0) begin : gen_wire
      // A wire has no use for the clock.
      logic unused_clk;
      assign unused_clk = clk_i;
      assign data_o = data_i;
    end else if (Cycles == 1) begin : gen_single
      always_ff @(posedge clk_i) data_o <= data_i;
    end else begin : gen_shift
      logic [Width*Cycles-1:0] shift_q;
      always_ff @(posedge clk_i) shift_q <= {shift_q[Width*(Cycles-1)-1:0], data_i};
      assign data_o = shift_q[Width*Cycles-1-:Width];
    end
  endgenerate
endmodule
