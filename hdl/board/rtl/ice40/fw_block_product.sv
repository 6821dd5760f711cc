// Product with a register behind it, the same as hdl/common/rtl/fw_block_product.sv: out_o(t+1) = a_i(t) * b_i(t). Up to 16 x 16 bits the register is the one
// behind the multiplier of an SB_MAC16, into which Yosys is not allowed to move any (its pass ice40_dsp makes wrong netlists). (Lattice FPGA-TN-02007,
// iCE40 DSP function.)
module fw_block_product #(
  parameter int ABits = 8,
  parameter int BBits = 8,
  parameter int Signed = 1
) (
  input  logic                   clk_i,
  input  logic [ABits-1:0]       a_i,
  input  logic [BBits-1:0]       b_i,
  output logic [ABits+BBits-1:0] out_o
);
  generate
    if (ABits <= 16 && BBits <= 16) begin : gen_block
      logic [31:0] product;
      assign out_o = product[ABits+BBits-1:0];
      SB_MAC16 #(
        .PIPELINE_16x16_MULT_REG2(1'b1),
        .TOPOUTPUT_SELECT        (2'b11),
        .BOTOUTPUT_SELECT        (2'b11),
        .A_SIGNED                (Signed != 0),
        .B_SIGNED                (Signed != 0)
      ) u_block (
        .CLK       (clk_i),
        .CE        (1'b1),
        .A         (16'({{16{Signed != 0 && a_i[ABits-1]}}, a_i})),
        .B         (16'({{16{Signed != 0 && b_i[BBits-1]}}, b_i})),
        .C         (16'd0),
        .D         (16'd0),
        .AHOLD     (1'b0),
        .BHOLD     (1'b0),
        .CHOLD     (1'b0),
        .DHOLD     (1'b0),
        .IRSTTOP   (1'b0),
        .IRSTBOT   (1'b0),
        .ORSTTOP   (1'b0),
        .ORSTBOT   (1'b0),
        .OLOADTOP  (1'b0),
        .OLOADBOT  (1'b0),
        .ADDSUBTOP (1'b0),
        .ADDSUBBOT (1'b0),
        .OHOLDTOP  (1'b0),
        .OHOLDBOT  (1'b0),
        .CI        (1'b0),
        .ACCUMCI   (1'b0),
        .SIGNEXTIN (1'b0),
        .O         (product)
      );
    end else if (Signed != 0) begin : gen_signed
      always_ff @(posedge clk_i) out_o <= $signed(a_i) * $signed(b_i);
    end else begin : gen_unsigned
      always_ff @(posedge clk_i) out_o <= a_i * b_i;
    end
  endgenerate
endmodule
