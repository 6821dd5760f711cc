//! Energy of single operations in a library's cells: small modules with random operands, measured as designs are. These are the figures of the
//! technology files; `fretwork bench events` prints them.

use super::netlist::Netlist;
use super::power::{self, Timing};
use super::replay::{Signal, Span, replay};
use super::{AsicError, Cells, map};
use serde::Serialize;

/// Cycles of random operands.
const CYCLES: u64 = 4000;

/// An operation of one width.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The operation.
    pub operation: &'static str,
    /// Bits of its operands.
    pub bits: usize,
    /// Energy of one operation, pJ.
    pub energy_pj: f64,
    /// The same for each bit, or for each pair of bits of a product.
    pub per_bit_pj: f64,
}

/// What a library's operations take.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The library.
    pub library: String,
    /// How they were measured.
    pub conditions: String,
    /// Operations.
    pub rows: Vec<Row>,
    /// Energy of a flip-flop's clock, its data idle, pJ a cycle.
    pub clock_pj_per_flip_flop: f64,
    /// What a flip-flop takes beyond that when it takes random data, pJ.
    pub register_pj_per_bit: f64,
    /// Leakage of one gate equivalent, nW, over all modules.
    pub nw_per_gate: f64,
}

/// Operations: name, expression of `a` and `b`, bits of the result beside bits of an operand, widths.
type Operation = (&'static str, &'static str, fn(usize) -> usize, &'static [usize]);

const OPERATIONS: [Operation; 5] = [
    ("multiply", "$signed(a) * $signed(b)", |bits| 2 * bits, &[4, 8, 16, 32]),
    ("add", "a + b", |bits| bits, &[8, 16, 32]),
    ("and", "a & b", |bits| bits, &[64]),
    ("exclusive or", "a ^ b", |bits| bits, &[64]),
    ("multiplex", "s ? a : b", |bits| bits, &[64]),
];

/// A module of registers around an operation.
fn verilog(expression: &str, bits: usize, result: usize) -> String {
    format!(
        "module probe (input clk_i, input s_i, input [{top}:0] a_i, input [{top}:0] b_i, output reg [{last}:0] y_o);\n\
         reg [{top}:0] a, b;\n  reg s;\n\
         always @(posedge clk_i) begin a <= a_i; b <= b_i; s <= s_i; y_o <= {expression}; end\nendmodule\n",
        top = bits - 1,
        last = result - 1
    )
}

/// A probe's report, its gate equivalents and its flip-flops.
struct Measured {
    timing: Timing,
    gates: f64,
    flip_flops: usize,
}

/// Operands are random, or stand still.
fn measure(cells: &Cells, clock_mhz: f64, text: &str, random: bool) -> Result<Measured, AsicError> {
    let work = tempfile::Builder::new().prefix("fretwork-events-").tempdir().map_err(AsicError::temporary)?;
    let json = map::map_text(text, "probe", &cells.path, &cells.library, clock_mhz, work.path())?;
    let netlist = Netlist::new(&json, "probe", &cells.library)?;
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let inputs: Vec<Signal> = netlist.inputs.iter().map(|port| operand(port.nets.len(), random, &mut state)).collect();
    let activity = replay(&netlist, &inputs, &[], Span { reset: 0, counted: 3, cycles: CYCLES })?;
    let timing = power::ask(&netlist, &activity, &cells.library, &cells.prepared, clock_mhz)?;
    Ok(Measured { timing, gates: super::area(&netlist, cells).gate_equivalents, flip_flops: netlist.flip_flops.len() })
}

fn operand(bits: usize, random: bool, state: &mut u64) -> Signal {
    let mut bit = || {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state >> 40 & 1 == 1
    };
    let cycles = if random { CYCLES } else { 1 };
    Signal { changes: (0..cycles).map(|cycle| (cycle, (0..bits).map(|_| bit()).collect())).collect() }
}

/// Measures a library's operations.
///
/// # Errors
/// Programs that are missing or fail.
pub fn figures(cells: &Cells, clock_mhz: f64) -> Result<Figures, AsicError> {
    let per_cycle = |power: power::Power| power.total_mw * 1e3 / clock_mhz;
    let (mut rows, mut leaking) = (Vec::new(), (0.0, 0.0));
    for (operation, expression, result, widths) in OPERATIONS {
        for &bits in widths {
            let found = measure(cells, clock_mhz, &verilog(expression, bits, result(bits)), true)?;
            leaking = (leaking.0 + found.timing.total.leakage_mw * 1e6, leaking.1 + found.gates);
            let energy_pj = per_cycle(found.timing.combinational);
            let share = if operation == "multiply" { bits * bits } else { bits };
            rows.push(Row { operation, bits, energy_pj, per_bit_pj: energy_pj / share as f64 });
        }
    }
    let registers = verilog("a", 64, 64);
    let of = |random| -> Result<f64, AsicError> {
        let found = measure(cells, clock_mhz, &registers, random)?;
        let leakage = Timing { sequential: power::Power { total_mw: found.timing.sequential.leakage_mw, ..Default::default() }, ..found.timing };
        Ok((per_cycle(found.timing.sequential) - per_cycle(leakage.sequential)) / found.flip_flops as f64)
    };
    let (idle, busy) = (of(false)?, of(true)?);
    Ok(Figures {
        library: cells.library.name.clone(),
        conditions: format!("{}, {CYCLES} cycles of random operands, every operand new in every cycle, {clock_mhz} MHz", super::CONDITIONS),
        rows,
        clock_pj_per_flip_flop: idle,
        register_pj_per_bit: busy - idle,
        nw_per_gate: leaking.0 / leaking.1,
    })
}

impl Figures {
    /// The figures as a table.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.library, self.conditions);
        for row in &self.rows {
            text += &format!("  {:<13} {:>3} bits {:>9.4} pJ {:>9.5} pJ a bit\n", row.operation, row.bits, row.energy_pj, row.per_bit_pj);
        }
        text += &format!("  flip-flop     {:.5} pJ a cycle, {:.5} pJ more with new data\n", self.clock_pj_per_flip_flop, self.register_pj_per_bit);
        text + &format!("  leakage       {:.4} nW a gate equivalent\n", self.nw_per_gate)
    }
}
