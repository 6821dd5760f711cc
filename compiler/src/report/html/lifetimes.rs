//! Which words of the activation memory hold which tensor, and for how long: from the step that writes it to the last one that reads it.

use crate::report::Report;
use fretwork_hdl::{Kind, LaneOp, Region, Step, Work};

/// A tensor, or the parts of one, in a range of words.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The steps that write it.
    pub writers: Vec<String>,
    /// Unit of the first of them.
    pub unit: Kind,
    /// First word.
    pub first: usize,
    /// Word behind the last one.
    pub end: usize,
    /// Launch of the first step that writes it.
    pub from_cycle: u64,
    /// End of the last step that reads it; of the one that writes it, when none does.
    pub to_cycle: u64,
    region: Region,
    overwritten: bool,
}

impl Block {
    /// Words from the first to the last.
    pub fn words(&self) -> usize {
        self.end - self.first
    }

    fn meets(&self, first: usize, end: usize) -> bool {
        !self.overwritten && self.first < end && first < self.end
    }

    /// Whether a region lies between the words of this block's pixels: another part of a concatenation.
    fn interleaves(&self, region: &Region) -> bool {
        let own = &self.region;
        let same = [own.stride, own.height, own.width] == [region.stride, region.height, region.width];
        let (low, high) = if own.base < region.base { (own, region) } else { (region, own) };
        same && high.base - low.base < own.stride && low.base + low.words <= high.base
    }
}

/// Word range of a region.
fn range(region: &Region) -> [usize; 2] {
    [region.base, region.base + region.pixels().saturating_sub(1) * region.stride + region.words]
}

/// Regions that a step reads, and the one that it writes.
fn touched(step: &Step) -> (Vec<Region>, Option<Region>) {
    let reads = match &step.work {
        Work::Load => Vec::new(),
        Work::Lane(lane) => match &lane.op {
            LaneOp::Add { second, .. } => vec![step.input, *second],
            LaneOp::Mac { .. } | LaneOp::Max | LaneOp::Or | LaneOp::Sum | LaneOp::Table { .. } => vec![step.input],
        },
        Work::Store | Work::Conv(_) | Work::Sparse(_) | Work::Xnor(_) | Work::Shift(_) => vec![step.input],
    };
    (reads, if step.work == Work::Store { None } else { Some(step.output) })
}

/// The blocks of one inference, in the order in which they are written; cycles as the report has them.
pub fn lifetimes(report: &Report, steps: &[Step]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (timing, step) in report.steps.iter().zip(steps) {
        let (reads, write) = touched(step);
        for [first, end] in reads.iter().map(range) {
            let read = blocks.iter_mut().filter(|block| block.meets(first, end));
            read.for_each(|block| block.to_cycle = block.to_cycle.max(timing.end_cycle));
        }
        let Some(region) = write else { continue };
        let [first, end] = range(&region);
        if let Some(block) = blocks.iter_mut().find(|block| block.meets(first, end) && block.interleaves(&region)) {
            block.writers.push(timing.name.clone());
            (block.first, block.end) = (block.first.min(first), block.end.max(end));
            block.to_cycle = block.to_cycle.max(timing.end_cycle);
            continue;
        }
        blocks.iter_mut().filter(|block| block.meets(first, end)).for_each(|block| block.overwritten = true);
        blocks.push(Block {
            writers: vec![timing.name.clone()],
            unit: timing.unit,
            first,
            end,
            from_cycle: timing.start_cycle,
            to_cycle: timing.end_cycle,
            region,
            overwritten: false,
        });
    }
    blocks
}

/// Most words that are in use at once.
pub fn most_words(blocks: &[Block]) -> usize {
    let used = |cycle: u64| {
        let mut live: Vec<&Block> = blocks.iter().filter(|block| (block.from_cycle..=block.to_cycle).contains(&cycle)).collect();
        live.sort_by_key(|block| block.first);
        let fold =
            |(sum, covered): (usize, usize), block: &&Block| (sum + block.end.saturating_sub(block.first.max(covered)), covered.max(block.end));
        live.iter().fold((0, 0), fold).0
    };
    blocks.iter().map(|block| used(block.from_cycle)).max().unwrap_or(0)
}
