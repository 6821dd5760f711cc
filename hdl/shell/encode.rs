//! Step-table fields that belong to the shell: gather and scatter counters, the epilogue, loads and stores.

use crate::accelerator::Accelerator;
use crate::config::{Config, Kind, Level, OutLevel};
use crate::images::Images;
use crate::step::{Binary, Channel, Epilogue, Region, Step};
use fretwork_sim::requantise::Scale;
use fretwork_sim::thresholds::Staircase;

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
    config.affine = epilogue.affine;
    if epilogue.stairs.is_empty() {
        config.param_base = images.push_params(&epilogue.channels, accelerator.lanes) as u16;
        return;
    }
    config.thresholds = true;
    config.doubled = epilogue.binary == Some(Binary::Bytes);
    config.packed = epilogue.binary == Some(Binary::Bits);
    config.threshold_base = (images.thresholds.len() / (accelerator.lanes * accelerator.threshold_steps())) as u16;
    for (channel, stairs) in epilogue.channels.iter().zip(&epilogue.stairs) {
        images.thresholds.extend(steps(channel.bias, stairs, accelerator.threshold_steps()));
    }
    let falling = |stairs: &Staircase| Channel { bias: 0, scale: Scale { multiplier: i32::from(stairs.falling), shift: 0 } };
    let channels: Vec<Channel> = epilogue.stairs.iter().map(falling).collect();
    config.param_base = images.push_params(&channels, accelerator.lanes) as u16;
}

/// The steps of one channel as the threshold memory holds them: of the accumulator without its bias, passed from the step on. Missing steps are
/// never passed; of a falling channel, whose level is the number of steps not passed, always.
fn steps(bias: i32, stairs: &Staircase, count: usize) -> Vec<i32> {
    let own = |step: &i32| (i64::from(*step) + i64::from(stairs.falling) - i64::from(bias)).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
    let mut steps: Vec<i32> = stairs.steps.iter().map(own).collect();
    steps.resize(count, if stairs.falling { i32::MIN } else { i32::MAX });
    steps.sort_unstable();
    steps
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
