//! Steps of depthwise convolutions. Words whose channels use a part of the kernel only, as fractional shifts do, become steps of their own with
//! the smaller window.

use super::accumulate::channels;
use super::error::PlanError;
use super::layers::Layer;
use super::steps::{Builder, Cover, multiplied};
use crate::graph::Output;
use fretwork_hdl::{Epilogue, Kind, LaneOp, LaneWork, Region, Step, Window, Work};
use std::ops::Range;

/// Cycles that a step takes beyond its operands.
const STEP_OVERHEAD: usize = 40;

/// Rows and columns of a kernel.
type Taps = [Range<usize>; 2];

impl Builder<'_> {
    pub(super) fn depthwise(&mut self, layer: &Layer, window: Window, weights: &[i8], output: &Output) -> Result<(), PlanError> {
        let (input, [height, width]) = (layer.inputs[0], window.kernel);
        let map = self.map(input);
        let (count, taps, lanes) = (map.len(), height * width, self.accelerator.lanes);
        let zero_point = self.zero_point(input);
        let column = |channel: usize| (0..taps).map(move |tap| weights[tap * count + channel]);
        let (channels, reach) = channels(&layer.name, output, self.tensor(input), count, column)?;
        let words = self.lowered.tensors[input].words;
        let mut spread = vec![0i8; words * taps * lanes];
        for (channel, &byte) in map.iter().enumerate() {
            for tap in 0..taps {
                spread[((byte / lanes) * taps + tap) * lanes + byte % lanes] = weights[tap * count + channel];
            }
        }
        let epilogue = multiplied(layer, self.epilogue(layer, &channels, output), &self.reach(layer, &reach))?;
        let word = |word: usize| &spread[word * taps * lanes..][..taps * lanes];
        for (run, [rows, cols]) in runs(words, window, self.region(layer.output).pixels(), |index| used(word(index), width, lanes)) {
            let row = |own: &[i8], y: usize| own[(y * width + cols.start) * lanes..][..cols.len() * lanes].to_vec();
            let weights = run.clone().flat_map(|index| rows.clone().flat_map(move |y| row(word(index), y))).collect();
            let origin = [0, 1].map(|d| window.origin[d] + ([rows.start, cols.start][d] * window.dilation[d]) as isize);
            let window = Window { kernel: [rows.len(), cols.len()], origin, ..window };
            let work = LaneWork { op: LaneOp::Mac { weights }, window, pad_value: zero_point };
            self.words(layer, work, &epilogue, run);
        }
        Ok(())
    }

    /// The step for some of a layer's words.
    fn words(&mut self, layer: &Layer, work: LaneWork, epilogue: &Epilogue, run: Range<usize>) {
        let lanes = self.accelerator.lanes;
        let part = |region: Region| Region { base: region.base + run.start, words: run.len(), ..region };
        let stored = run.start * lanes..run.end * lanes;
        let channels = epilogue.channels[stored.clone()].to_vec();
        let stairs = epilogue.stairs.get(stored.clone()).map(<[_]>::to_vec).unwrap_or_default();
        let map = self.map(layer.output);
        let own = map.iter().filter(|byte| stored.contains(byte)).count();
        let operations = layer.operations * own as u64 / map.len() as u64;
        let step = Step {
            name: layer.name.clone(),
            work: Work::Lane(work),
            input: part(self.region(layer.inputs[0])),
            output: part(self.region(layer.output)),
            epilogue: Some(Epilogue { channels, stairs, ..epilogue.clone() }),
        };
        let cover = Cover { placed: layer.output, first_row: 0, first_byte: stored.start, bytes: stored.len() };
        self.placed.push(step, Kind::Lane, operations, cover);
    }
}

/// Rows and columns of the smallest part of a kernel that holds all weights of a word that are not 0; `[taps][lanes]`.
pub(super) fn used(word: &[i8], width: usize, lanes: usize) -> Taps {
    let taps = || word.chunks_exact(lanes).enumerate().filter(|(_, weights)| weights.iter().any(|weight| *weight != 0)).map(|(tap, _)| tap);
    let ends = |positions: &mut dyn Iterator<Item = usize>| {
        let (low, high) = positions.fold((usize::MAX, 0), |(low, high), at| (low.min(at), high.max(at)));
        if low > high { 0..1 } else { low..high + 1 }
    };
    [ends(&mut taps().map(|tap| tap / width)), ends(&mut taps().map(|tap| tap % width))]
}

/// Words next to each other that use the same part of the kernel; all words with the whole kernel where that takes fewer cycles.
fn runs(words: usize, window: Window, pixels: usize, used: impl Fn(usize) -> Taps) -> Vec<(Range<usize>, Taps)> {
    let mut runs: Vec<(Range<usize>, Taps)> = Vec::new();
    for word in 0..words {
        let taps = used(word);
        match runs.last_mut() {
            Some((run, own)) if *own == taps => run.end = word + 1,
            _ => runs.push((word..word + 1, taps)),
        }
    }
    let cycles = |run: &Range<usize>, [rows, cols]: &Taps| run.len() * rows.len() * cols.len() * pixels + STEP_OVERHEAD;
    let whole = (0..words, window.kernel.map(|size| 0..size));
    if runs.iter().map(|(run, taps)| cycles(run, taps)).sum::<usize>() < cycles(&whole.0, &whole.1) { runs } else { vec![whole] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_the_same_part_of_a_kernel_share_a_step() {
        let window = Window { kernel: [3, 3], ..Window::POINT };
        let parts: [Taps; 3] = [[0..2, 0..2], [0..2, 0..2], [1..3, 1..3]];
        assert_eq!(runs(3, window, 100, |word| parts[word].clone()), [(0..2, [0..2, 0..2]), (2..3, [1..3, 1..3])]);
        assert_eq!(runs(3, window, 1, |word| parts[word].clone()), [(0..3, [0..3, 0..3])]);
        let word = [0, 0, 0, 0, 0, 5, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(used(&word, 3, 2), [0..2, 0..3]);
        assert_eq!(used(&[0; 18], 3, 2), [0..1, 0..1]);
    }
}
