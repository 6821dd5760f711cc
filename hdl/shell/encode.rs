//! Step-table fields that belong to the shell: gather and scatter counters, the epilogue, loads and stores.

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, Level, OutLevel};
use crate::images::Images;
use crate::step::{Epilogue, Region, Step};

/// One nested loop before its way back is folded into the deltas.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loop {
    /// Iterations, at least 1.
    pub count: usize,
    /// What one iteration adds to the address.
    pub addr: isize,
    /// What it adds to the image row.
    pub y: isize,
    /// What it adds to the image column.
    pub x: isize,
}

impl Loop {
    /// A loop with one iteration.
    pub const ONCE: Loop = Loop { count: 1, addr: 0, y: 0, x: 0 };

    /// A loop that only moves the address.
    pub fn over(count: usize, addr: usize) -> Loop {
        Loop { count, addr: addr as isize, y: 0, x: 0 }
    }
}

/// Gather levels for the loops, innermost first. With `slices` > 1 words of level 2 advance once per `slices` iterations by themselves;
/// `sliced` says whether level 2 counts slices at all.
pub fn levels(loops: [Loop; 7], sliced: bool, slices: usize) -> [Level; 7] {
    let mut levels = [Level::default(); 7];
    let mut back = Loop::default();
    for (k, l) in loops.iter().enumerate() {
        let last = l.count as isize - 1;
        levels[k] = Level { last: last as u16, addr: (l.addr - back.addr) as i16, y: (l.y - back.y) as i16, x: (l.x - back.x) as i16 };
        back.addr += last * l.addr;
        back.y += last * l.y;
        back.x += last * l.x;
        if k == 2 && sliced {
            back.addr += last / slices as isize;
        }
    }
    levels
}

/// Scatter levels: `pixels` pixels of `stride` words, `groups` channel groups of which `banks` fill a word, `tiles` pixel tiles.
pub fn out_levels(pixels: usize, stride: usize, groups: usize, banks: usize, tiles: usize) -> [OutLevel; 3] {
    let back = (pixels - 1) * stride;
    let words = (groups - 1) / banks;
    [
        OutLevel { last: (pixels - 1) as u16, addr: stride as i16 },
        OutLevel { last: (groups - 1) as u16, addr: (back as isize).wrapping_neg() as i16 },
        OutLevel { last: (tiles - 1) as u16, addr: (stride as isize - words as isize) as i16 },
    ]
}

/// Fills in the epilogue's fields and appends its parameters.
pub fn epilogue(config: &mut Config, epilogue: &Epilogue, accelerator: &Accelerator, images: &mut Images) {
    config.rounding = epilogue.rounding;
    config.by_count = epilogue.by_count;
    config.zero_point = epilogue.zero_point;
    config.clamp = epilogue.clamp;
    config.wide[1] = epilogue.wide;
    config.param_base = images.push_params(&epilogue.channels, accelerator.lanes) as u16;
}

/// Fills in the input region and the first read's coordinates.
pub fn input(config: &mut Config, region: &Region, origin: [isize; 2], pad_value: i8) {
    let [y, x] = origin;
    let base = region.base as isize + (y * region.width as isize + x) * region.stride as isize;
    config.in_base = base as u16;
    (config.height, config.width) = (region.height as u16, region.width as u16);
    (config.y0, config.x0) = (y as i16, x as i16);
    config.pad_value = pad_value;
}

/// A load: the stream's words go to consecutive addresses.
pub fn load(step: &Step) -> Config {
    let region = step.output;
    assert_eq!(region.stride, region.words, "a loaded tensor lies contiguously");
    let mut config = Config::new(Kind::Load);
    config.out_base = region.base as u16;
    config.out = out_levels(region.pixels() * region.words, 1, 1, 1, 1);
    config
}

/// A store: the region's words, pixel by pixel.
pub fn store(step: &Step) -> Config {
    let region = step.input;
    let mut config = Config::new(Kind::Store);
    let mut loops = [Loop::ONCE; 7];
    loops[0] = Loop::over(region.words, 1);
    loops[1] = Loop::over(region.pixels(), region.stride);
    config.levels = levels(loops, false, 1);
    input(&mut config, &region, [0, 0], 0);
    config
}
