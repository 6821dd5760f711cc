#!/usr/bin/env bash
# Lints the RTL of all cores with every tool that has to accept it: Verilator (-Wall, no warning), Icarus (-Wall, no warning),
# Yosys (elaboration, no undriven or doubly driven net), and a second Yosys as the Python package pyosys when that is there.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sources=("$root"/hdl/*/rtl/*.sv)

# Parameter sets: the edges of the ranges and what lies between (several banks, several slices, both, narrow sums, no or many tables).
sets=(
  ""
  "Lanes=8 Rows=8 Cols=8 AccBits=24"
  "Lanes=16 Rows=8 Cols=8 Tables=1"
  "Lanes=8 Rows=8 Cols=4 AccBits=17 Tables=2 Steps=3"
  "Lanes=16 Rows=4 Cols=16 ActivationWords=65536 AccDepth=500"
  "Lanes=16 Rows=16 Cols=16 Tables=3 WeightWords=1 LaneWeightWords=1 ParamWords=1 Steps=2"
  "Lanes=64 Rows=4 Cols=4 Tables=1 Steps=512"
  "TileWords=1"
  "Lanes=128 Rows=4 Cols=8 TileWords=1000"
  "WeightBits=3 Lanes=8"
  "Lanes=8 Rows=4 Cols=8 WeightBits=5 PairedProducts=1"
  "AccBits=17 WeightBits=8 PairedProducts=1"
  "AccBits=17 WeightBits=2 PairedProducts=1"
  "CodebookBits=4 Codebooks=3"
  "Lanes=16 Cols=8 WeightBits=5 CodebookBits=3 CodebookGroup=4 PairedProducts=1"
  "Lanes=8 Cols=8 CodebookBits=8 CodebookGroup=8 Codebooks=5"
  "CodebookBits=1 WeightBits=2 WeightInterval=2"
  "Lanes=64 Rows=64 Cols=4 WeightInterval=65536"
  "WeightSource=1"
  "WeightSource=1 AxiBits=128 WeightBits=2 AxiBurst=256 AxiQueue=256 AxiOutstanding=16"
  "Lanes=64 Rows=8 Cols=64 WeightSource=1 AxiBurst=1 AxiQueue=2 AxiOutstanding=1"
  "Lanes=8 Rows=8 Cols=8 WeightSource=1 AxiBits=64 WeightBits=3 AxiBurst=64 CodebookBits=2"
  "WeightSource=2"
  "WeightSource=2 FlashQuad=1 FlashDivider=3 FlashWake=1 WeightStyle=1 WeightWords=40000 FlashOffset=1048576"
  "Lanes=8 Cols=8 WeightSource=2 WeightBits=5 WeightWords=1 FlashWake=1000 WeightStyle=1"
  "Lanes=8 Rows=8 Cols=4 Requantisers=1 LaneOps=2 Roundings=1 SoftRows=3"
  "Lanes=16 Rows=8 Cols=16 Requantisers=8 LaneOps=9 SoftLanes=5"
  "Requantisers=2 LaneOps=1 SoftLanes=2 SoftRows=4"
  "PairedProducts=1 SoftRows=1 WeightBits=5"
  "Cols=2 ActivationPorts=1 Prefetch=0 LaneOps=2 RightShifts=9 LeftShifts=0 Requantisers=1 Roundings=1"
  "ActivationPorts=1 Lanes=16 Cols=8 Rows=8 ActivationWords=40000"
  "Lanes=16 Rows=8 Cols=8 EiePes=16"
  "EiePes=1 EieQueueDepth=1 EieIndexBits=2 EieCodeBits=2"
  "Lanes=8 EiePes=32 EiePlain=1 EieCodeBits=8 EieIndexBits=8 EieRegisters=2 EieCodebooks=3"
  "Lanes=16 Cols=8 EiePes=48 ActBits=16 EieRegisters=5 EieSources=1"
  "Lanes=8 EiePes=4 ActBits=16 EieSources=8"
  "EiePes=64 EieSources=64"
  "XnorCols=4 XnorSimd=8 Affine=1"
  "Lanes=16 Cols=16 XnorCols=16 XnorSimd=128 ThresholdBits=1"
  "Lanes=8 Cols=4 XnorCols=1 XnorSimd=16 XnorStages=1 ThresholdBits=4 ActBits=16"
  "XnorCols=12 XnorSimd=16 XnorStages=4 ThresholdBits=2 ThresholdWords=1 XnorWeightWords=1"
  "Lanes=128 Rows=4 Cols=8 XnorCols=2 XnorSimd=1024 ThresholdBits=1"
  "Lanes=8 Cols=8 EiePes=4 XnorCols=16 XnorSimd=32 ThresholdBits=3 ActBits=16"
  "XnorCols=4 XnorSimd=16 XnorWeightBits=8"
  "Lanes=8 Cols=8 XnorCols=16 XnorSimd=64 XnorWeightBits=2 XnorStages=1 ThresholdBits=2 ActBits=16"
  "ShiftCols=4"
  "ShiftCols=1 ShiftSimd=1 ShiftTerms=3 ShiftCodeBits=3 ShiftStages=1 ShiftWeightWords=1"
  "Lanes=16 Cols=16 ShiftCols=48 ShiftSimd=8 ShiftTerms=4 ShiftCodeBits=5 ShiftStages=4 ShiftTables=3"
  "Lanes=8 Cols=4 ShiftCols=2 ShiftSimd=8 ShiftTerms=2 ShiftCodeBits=2 XnorCols=8 XnorSimd=16 EiePes=4"
)

# The same for the link to a host: top-level module and parameters.
link=(
  "fw_uart_link"
  "fw_uart_link ClockHz=25000000 Baud=1000000 Lanes=8 InputWords=1568 OutputWords=3"
  "fw_uart_link ClockHz=1000000 Baud=125000 Lanes=128"
  "fw_uart_link ClockHz=200000000 Baud=3000000 Lanes=16 InputWords=16777215"
  "fw_reset_sync"
  "fw_reset_sync Stages=4"
)

# Power-up contents: Yosys reads them when it elaborates.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/images"
for image in steps weights weight_codebooks tiles lane_weights params tables eie thresholds xnor shift shift_tables; do echo 0 >"$work/images/$image.hex"; done
cd "$work"

fail() {
  printf 'lint-rtl: %s\n' "$1" >&2
  cat "$work/log" >&2
  exit 1
}

for tool in verilator iverilog yosys; do
  command -v "$tool" >/dev/null || { echo "lint-rtl: $tool is missing: apt-get install $tool" >&2; exit 1; }
done

# lint TOP PARAMETER=VALUE...
lint() {
  local top=$1 pairs=("${@:2}") set="${*:2}" pair parameters=() script
  verilator --lint-only -Wall --top-module "$top" "${pairs[@]/#/-G}" "${sources[@]}" >log 2>&1 || fail "Verilator refuses: $top ${set:-defaults}"
  [ ! -s log ] || fail "Verilator warns: $top ${set:-defaults}"
  for pair in "${pairs[@]}"; do parameters+=(-P "$top.$pair"); done
  iverilog -g2012 -Wall -t null -s "$top" "${parameters[@]}" "${sources[@]}" >log 2>&1 || fail "Icarus refuses: $top ${set:-defaults}"
  [ ! -s log ] || fail "Icarus warns: $top ${set:-defaults}"
  script="read_verilog -sv ${sources[*]}; hierarchy -check -top $top"
  for pair in "${pairs[@]}"; do script+=" -chparam ${pair/=/ }"; done
  script+="; proc; check -assert"
  yosys -q -p "$script" >log 2>&1 || fail "Yosys refuses: $top ${set:-defaults}"
  if python3 -c 'import pyosys' 2>/dev/null; then
    python3 - "$script" >log 2>&1 <<'PYTHON' || fail "pyosys refuses: $top ${set:-defaults}"
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.argv[1].split("; "):
    libyosys.run_pass(command, design)
PYTHON
  fi
  echo "rtl: $top: ${set:-defaults}: clean"
}

for set in "${sets[@]}"; do
  read -r -a pairs <<<"$set"
  lint fw_accelerator "${pairs[@]}"
done
for set in "${link[@]}"; do
  read -r -a pairs <<<"$set"
  lint "${pairs[@]}"
done

# A board's clock: every family's twin elaborates with its primitive.
for family in ice40 ecp5 gowin xilinx7; do
  yosys -q -p "read_verilog -sv $root/hdl/board/rtl/$family/fw_clock.sv; chparam -set Bypass 0 fw_clock; hierarchy -top fw_clock; proc; check" >log 2>&1 ||
    fail "Yosys refuses: fw_clock of $family"
  echo "rtl: fw_clock of $family: clean"
done
# The flash's clock of an ECP5: the primitive is there when synthesis is through.
yosys -q -p "read_verilog -sv $root/hdl/board/rtl/ecp5/fw_flash_clock.sv; synth_ecp5 -top fw_flash_clock; select -assert-count 1 t:USRMCLK" >log 2>&1 ||
  fail "Yosys refuses: fw_flash_clock of ecp5"
echo "rtl: fw_flash_clock of ecp5: clean"
# Products of two families: signed and unsigned ones are a block each with its register inside, wider ones are left to Yosys.
while read -r family a b signed block blocks register registers; do
  yosys -q -p "read_verilog -sv $root/hdl/board/rtl/$family/fw_block_product.sv
    chparam -set ABits $a -set BBits $b -set Signed $signed fw_block_product
    synth_$family -top fw_block_product
    select -assert-count $blocks t:$block
    select -assert-count $registers t:$register" >log 2>&1 || fail "Yosys refuses: fw_block_product of $family, $a x $b bits, Signed=$signed"
done <<'PRODUCTS'
ecp5 8 8 1 MULT18X18D 1 TRELLIS_FF 0
ecp5 16 16 0 MULT18X18D 1 TRELLIS_FF 0
ecp5 18 18 1 MULT18X18D 1 TRELLIS_FF 0
ecp5 19 8 1 MULT18X18D 1 TRELLIS_FF 27
ice40 8 8 1 SB_MAC16 1 SB_DFF 0
ice40 16 16 0 SB_MAC16 1 SB_DFF 0
PRODUCTS
echo "rtl: fw_block_product of ecp5 and ice40: clean"
for module in fw_clock fw_flash_clock fw_uart_link; do
  verilator --lint-only -Wall --top-module $module "${sources[@]}" >log 2>&1 || fail "Verilator refuses: $module"
  iverilog -g2012 -Wall -t null -s $module "${sources[@]}" >log 2>&1 || fail "Icarus refuses: $module"
  [ ! -s log ] || fail "Icarus warns: $module"
  echo "rtl: $module: clean"
done

# The shift core multiplies nothing: no multiplier is left of it, and no DSP block is used for it.
for set in "Cols=12 Simd=4 Terms=1 CodeBits=2" "Cols=4 Simd=2 Terms=4 CodeBits=5"; do
  script="read_verilog -sv ${sources[*]}; hierarchy -check -top fw_shift"
  for pair in $set; do script+=" -chparam ${pair/=/ }"; done
  script+="; proc; flatten; opt; select -assert-any t:\$add t:\$shl; select -assert-none t:\$mul; synth_xilinx -family xc7 -run begin:map_cells"
  yosys -q -p "$script; select -assert-none t:DSP*" >log 2>&1 ||
    fail "the shift core has a multiplier: $set"
  echo "rtl: fw_shift $set: no multiplier"
done
