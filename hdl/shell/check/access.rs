//! Addresses: what the gather reads and the scatter writes lies in the activation memory.

use super::{at_most, equal, require};
use crate::accelerator::Accelerator;
use crate::config::{Config, Level, OutLevel};
use crate::shell::nest::Gather;

/// Iterations of a gather level.
pub fn count(config: &Config, level: usize) -> u64 {
    u64::from(config.levels[level].last) + 1
}

/// Iterations of a scatter level.
pub fn out_count(config: &Config, level: usize) -> u64 {
    u64::from(config.out[level].last) + 1
}

/// A load writes consecutive words.
pub fn load(config: &Config, accelerator: &Accelerator) -> Result<(), String> {
    equal("the number of channel words", out_count(config, 1), 1)?;
    equal("the number of pixel tiles", out_count(config, 2), 1)?;
    require(config.out[0].last == 0 || config.out[0].addr == 1, || "a load must write consecutive words".into())?;
    at_most("the end of the words written", u64::from(config.out_base) + out_count(config, 0), accelerator.activation_words)
}

/// A store reads pixels of consecutive words.
pub fn store(config: &Config, accelerator: &Accelerator) -> Result<(), String> {
    let gather = Gather::new(config, None);
    for level in 2..7 {
        equal(&format!("the count of gather level {level}"), count(config, level), 1)?;
    }
    let still = |level: usize| config.levels[level].last == 0 || (gather.units()[level].x, gather.units()[level].y) == (0, 0);
    require(still(0) && still(1), || "a store must not move in the image".into())?;
    let inside = (config.y0 as u16) < config.height && (config.x0 as u16) < config.width;
    require(inside, || "a store must read inside the image".into())?;
    require(config.levels[0].last == 0 || gather.units()[0].addr == 1, || "a store must read consecutive words of a pixel".into())?;
    distinct(count(config, 1), gather.units()[1].addr, count(config, 0))?;
    Reads { config, units: &gather.units()[..], base: config.in_base, slices: None }.check(accelerator)
}

/// Pixels do not share words.
fn distinct(pixels: u64, stride: i16, words: u64) -> Result<(), String> {
    let stride = u64::from(stride as u16);
    require(pixels == 1 || stride >= words, || format!("pixels of {words} words are only {stride} words apart"))
}

/// What a step reads.
pub struct Reads<'a> {
    /// The step-table entry.
    pub config: &'a Config,
    /// What one iteration adds, for every level that counts.
    pub units: &'a [Level],
    /// Address of the first read.
    pub base: u16,
    /// Slices per word, where level 2 counts slices.
    pub slices: Option<usize>,
}

impl Reads<'_> {
    /// Address and image coordinates move together, so that a read inside the image is a read inside the tensor; and the tensor lies in the
    /// memory.
    pub fn check(&self, accelerator: &Accelerator) -> Result<(), String> {
        let Config { height, width, y0, x0, .. } = *self.config;
        let moving = self.units.iter().filter(|unit| unit.last > 0);
        require(moving.clone().all(|unit| unit.x >= 0 && unit.y >= 0), || "a gather level moves backwards in the image".into())?;
        // Pixels that an iteration moves on, and words.
        let pixels = |y: i16, x: i16| i64::from(y) * i64::from(width) + i64::from(x);
        let steps = || moving.clone().map(|unit| (pixels(unit.y, unit.x), unit.addr as u16)).filter(|(pixels, _)| *pixels > 0);
        let pitch = steps().min().map_or(0, |(pixels, words)| i64::from(words) / pixels);
        let together = steps().all(|(pixels, words)| pixels.wrapping_mul(pitch) as u16 == words);
        require(together, || "a gather level moves the address and the coordinates by different distances".into())?;

        let image = u64::from(height) * u64::from(width);
        if image == 0 {
            return Ok(());
        }
        let first = i64::from(self.base).wrapping_sub(pixels(y0, x0).wrapping_mul(pitch)) as u16;
        let still = moving.clone().filter(|unit| (unit.y, unit.x) == (0, 0));
        let offset: u64 = still.map(|unit| u64::from(unit.last) * u64::from(unit.addr as u16)).sum();
        let slices = self.slices.map_or(0, |slices| u64::from(self.config.levels[2].last) / slices as u64);
        let end = u64::from(first) + (image - 1) * pitch as u64 + offset + slices + 1;
        at_most("the end of the words read", end, accelerator.activation_words)
    }
}

/// Every write goes to a word of its own in the memory, and the counters' ways back lead to where the next word, group or tile begins.
pub fn writes(config: &Config, banks: usize, accelerator: &Accelerator) -> Result<(), String> {
    let [OutLevel { addr: stride, .. }, group, tile] = config.out;
    let [per_tile, groups, tiles] = [0, 1, 2].map(|level| out_count(config, level));
    let (words, pixels) = (groups.div_ceil(banks as u64), per_tile * tiles);
    let back = (config.out[0].last).wrapping_mul(stride as u16);
    require((group.addr as u16).wrapping_add(back) == 0, || "a channel group must restart at its tile's first pixel".into())?;
    let next = (tile.addr as u16).wrapping_add(back).wrapping_add(words as u16 - 1);
    require(next == back.wrapping_add(stride as u16), || "a pixel tile must start after the one before it".into())?;
    distinct(pixels, stride, words)?;
    let end = u64::from(config.out_base) + (pixels - 1) * u64::from(stride as u16) + words;
    at_most("the end of the words written", end, accelerator.activation_words)
}
