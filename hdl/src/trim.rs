//! What of the shell and the lanes a program does not use and its hardware may leave out.

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, WORDS};
use crate::lane;
use crate::step::Channel;
use serde::{Deserialize, Serialize};

/// What the steps of one table use; the hardware has nothing else, so the table cannot be replaced by one that uses more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trim {
    /// Bits of a step-table entry that are 1 in some entry, word by word ([`WORDS`] of them).
    pub step_mask: Vec<u32>,
    /// Operations of the lanes, a bit each; never none.
    pub lane_ops: u8,
    /// Rounding modes of the requantisers, a bit each; never none.
    pub roundings: u8,
    /// Bits of a requantiser's shift to the right that are 1 in some channel.
    pub right_shifts: u8,
    /// Bits of its shift to the left, before the product, that are.
    pub left_shifts: u8,
}

impl Trim {
    /// What a step table and the channels' scales use, `lanes` of them in a word.
    pub fn of(steps: &[u32], params: &[Channel], lanes: usize) -> Option<Trim> {
        let mut trim = Trim { step_mask: vec![0; WORDS], lane_ops: 0, roundings: 0, right_shifts: 0, left_shifts: 0 };
        let configs = steps.chunks(WORDS).map(Config::from_words).collect::<Option<Vec<Config>>>()?;
        let mut modes = vec![0; params.len() / lanes];
        for (words, config) in steps.chunks(WORDS).zip(&configs) {
            trim.step_mask.iter_mut().zip(words).for_each(|(mask, word)| *mask |= word);
            trim.lane_ops |= lane_ops(config);
            trim.roundings |= roundings(words, config);
            // Words from a step's first one to the next step's first one are its own.
            let from = usize::from(config.param_base).min(modes.len());
            let bases = configs.iter().map(|other| usize::from(other.param_base)).filter(|base| *base > from);
            let to = bases.min().unwrap_or(modes.len()).min(modes.len());
            modes[from..to].iter_mut().for_each(|mode| *mode |= roundings(words, config));
        }
        // The cheapest of each, where nothing is used.
        trim.lane_ops |= u8::from(trim.lane_ops == 0) << lane::MAX;
        trim.roundings |= u8::from(trim.roundings == 0) << 1;
        for (channel, mode) in params.iter().zip(modes.iter().flat_map(|mode| std::iter::repeat_n(*mode, lanes))) {
            let [right, left] = shifts(channel, mode);
            trim.right_shifts |= right;
            trim.left_shifts |= left;
        }
        Some(trim)
    }

    /// Whether it has all that another one has.
    pub fn covers(&self, other: &Trim) -> bool {
        let bits = self.step_mask.len() == WORDS && self.step_mask.iter().zip(&other.step_mask).all(|(own, other)| other & !own == 0);
        let fields = |trim: &Trim| [trim.lane_ops, trim.roundings, trim.right_shifts, trim.left_shifts];
        bits && fields(self).iter().zip(fields(other)).all(|(own, other)| other & !own == 0)
    }

    /// The mask as one number of 1024 bits in hexadecimal, word 0 in the low bits.
    pub fn mask_hex(&self) -> String {
        self.step_mask.iter().rev().map(|word| format!("{word:08x}")).collect()
    }
}

impl Accelerator {
    /// Operations that the lanes have, a bit each.
    pub fn lane_ops(&self) -> u8 {
        self.trim.as_ref().map_or(0b11_1111, |trim| trim.lane_ops)
    }

    /// Rounding modes that the requantisers have, a bit each.
    pub fn roundings(&self) -> u8 {
        self.trim.as_ref().map_or(0b1111, |trim| trim.roundings)
    }

    /// Bits that the requantisers' shifts to the right have.
    pub fn right_shifts(&self) -> u8 {
        self.trim.as_ref().map_or(0b11_1111, |trim| trim.right_shifts)
    }

    /// Bits that their shifts to the left have.
    pub fn left_shifts(&self) -> u8 {
        self.trim.as_ref().map_or(0b1_1111, |trim| trim.left_shifts)
    }

    /// Bits that a word of the step table has.
    pub fn step_bits(&self, word: usize) -> u32 {
        self.trim.as_ref().map_or(u32::MAX, |trim| trim.step_mask.get(word).copied().unwrap_or(0))
    }
}

/// Shifts of a channel's requantiser to the right and to the left, in rounding modes of a bit each.
fn shifts(channel: &Channel, modes: u8) -> [u8; 2] {
    let shift = channel.scale.shift;
    let (double, others) = (modes & 1 != 0, modes & !1 != 0);
    let right = if double && shift < 0 { shift.unsigned_abs() & 63 } else { 0 };
    let plain = if others { shift as u8 & 63 } else { 0 };
    let left = if double && shift >= 0 { shift as u8 & 31 } else { 0 };
    [right | plain, left]
}

fn lane_ops(config: &Config) -> u8 {
    if config.kind == Kind::Lane { 1 << config.lane_op } else { 0 }
}

fn roundings(words: &[u32], config: &Config) -> u8 {
    match config.kind {
        Kind::Load | Kind::Store => 0,
        Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift if config.thresholds || config.affine => 0,
        Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift => 1 << (words[0] >> 6 & 3),
    }
}
