//! The activation memory of a simulated run, and the buffers that its steps compute in.

use crate::accelerator::Accelerator;
use fretwork_sim::record::Write;
use std::ops::Range;

/// The activation memory, with a log of its writes when one is wanted.
pub struct Memory {
    /// Contents, `lanes` bytes per word.
    pub bytes: Vec<i8>,
    /// Bytes per word.
    pub lanes: usize,
    /// Parts of a word that are written separately.
    pub banks: usize,
    log: Option<Vec<Write>>,
}

impl Memory {
    /// A memory of zeros.
    pub fn new(accelerator: &Accelerator, log: bool) -> Memory {
        let (lanes, banks) = (accelerator.lanes, accelerator.banks());
        Memory { bytes: vec![0; accelerator.activation_words * lanes], lanes, banks, log: log.then(Vec::new) }
    }

    /// The bytes from the word at `addr` on.
    pub fn from(&mut self, addr: u16) -> &mut [i8] {
        &mut self.bytes[usize::from(addr) * self.lanes..]
    }

    /// Puts bytes into the word at `addr` and the words after it.
    pub fn put(&mut self, addr: u16, data: &[i8]) {
        self.from(addr)[..data.len()].copy_from_slice(data);
    }

    /// The given number of words from `addr` on.
    pub fn words(&self, addr: u16, count: usize) -> &[i8] {
        let first = usize::from(addr) * self.lanes;
        &self.bytes[first..first + count * self.lanes]
    }

    /// Whether writes are to be noted.
    pub fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    /// Notes that the hardware wrote these lanes of a word, which hold their new values already; `mask` names their banks.
    pub fn note(&mut self, addr: u16, mask: u64, lanes: Range<usize>) {
        if let Some(log) = &mut self.log {
            let mut data = vec![0; self.lanes];
            let first = usize::from(addr) * self.lanes;
            for lane in lanes {
                data[lane] = self.bytes[first + lane] as u8;
            }
            log.push(Write { addr: u32::from(addr), mask, data });
        }
    }

    /// The writes noted since the last call.
    pub fn take_log(&mut self) -> Vec<Write> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// Buffers that every step of a run uses anew.
#[derive(Default)]
pub struct Scratch {
    /// Gathered activations.
    pub inputs: Vec<i8>,
    /// Accumulators.
    pub sums: Vec<i32>,
    /// Accumulators of some of the outputs.
    pub part: Vec<i32>,
    /// Bits that were found equal.
    pub counts: Vec<u32>,
    /// Requantised activations.
    pub out: Vec<i8>,
}

/// The first `count` elements of a buffer, which grows when it has to; they hold whatever was there.
pub fn take<T: Copy + Default>(buffer: &mut Vec<T>, count: usize) -> &mut [T] {
    if buffer.len() < count {
        buffer.resize(count, T::default());
    }
    &mut buffer[..count]
}
