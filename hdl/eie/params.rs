//! Parameters of the sparse engine and which steps fit it.

use crate::accelerator::{Accelerator, Misfit};
use crate::step::{Sparse, Step, Work};
use serde::{Deserialize, Serialize};

/// The engine's parameters, as the RTL carries them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eie {
    /// Processing elements, 1 to 256; they divide the lanes or are a multiple of them.
    pub pes: usize,
    /// Activations that an element's queue holds, 1 to 64.
    pub queue_depth: usize,
    /// Bits of a zero run, 2 to 8.
    pub index_bits: usize,
    /// Bits of a weight code, 2 to 8. Without a codebook the code is the weight itself, 8 bits.
    pub code_bits: usize,
    /// No codebook: plain sparse int8.
    pub plain: bool,
    /// Accumulators per element.
    pub registers: usize,
    /// Bits of the activations that the elements multiply: 8, or 16 for steps with activations of either width.
    #[serde(default = "eight")]
    pub act_bits: usize,
    /// Activations per element that the source registers hold: a vector is processed in batches of `pes * sources`, each loaded before its
    /// first broadcast. 0: no source registers, words are broadcast as they come.
    #[serde(default)]
    pub sources: usize,
    /// Matrix memory per element, words of eight entries.
    pub entry_words: usize,
    /// Column pointers per element.
    pub pointers: usize,
    /// Codebooks; a step names one.
    pub codebooks: usize,
    /// Words of 32 bits of the coded image.
    pub image_words: usize,
}

fn eight() -> usize {
    8
}

impl Eie {
    /// An engine as in the paper (4-bit runs, 16 shared weights, queues of 8, 64 accumulators), with the smallest memories.
    pub fn with_pes(pes: usize) -> Eie {
        Eie {
            pes,
            queue_depth: 8,
            index_bits: 4,
            code_bits: 4,
            plain: false,
            registers: 64,
            act_bits: 8,
            sources: 0,
            entry_words: 2,
            pointers: 2,
            codebooks: 1,
            image_words: 1,
        }
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, lanes: usize) -> Result<(), Misfit> {
        let ranges = [
            ("pes", self.pes, 1, 256),
            ("queue_depth", self.queue_depth, 1, 64),
            ("index_bits", self.index_bits, 2, 8),
            ("code_bits", self.code_bits, 2, 8),
            ("registers", self.registers, 2, 1 << 12),
            ("codebooks", self.codebooks, 1, 256),
            ("entry_words", self.entry_words, 2, 1 << 16),
            ("pointers", self.pointers, 2, 1 << 16),
            ("sources", self.sources, 0, 1 << 12),
        ];
        for (name, value, least, most) in ranges {
            if value < least || value > most {
                return Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be in {least}..={most}")));
            }
        }
        if !self.pes.is_multiple_of(lanes) && !lanes.is_multiple_of(self.pes) {
            return Err(Misfit::new(format!("pes is {}", self.pes), format!("pes must divide the {lanes} lanes or be a multiple of them")));
        }
        if ![8, 16].contains(&self.act_bits) {
            return Err(Misfit::new(format!("act_bits is {}", self.act_bits), "act_bits must be 8 or 16"));
        }
        if !self.source_bytes().is_multiple_of(lanes) {
            let what = format!("pes * sources holds {} bytes of activations, no whole number of words of {lanes} lanes", self.source_bytes());
            return Err(Misfit::new(what, "sources that fill whole words"));
        }
        if self.plain && self.code_bits != 8 {
            return Err(Misfit::new(format!("code_bits is {} without a codebook", self.code_bits), "8 bits"));
        }
        if self.rows() < lanes {
            let what = format!("pes * registers is {}, less than a word of {lanes} lanes", self.rows());
            return Err(Misfit::new(what, "more accumulators per element"));
        }
        Ok(())
    }

    /// Rows that one step can accumulate.
    pub fn rows(&self) -> usize {
        self.pes * self.registers
    }

    fn source_bytes(&self) -> usize {
        self.pes * self.sources * self.act_bits / 8
    }

    /// Words of `lanes` bytes that the source registers hold; 0 without source registers.
    pub fn source_words(&self, lanes: usize) -> usize {
        self.source_bytes() / lanes
    }

    /// Entries per memory word are fixed.
    pub const ENTRIES_PER_WORD: usize = 8;
}

/// Rows, columns and weight values within the engine's limits.
pub fn fits(step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
    let Work::Sparse(sparse) = &step.work else {
        return Err(Misfit::new("the step is no sparse matrix product", "the other cores may execute it"));
    };
    let Some(eie) = &accelerator.eie else {
        return Err(Misfit::new("the accelerator has no sparse engine", "an accelerator with pes > 0"));
    };
    wide(step, sparse, eie)?;
    let rows = accumulator_words(step) * accelerator.lanes;
    if rows > eie.rows() {
        let what = format!("{rows} output rows, the accumulators hold {}", eie.rows());
        return Err(Misfit::new(what, format!("steps of up to {} rows", eie.rows())));
    }
    let values = distinct(sparse).len();
    let most = (1usize << eie.code_bits) - 1;
    if !eie.plain && values > most {
        let what = format!("{values} different non-zero weights, a codebook of {} bits holds {most}", eie.code_bits);
        return Err(Misfit::new(what, "weight sharing with fewer values, or no codebook"));
    }
    if let Some(w) = sparse.weights.iter().find(|w| eie.plain && i8::try_from(**w).is_err()) {
        return Err(Misfit::new(format!("weight {w} without a codebook"), "weights in -128..=127"));
    }
    let columns = columns(step, accelerator);
    if columns > 65_535 {
        return Err(Misfit::new(format!("{columns} columns"), "up to 65535 columns"));
    }
    let largest = sparse.weights.chunks(sparse.reduction()).map(|row| row.iter().map(|w| u64::from(w.unsigned_abs())).sum::<u64>());
    if largest.max().unwrap_or(0) * if sparse.wide { 1 << 15 } else { 255 } >= 1 << 31 {
        return Err(Misfit::new("the sums need more than 32 bits", "smaller weights"));
    }
    Ok(())
}

/// Activations of 16 bits need an engine for them, the zero point 0 and, at the output, pairs of words.
fn wide(step: &Step, sparse: &Sparse, eie: &Eie) -> Result<(), Misfit> {
    let out = step.epilogue.as_ref().filter(|epilogue| epilogue.wide);
    if (sparse.wide || out.is_some()) && eie.act_bits != 16 {
        return Err(Misfit::new("activations of 16 bits", "an engine with act_bits 16"));
    }
    if (sparse.wide && sparse.pad_value != 0) || out.is_some_and(|epilogue| epilogue.zero_point != 0) {
        return Err(Misfit::new("activations of 16 bits with a zero point", "the zero point 0"));
    }
    if out.is_some() && !step.output.words.is_multiple_of(2) {
        return Err(Misfit::new(format!("16-bit outputs in {} words", step.output.words), "two words for every word of accumulators"));
    }
    Ok(())
}

/// Words of accumulators per output pixel.
pub fn accumulator_words(step: &Step) -> usize {
    step.output.words / if step.epilogue.as_ref().is_some_and(|epilogue| epilogue.wide) { 2 } else { 1 }
}

/// Activations that the words of an input pixel hold.
pub fn activations(step: &Step, sparse: &Sparse, accelerator: &Accelerator) -> usize {
    step.input.words * accelerator.lanes / if sparse.wide { 2 } else { 1 }
}

/// Columns as the words come: taps times activations per pixel.
pub fn columns(step: &Step, accelerator: &Accelerator) -> usize {
    let Work::Sparse(sparse) = &step.work else { return 0 };
    sparse.window.kernel[0] * sparse.window.kernel[1] * activations(step, sparse, accelerator)
}

/// The different non-zero weights, ascending.
pub fn distinct(sparse: &Sparse) -> Vec<i16> {
    let mut values: Vec<i16> = sparse.weights.iter().copied().filter(|&w| w != 0).collect();
    values.sort_unstable();
    values.dedup();
    values
}
