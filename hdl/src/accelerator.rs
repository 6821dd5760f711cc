//! The accelerator's parameters: array shape and memory sizes, as the top level's Verilog parameters carry them.

use crate::eie::Eie;
use crate::lean::Lean;
use crate::shift::ShiftCore;
use crate::systolic::WeightStream;
use crate::trim::Trim;
use crate::xnor::XnorCore;
use serde::{Deserialize, Serialize};

/// Parameters of one accelerator. Word counts are depths of memories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accelerator {
    /// Bytes per activation word; a power of two, 4 to 128.
    pub lanes: usize,
    /// Rows of the systolic array (inputs per tile); a power of two, 4 to `lanes`, at most 64.
    pub rows: usize,
    /// Columns of the systolic array (outputs per tile); a power of two, 2 to `lanes`, at most 64; at least 8 with 128 lanes.
    pub cols: usize,
    /// Width of the array's partial sums, 17 to 32 bits.
    pub acc_bits: usize,
    /// Pixels per tile that the accumulator memory holds.
    pub acc_depth: usize,
    /// Activation memory, words of `lanes` bytes; at most 65,536.
    pub activation_words: usize,
    /// Systolic weight memory, words of [`Accelerator::weight_word_bytes`].
    pub weight_words: usize,
    /// How the array's weights are stored and multiplied.
    #[serde(default, skip_serializing_if = "WeightStream::is_plain")]
    pub stream: WeightStream,
    /// Lane weight memory, words of `lanes` bytes.
    pub lane_weight_words: usize,
    /// Epilogue parameter memory, words of `lanes` times 72 bits.
    pub param_words: usize,
    /// Look-up tables of 256 bytes.
    pub tables: usize,
    /// Entries of the step table.
    pub steps: usize,
    /// Memory for lists of weight tiles, entries; 0: the gather takes none.
    #[serde(default)]
    pub tile_words: usize,
    /// The sparse engine, when there is one.
    #[serde(default)]
    pub eie: Option<Eie>,
    /// The binary core, when there is one.
    #[serde(default)]
    pub xnor: Option<XnorCore>,
    /// The shift core, when there is one.
    #[serde(default)]
    pub shift: Option<ShiftCore>,
    /// What the shell does without.
    #[serde(flatten)]
    pub lean: Lean,
    /// What the hardware has of shell and lanes; all of it when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trim: Option<Trim>,
    /// The epilogue can add its bias behind the multiplication.
    #[serde(default)]
    pub affine: bool,
    /// Bits of the widest output of thresholds, 0 to 4; 0: the epilogue has none.
    #[serde(default)]
    pub threshold_bits: usize,
    /// Threshold memory, words of `lanes` times `2^threshold_bits - 1` steps.
    #[serde(default)]
    pub threshold_words: usize,
}

/// Why something does not fit a core or an accelerator, and what would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Misfit {
    /// What does not fit: the value and the limit.
    pub what: String,
    /// What would fit.
    pub remedy: String,
}

impl Misfit {
    /// A misfit from its two halves.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Misfit {
        Misfit { what: what.into(), remedy: remedy.into() }
    }
}

/// Most bits of an output that thresholds compute.
pub const MAX_THRESHOLD_BITS: usize = 4;

/// Most bytes of an activation word.
pub const MAX_LANES: usize = 128;
/// Most parts of a word that are written separately; a part is as wide as the array has columns.
const MAX_BANKS: usize = 16;
/// Most rows or columns of the systolic array.
pub const MAX_SIDE: usize = 64;

/// Largest activation memory that the 16-bit word addresses reach.
pub const MAX_ACTIVATION_WORDS: usize = 1 << 16;

impl Accelerator {
    /// An accelerator of the given shape with the smallest memories; the planner enlarges them to what a program needs.
    pub fn with_shape(lanes: usize, rows: usize, cols: usize) -> Accelerator {
        Accelerator {
            lanes,
            rows,
            cols,
            acc_bits: 32,
            acc_depth: 512,
            activation_words: 2,
            weight_words: 1,
            stream: WeightStream::PLAIN,
            lane_weight_words: 1,
            param_words: 1,
            tables: 0,
            steps: 2,
            tile_words: 0,
            eie: None,
            xnor: None,
            shift: None,
            lean: Lean::default(),
            trim: None,
            affine: false,
            threshold_bits: 0,
            threshold_words: 1,
        }
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self) -> Result<(), Misfit> {
        let side = self.lanes.min(MAX_SIDE);
        let shape = [("lanes", self.lanes, 4, MAX_LANES), ("rows", self.rows, 4, side), ("cols", self.cols, (self.lanes / MAX_BANKS).max(2), side)];
        for (name, value, least, most) in shape {
            if !value.is_power_of_two() || value < least || value > most {
                let remedy = format!("{name} must be a power of two in {least}..={most}");
                return Err(Misfit::new(format!("{name} is {value}"), remedy));
            }
        }
        let ranges = [
            ("acc_bits", self.acc_bits, 17, 32),
            ("acc_depth", self.acc_depth, 4, MAX_ACTIVATION_WORDS),
            ("activation_words", self.activation_words, 2, MAX_ACTIVATION_WORDS),
            ("param_words", self.param_words, 1, MAX_ACTIVATION_WORDS),
            ("steps", self.steps, 2, 512),
            ("soft_rows", self.lean.soft_rows, 0, self.rows),
            ("soft_lanes", self.lean.soft_lanes, 0, self.lanes),
        ];
        for (name, value, least, most) in ranges {
            if value < least || value > most {
                let remedy = format!("{name} must be in {least}..={most}");
                return Err(Misfit::new(format!("{name} is {value}"), remedy));
            }
        }
        if self.threshold_bits > MAX_THRESHOLD_BITS {
            let remedy = format!("threshold_bits must be in 0..={MAX_THRESHOLD_BITS}");
            return Err(Misfit::new(format!("threshold_bits is {}", self.threshold_bits), remedy));
        }
        self.validate_requantisers()?;
        if let Some(depth) = self.lean.store_depth.filter(|depth| ![2, 4, 8].contains(depth)) {
            return Err(Misfit::new(format!("store_depth is {depth}"), "store_depth must be 2, 4 or 8"));
        }
        self.stream.validate(self.cols)?;
        self.stream.source.validate(self.weight_words, self.weight_word_bytes(), self.stream.interval)?;
        self.xnor.as_ref().map_or(Ok(()), |xnor| xnor.validate(self.lanes))?;
        self.shift.as_ref().map_or(Ok(()), |shift| shift.validate(self.lanes))?;
        self.eie.as_ref().map_or(Ok(()), |eie| eie.validate(self.lanes))
    }

    fn validate_requantisers(&self) -> Result<(), Misfit> {
        let others = self.eie.is_some() || self.xnor.is_some() || self.shift.is_some() || self.threshold_bits > 0;
        if self.lean.single_port && others {
            return Err(Misfit::new("single_port is true", "beside thresholds, eie, xnor or shift the activation memory must have two ports"));
        }
        let Some(given) = self.lean.requantisers else { return Ok(()) };
        if !given.is_power_of_two() || given >= self.lanes {
            let remedy = format!("requantisers must be a power of two in 1..={}; leave them out for one per lane", self.lanes / 2);
            return Err(Misfit::new(format!("requantisers is {given}"), remedy));
        }
        if others {
            let remedy = "beside thresholds, eie, xnor or shift there must be one per lane: leave them out".to_owned();
            return Err(Misfit::new(format!("requantisers is {given}"), remedy));
        }
        Ok(())
    }

    /// Ports of the activation memory.
    pub fn activation_ports(&self) -> usize {
        if self.lean.single_port { 1 } else { 2 }
    }

    /// Cycles in which the requantisers take a word: its lanes come in so many parts.
    pub fn parts(&self) -> usize {
        self.lean.requantisers.map_or(1, |requantisers| self.lanes / requantisers.max(1))
    }

    /// An accelerator that runs the programs of both, where they differ in nothing but the sizes of memories; each memory is the larger one.
    pub fn covering(&self, other: &Accelerator) -> Option<Accelerator> {
        let (mut own, mut theirs) = (self.clone(), other.clone());
        for (a, b) in own.memories().into_iter().zip(theirs.memories()) {
            (*a, *b) = ((*a).max(*b), (*a).max(*b));
        }
        (own == theirs).then_some(own)
    }

    /// Sizes of the memories, in an order that depends on the cores that there are.
    fn memories(&mut self) -> Vec<&mut usize> {
        let mut all = vec![
            &mut self.acc_depth,
            &mut self.activation_words,
            &mut self.weight_words,
            &mut self.lane_weight_words,
            &mut self.param_words,
            &mut self.threshold_words,
            &mut self.tables,
            &mut self.steps,
            &mut self.tile_words,
        ];
        if let Some(codebook) = &mut self.stream.codebook {
            all.push(&mut codebook.tables);
        }
        if let Some(eie) = &mut self.eie {
            all.extend([&mut eie.codebooks, &mut eie.pointers, &mut eie.image_words, &mut eie.entry_words]);
        }
        if let Some(xnor) = &mut self.xnor {
            all.push(&mut xnor.weight_words);
        }
        if let Some(shift) = &mut self.shift {
            all.extend([&mut shift.weight_words, &mut shift.tables]);
        }
        all
    }

    /// Steps of every channel in the threshold memory.
    pub fn threshold_steps(&self) -> usize {
        (1 << self.threshold_bits) - 1
    }

    /// Bits of the widest activation that the epilogue writes, 8 or 16.
    pub fn act_bits(&self) -> usize {
        let eie = self.eie.as_ref().map_or(8, |eie| eie.act_bits);
        let xnor = self.xnor.as_ref().map_or(8, |xnor| xnor.act_bits);
        eie.max(xnor)
    }

    /// Banks of the activation memory: parts of a word that are written separately.
    pub fn banks(&self) -> usize {
        self.lanes / self.cols
    }

    /// Bytes of a word of the systolic weight memory.
    pub fn weight_word_bytes(&self) -> usize {
        self.stream.word_bytes(self.cols)
    }

    /// Cycle from which the array's weights are on the chip, when they are copied there after reset; else 0.
    pub fn weights_loaded(&self) -> u64 {
        self.stream.source.loaded(self.weight_words, self.weight_word_bytes())
    }

    /// Slices of an activation word, each as wide as the array is high.
    pub fn slices(&self) -> usize {
        self.lanes / self.rows
    }
}
