//! A technology's figures, read from TOML: each with its source, its conditions and an error band.

use super::{Count, Event, MemoryEnergy};
use serde::Deserialize;

/// One figure and where it comes from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The value, in the unit that its key names.
    pub value: f64,
    /// Who published or measured it, and how it was derived from what they give.
    pub source: String,
    /// Voltage, corner, temperature, operands.
    #[serde(default)]
    pub conditions: String,
    /// Half width of the band in which it is believed to lie, percent.
    pub band_percent: f64,
}

/// What products take.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MultiplierEnergy {
    /// Gates: in proportion to the product of the operands' widths.
    Gates {
        /// pJ for each pair of operand bits.
        pj_per_bit_pair: Figure,
    },
    /// Multiplier blocks, as many as the operands need.
    Blocks {
        /// Bits of a block's operands.
        block_bits: [usize; 2],
        /// Energy of a block's product, pJ.
        product_pj: Figure,
    },
}

/// What time takes, whatever happens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Static {
    /// Leakage of the cells that there are.
    Cells {
        /// nW for each gate equivalent (the area of a two-input NAND).
        nw_per_gate: Figure,
        /// uW for each KiB of SRAM.
        uw_per_kib: Figure,
    },
    /// The whole device's, used or not.
    Device {
        /// mW.
        power_mw: Figure,
    },
}

/// Energy figures of one technology.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    /// Its name, as options give it.
    pub name: String,
    /// What it is, for reports.
    pub title: String,
    /// Feature size, nm.
    pub node_nm: f64,
    /// The family whose estimated area says how many flip-flops are clocked and how many gates leak.
    pub area_family: String,
    /// Supply voltage, V.
    pub supply_v: f64,
    /// Clock when none is given, MHz.
    pub clock_mhz: f64,
    /// Error of a report's sum, and why.
    pub error_band: String,
    /// What products take.
    pub multiply: MultiplierEnergy,
    /// pJ per bit of a sum.
    pub add_pj_per_bit: Figure,
    /// pJ per gate.
    pub logic_pj_per_bit: Figure,
    /// pJ per flip-flop that takes new data.
    pub register_pj_per_bit: Figure,
    /// pJ per flip-flop and cycle, clock tree included.
    pub clock_pj_per_flip_flop: Figure,
    /// Memories on the chip.
    pub memory: MemoryEnergy,
    /// pJ per bit that crosses the accelerator's ports, on the chip.
    pub stream_pj_per_bit: Figure,
    /// pJ per bit from a memory outside the chip.
    pub outside_pj_per_bit: Figure,
    /// Power that does not depend on what happens.
    pub static_power: Static,
}

/// Why a technology cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TechnologyError {
    /// Not the expected TOML.
    #[error("not a technology: {0}")]
    Syntax(String),
    /// A figure that no technology has.
    #[error("{what} is {value}: it must be {rule}")]
    Value {
        /// The figure.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What would fit.
        rule: &'static str,
    },
}

impl Technology {
    /// Reads and checks a technology.
    ///
    /// # Errors
    /// Text that is no technology, and figures that are negative or not finite.
    pub fn from_toml(text: &str) -> Result<Technology, TechnologyError> {
        let technology: Technology = toml::from_str(text).map_err(|error| TechnologyError::Syntax(error.to_string()))?;
        for (what, value) in technology.values() {
            if !value.is_finite() || value < 0.0 {
                return Err(TechnologyError::Value { what, value, rule: "a finite number, not negative" });
            }
        }
        if let MemoryEnergy::Macros(macros) = &technology.memory {
            let points = &macros.points;
            let ascending =
                points.len() > 1 && points[0][0] > 0.0 && points[0][1] > 0.0 && points.windows(2).all(|p| p[0][0] < p[1][0] && p[0][1] <= p[1][1]);
            if !ascending {
                return Err(TechnologyError::Value {
                    what: "memory.points",
                    value: points.len() as f64,
                    rule: "two or more, ascending in capacity and energy",
                });
            }
        }
        if technology.clock_mhz <= 0.0 {
            return Err(TechnologyError::Value { what: "clock_mhz", value: technology.clock_mhz, rule: "above 0" });
        }
        Ok(technology)
    }

    fn values(&self) -> Vec<(&'static str, f64)> {
        let mut all = vec![
            ("node_nm", self.node_nm),
            ("supply_v", self.supply_v),
            ("clock_mhz", self.clock_mhz),
            ("add_pj_per_bit", self.add_pj_per_bit.value),
            ("logic_pj_per_bit", self.logic_pj_per_bit.value),
            ("register_pj_per_bit", self.register_pj_per_bit.value),
            ("clock_pj_per_flip_flop", self.clock_pj_per_flip_flop.value),
            ("stream_pj_per_bit", self.stream_pj_per_bit.value),
            ("outside_pj_per_bit", self.outside_pj_per_bit.value),
        ];
        match &self.multiply {
            MultiplierEnergy::Gates { pj_per_bit_pair } => all.push(("multiply.pj_per_bit_pair", pj_per_bit_pair.value)),
            MultiplierEnergy::Blocks { product_pj, .. } => all.push(("multiply.product_pj", product_pj.value)),
        }
        match &self.static_power {
            Static::Cells { nw_per_gate, uw_per_kib } => all.extend([("nw_per_gate", nw_per_gate.value), ("uw_per_kib", uw_per_kib.value)]),
            Static::Device { power_mw } => all.push(("power_mw", power_mw.value)),
        }
        all
    }

    /// Energy of one event, pJ, with operands as random as the figures' conditions say.
    pub fn event_pj(&self, event: &Event) -> f64 {
        match *event {
            Event::Multiply { a_bits, b_bits } => self.multiply_pj(a_bits, b_bits),
            Event::Add { bits } => self.add_pj_per_bit.value * bits as f64,
            Event::Logic { bits } => self.logic_pj_per_bit.value * bits as f64,
            Event::Register { bits } => self.register_pj_per_bit.value * bits as f64,
            Event::Read { words, bits } => self.memory.read_pj(words, bits),
            Event::Write { words, bits } => self.memory.write_pj(words, bits),
            Event::Stream { bits } => self.stream_pj_per_bit.value * bits as f64,
            Event::Outside { bits } => self.outside_pj_per_bit.value * bits as f64,
        }
    }

    /// Energy of a product, pJ.
    fn multiply_pj(&self, a_bits: usize, b_bits: usize) -> f64 {
        match &self.multiply {
            MultiplierEnergy::Gates { pj_per_bit_pair } => pj_per_bit_pair.value * (a_bits * b_bits) as f64,
            MultiplierEnergy::Blocks { block_bits: [wide, narrow], product_pj } => {
                let (a, b) = (a_bits.max(b_bits), a_bits.min(b_bits));
                product_pj.value * (a.div_ceil(*wide) * b.div_ceil(*narrow)) as f64
            }
        }
    }

    /// Energy of all events of a count, pJ.
    pub fn pj(&self, count: &Count) -> f64 {
        self.event_pj(&count.event) * count.times as f64
    }

    /// Energy that the clock of so many flip-flops takes in so many cycles, pJ.
    pub fn clock_pj(&self, flip_flops: f64, cycles: u64) -> f64 {
        self.clock_pj_per_flip_flop.value * flip_flops * cycles as f64
    }

    /// Static power, mW, of so many gate equivalents and so many KiB of memory.
    pub fn static_mw(&self, gates: f64, memory_kib: f64) -> f64 {
        match &self.static_power {
            Static::Cells { nw_per_gate, uw_per_kib } => nw_per_gate.value * gates * 1e-6 + uw_per_kib.value * memory_kib * 1e-3,
            Static::Device { power_mw } => power_mw.value,
        }
    }
}
