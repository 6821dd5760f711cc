#!/usr/bin/env bash
# Proves RTL equal to its specification, by SAT in Yosys: the popcount tree of 64 inputs against a sum written as a loop. A tree with an adder
# replaced has to fail, or the proof proves nothing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v yosys >/dev/null || { echo "prove-rtl: yosys is missing: apt-get install yosys" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >spec.sv <<'SV'
module spec #(parameter int Width = 8, parameter int Bits = $clog2(Width + 1)) (
  input  logic [Width-1:0] bits_i,
  output logic [Bits-1:0]  count_o
);
  always_comb begin
    count_o = '0;
    for (int i = 0; i < Width; i++) count_o = count_o + Bits'(bits_i[i]);
  end
endmodule
SV
cat >tree.sv <<'SV'
module tree #(parameter int Width = 8, parameter int Bits = $clog2(Width + 1)) (
  input  logic [Width-1:0] bits_i,
  output logic [Bits-1:0]  count_o
);
  fw_popcount #(.Width(Width), .Stages(0)) u_tree (.clk_i(1'b0), .bits_i, .count_o);
endmodule
SV

# equal WIDTH POPCOUNT: whether the tree in the file is the specification.
equal() {
  local script="read_verilog -sv tree.sv $2 $root/hdl/common/rtl/fw_delay.sv; chparam -set Width $1 tree; hierarchy -top tree; proc; flatten"
  script+="; opt_clean; rename -top tree; design -stash tree; read_verilog -sv spec.sv; chparam -set Width $1 spec; hierarchy -top spec; proc"
  script+="; rename -top spec; design -stash spec; design -copy-from spec -as spec spec; design -copy-from tree -as tree tree"
  script+="; miter -equiv -flatten spec tree miter; hierarchy -top miter; proc; opt -fast; sat -verify -prove trigger 0 miter"
  yosys -q -p "$script" >log 2>&1
}

popcount=$root/hdl/common/rtl/fw_popcount.sv
equal 64 "$popcount" || { cat log >&2; echo "prove-rtl: fw_popcount of 64 inputs is not the number of ones" >&2; exit 1; }
echo "rtl: fw_popcount of 64 inputs: proven"
sed "s/Bits'(low) + Bits'(high)/Bits'(low) | Bits'(high)/" "$popcount" >wrong.sv
! cmp -s "$popcount" wrong.sv || { echo "prove-rtl: the adder to replace is not there" >&2; exit 1; }
! equal 64 wrong.sv && grep -q "proof did fail" log || { cat log >&2; echo "prove-rtl: a wrong tree passes" >&2; exit 1; }
