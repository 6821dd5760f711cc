//! What the cores with columns have in common, whose outputs come tile by tile at every pixel (`hdl/common/rtl/fw_tile_output.sv`): the order
//! of their work, and their cycles.

use crate::accelerator::Accelerator;
use crate::config::{Config, Level, OutLevel};
use crate::shell::cycle::{Clock, EPILOGUE, Stalled, Timing};
use crate::shell::encode::{self, Loop};
use crate::step::{Step, Window};

/// Gather levels: `chunks` requests of a word, words, taps, `tiles` tiles, pixels.
pub fn levels(step: &Step, window: &Window, chunks: usize, tiles: usize) -> [Level; 7] {
    let [kh, kw] = window.kernel;
    let [sy, sx] = window.stride.map(|v| v as isize);
    let [dy, dx] = window.dilation.map(|v| v as isize);
    let pixel = step.input.stride as isize;
    let row = pixel * step.input.width as isize;
    let loops = [
        Loop::over(chunks, 0),
        Loop::over(step.input.words, 1),
        Loop { count: kw, addr: dx * pixel, y: 0, x: dx },
        Loop { count: kh, addr: dy * row, y: dy, x: 0 },
        Loop::over(tiles, 0),
        Loop { count: step.output.width, addr: sx * pixel, y: 0, x: sx },
        Loop { count: step.output.height, addr: sy * row, y: sy, x: 0 },
    ];
    encode::levels(loops, false, 1)
}

/// Scatter levels: `count` words of a pixel, `apart` addresses from one to the next, then pixels.
pub fn out_levels(step: &Step, count: usize, apart: usize) -> [OutLevel; 3] {
    let back = (count - 1) * apart;
    [
        OutLevel { last: (count - 1) as u16, addr: apart as i16 },
        OutLevel { last: (step.output.pixels() - 1) as u16, addr: (step.output.stride as isize - back as isize - 1) as i16 },
        OutLevel::default(),
    ]
}

/// Columns of a core that takes a request every cycle.
pub struct Columns {
    /// Outputs that are computed together.
    pub cols: usize,
    /// Cycles from a tile's last request to its first accumulator word.
    pub latency: u64,
    /// Requests that share a weight word.
    pub planes: u64,
}

impl Columns {
    /// Advances the clock over one step.
    pub fn schedule(&self, config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Timing {
        let count = |level: usize| u64::from(config.levels[level].last) + 1;
        let chunks = count(0) * count(1) * count(2) * count(3);
        let (tiles, pixels) = (count(4), count(5) * count(6));
        let halves = if config.wide[1] { 2 } else { 1 };
        let groups = (self.cols / accelerator.lanes).max(1) as u64;
        // A tile's words have to leave before the next tile's come.
        let interval = chunks.max(groups * halves);
        let (start, waited) = clock.launch();
        let last_request = start + 1 + (pixels * tiles - 1) * interval + chunks - 1;
        let words = u64::from(config.weight_words);
        let last_words = if self.cols < accelerator.lanes { 1 } else { words - (tiles - 1) * groups };
        let end = last_request + self.latency + last_words * halves - 1 + EPILOGUE;
        clock.finish(start, end);
        let busy = pixels * tiles * chunks;
        let stalled = Stalled { config: waited, pipeline: end - start - busy, ..Stalled::default() };
        Timing { start, end, busy, stalled, weight_words: busy / self.planes }
    }
}
