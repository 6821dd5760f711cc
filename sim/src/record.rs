//! What one run of a design leaves behind, in the same form whether the cycle simulator or the emitted Verilog produced it.
//! Comparing two recordings is how simulator and hardware are held together.

/// One write to the activation memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Word address.
    pub addr: u32,
    /// One bit per bank of the word; bank 0 is bit 0. A bank is `lanes / banks` bytes wide.
    pub mask: u64,
    /// The whole word, `lanes` bytes, lane 0 first. Bytes of banks that are not in `mask` are 0.
    pub data: Vec<u8>,
}

/// One step of one inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Index in the step table.
    pub step: u32,
    /// Cycle of the launch; cycle 0 is the first clock edge after reset.
    pub start: u64,
    /// Cycle of the step's last memory write, or for a store of the last accepted output word.
    pub end: u64,
    /// Writes in the order in which they happen.
    pub writes: Vec<Write>,
}

/// A whole run: several inferences back to back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Steps in the order in which they ran, inference after inference.
    pub steps: Vec<StepRecord>,
    /// One entry per inference: the output stream's words, concatenated, `lanes` bytes each.
    pub outputs: Vec<Vec<u8>>,
}
