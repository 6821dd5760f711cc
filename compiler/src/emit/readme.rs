//! The README of an emitted design: ports, streams, register map, steps.

use crate::plan::Program;
use fretwork_hdl::Accelerator;
use fretwork_hdl::design::Port;
use fretwork_hdl::memory::Source;
use fretwork_hdl::shell::tile_list::Move;
use std::fmt::Write;

const FIXED: &str = "\
## Use it

    make icarus       # self-checking bench under Icarus Verilog
    make verilator    # the same bench under Verilator

Synthesis reads `top.sv` and `rtl/*.sv`; the memories take their contents from `images/*.hex` (`$readmemh`, paths relative to this folder).
The design starts by itself after reset and runs inference after inference.

## Ports

One clock `clk_i`, one reset `rst_ni` (asynchronous, active low; release it synchronously to the clock).

| port | protocol |
|---|---|
| `s_axis_*` | AXI4-Stream in: input words, one inference after the other |
| `m_axis_*` | AXI4-Stream out: output words, `tlast` with the last word of an inference |
| `s_axil_*` | AXI4-Lite: control and status, below |
| `probe_*` | launches, ends and memory writes of the steps, for benches; leave them open |

Lane 0 is the low byte of a word. Values are int8, or int16 with the low byte first.

## Register map (AXI4-Lite, byte addresses)

| address | access | meaning |
|---|---|---|
| 0x00000 | R | identification, `FRTW` |
| 0x00004 | R | version of the register map: 1 |
| 0x00008 | RW | bit 0: run (1 after reset); when 0 the design stops before the next inference |
| 0x0000c | R | bit 0: a step is running; bit 1: a read of weights over AXI4 failed since reset; bits 31..16: the step's index |
| 0x00010 | R | inferences finished |
| 0x00014 | R | cycles since reset, low 32 bits |
| 0x10000 | W | step table, 32 words per step; write only while nothing runs |
| 0x20000 + 8 i | R | start cycle of step i in the latest inference |
| 0x20004 + 8 i | R | end cycle of step i |
";

/// What the array's weights are read from while steps run.
fn weights(a: &Accelerator) -> (&'static str, usize, usize, &'static str) {
    let bits = a.weight_word_bytes() * 8;
    match &a.stream.source {
        Source::Rom => ("systolic weights", a.weight_words, bits, "images/weights.hex"),
        Source::Axi(axi) => ("queue of systolic weights", axi.queue, axi.bits, "read over AXI4"),
        Source::Boot(_) => ("systolic weights", a.weight_words, bits, "copied from the flash"),
    }
}

/// The ports to what lies outside the chip, and what has to lie there.
fn outside(source: &Source) -> Option<String> {
    let (ports, contents) = match source {
        Source::Rom => return None,
        Source::Axi(axi) => (
            format!("`m_axi_ar*`, `m_axi_r*`: AXI4 read master, {} bits, INCR bursts of up to {} beats, one ID", axi.bits, axi.burst),
            format!("`images/dram.bin` has to lie at address {:#x} before reset is released", axi.base),
        ),
        Source::Boot(flash) => (
            "`flash_*`: SPI NOR flash, mode 0; a line is driven where its bit of `flash_oe_o` is set".to_owned(),
            format!("`images/flash.bin` has to lie at address {:#x} of the flash; nothing starts before it is copied", flash.offset),
        ),
    };
    Some(format!("## Weights from outside the chip\n\n- {ports}\n- {contents}\n\n"))
}

/// The text of the design's README.
pub fn readme(program: &Program) -> String {
    let design = &program.design;
    let a = &design.accelerator;
    let mut text = format!("# {}: accelerator design\n\nWritten by fretwork {}.\n\n{FIXED}\n## Streams\n\n", design.name, design.version);
    if let Some(outside) = outside(&a.stream.source) {
        text.insert_str(text.len() - "## Streams\n\n".len(), &outside);
    }
    for (direction, ports) in [("in", &design.inputs), ("out", &design.outputs)] {
        for port in ports {
            let _ = writeln!(text, "- {}", stream(direction, port, a.lanes));
        }
    }
    text.push_str("\n`design.json` lists for every byte of the streams which byte of the tensor it holds (`elements`; -1: `fill`).\n");
    for step in &design.host_steps {
        let _ = writeln!(text, "- the host does: {step}");
    }
    let kib = |words: usize, bits: usize| words as f64 * bits as f64 / 8192.0;
    let mut memories = vec![
        ("activations", a.activation_words, a.lanes * 8, "-"),
        weights(a),
        ("lane weights", a.lane_weight_words, a.lanes * 8, "images/lane_weights.hex"),
        ("epilogue parameters", a.param_words * a.parts(), a.lanes / a.parts() * 72, "images/params.hex"),
        ("step table", a.steps * 32, 32, "images/steps.hex"),
        ("look-up tables (one copy per lane)", a.tables * 256 * a.lanes, 8, "images/tables.hex"),
        ("accumulators", a.acc_depth, a.cols * a.acc_bits, "-"),
    ];
    if a.tile_words > 0 {
        memories.push(("lists of weight tiles", a.tile_words, Move::BYTES * 8, "images/tiles.hex"));
    }
    if let Some(codebook) = &a.stream.codebook {
        let entries = codebook.tables << codebook.code_bits;
        let copies = a.cols / codebook.group;
        memories.push(("codebooks (one copy per group of columns)", entries * copies, a.stream.entry_bytes() * 8, "images/weight_codebooks.hex"));
    }
    if a.threshold_bits > 0 {
        memories.push(("thresholds", a.threshold_words, a.lanes * a.threshold_steps() * 32, "images/thresholds.hex"));
    }
    if let Some(xnor) = &a.xnor {
        memories.push(("binary weights", xnor.weight_words, xnor.cols * xnor.simd, "images/xnor.hex"));
    }
    if let Some(shift) = &a.shift {
        memories.push(("codes of the shift core", shift.weight_words, shift.word_bytes() * 8, "images/shift.hex"));
        memories.push(("what the codes stand for", shift.tables, shift.table_bytes() * 8, "images/shift_tables.hex"));
    }
    if let Some(eie) = &a.eie {
        memories.extend([
            ("sparse matrices, all elements", eie.pes * eie.entry_words, 8 * (eie.index_bits + eie.code_bits), "from images/eie.hex"),
            ("coded image of the sparse matrices", eie.image_words, 32, "images/eie.hex"),
        ]);
    }
    text.push_str("\n## Memories\n\n| memory | words | bits per word | KiB | image |\n|---|---|---|---|---|\n");
    for (name, words, bits, image) in memories {
        let _ = writeln!(text, "| {name} | {words} | {bits} | {:.1} | {image} |", kib(words, bits));
    }
    let _ = write!(text, "\n## Memory map and steps\n\nActivation memory: [base: height x width x words per pixel].\n\n```\n{program}```\n");
    text
}

fn stream(direction: &str, port: &Port, lanes: usize) -> String {
    let Port { name, shape, scale, zero_point, wide, words, .. } = port;
    let kind = if *wide { "int16" } else { "int8" };
    format!("{direction}: `{name}` {shape:?}, {kind}, {words} words of {lanes} bytes, real = {scale} * (value - {zero_point})")
}
