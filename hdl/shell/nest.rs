//! Closed forms of the gather's and the scatter's nested counters: the address as a function of the counter values.

use crate::config::{Config, Level};

/// Position of a read: word address and image coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Word address (meaningless outside the image).
    pub addr: u16,
    /// Whether the coordinates lie in the image.
    pub inside: bool,
}

/// A read before it is known whether it lies in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Word address.
    pub addr: u16,
    /// Image row.
    pub y: u16,
    /// Image column.
    pub x: u16,
}

impl Point {
    /// One iteration of a level further.
    pub fn moved(self, unit: Level) -> Point {
        let [y, x] = [self.y.wrapping_add_signed(unit.y), self.x.wrapping_add_signed(unit.x)];
        Point { addr: self.addr.wrapping_add_signed(unit.addr), y, x }
    }
}

/// What one iteration of each gather level adds, the way back of the inner levels removed.
#[derive(Clone, Debug)]
pub struct Gather {
    units: [Level; 7],
    base: [i16; 3],
    image: [u16; 2],
    slices: Option<u16>,
}

impl Gather {
    /// From a step-table entry; `slices` when level 2 counts slices of words. With a list of weight tiles, where all counters begin is where they
    /// would if nothing were left out: the list visits some of the counters' values.
    pub fn new(config: &Config, slices: Option<usize>) -> Gather {
        let slices = slices.map(|s| s as u16);
        let mut units = config.levels;
        let mut back = [0i16; 3];
        for (k, unit) in units.iter_mut().enumerate() {
            unit.addr = unit.addr.wrapping_add(back[0]);
            unit.y = unit.y.wrapping_add(back[1]);
            unit.x = unit.x.wrapping_add(back[2]);
            let last = unit.last as i16;
            back[0] = back[0].wrapping_add(last.wrapping_mul(unit.addr));
            back[1] = back[1].wrapping_add(last.wrapping_mul(unit.y));
            back[2] = back[2].wrapping_add(last.wrapping_mul(unit.x));
            if let (2, Some(slices)) = (k, slices) {
                back[0] = back[0].wrapping_add((unit.last / slices) as i16);
            }
        }
        let base = [config.in_base as i16, config.y0, config.x0];
        let mut gather = Gather { units, base: [0; 3], image: [config.height, config.width], slices };
        let [word, column, row] = config.list.map_or([0; 3], |list| list.first.map(usize::from));
        let Point { addr, y, x } = gather.point([0, 0, word, column, row, 0, 0]);
        gather.base = [base[0].wrapping_sub(addr as i16), base[1].wrapping_sub(y as i16), base[2].wrapping_sub(x as i16)];
        gather
    }

    /// Iterations of a level.
    pub fn count(&self, level: usize) -> usize {
        usize::from(self.units[level].last) + 1
    }

    /// What one iteration of each level adds.
    pub fn units(&self) -> &[Level; 7] {
        &self.units
    }

    /// Rows and columns of the image.
    pub fn image(&self) -> [u16; 2] {
        self.image
    }

    /// Where the counters point.
    pub fn at(&self, counters: [usize; 7]) -> Position {
        let Point { addr, y, x } = self.point(counters);
        Position { addr, inside: y < self.image[0] && x < self.image[1] }
    }

    /// Address and coordinates that the counters point to.
    pub fn point(&self, counters: [usize; 7]) -> Point {
        let [mut addr, mut y, mut x] = self.base;
        for (unit, &counter) in self.units.iter().zip(&counters) {
            let c = counter as i16;
            addr = addr.wrapping_add(c.wrapping_mul(unit.addr));
            y = y.wrapping_add(c.wrapping_mul(unit.y));
            x = x.wrapping_add(c.wrapping_mul(unit.x));
        }
        if let Some(slices) = self.slices {
            addr = addr.wrapping_add((counters[2] as u16 / slices) as i16);
        }
        Point { addr: addr as u16, y: y as u16, x: x as u16 }
    }
}

/// The scatter's counterpart: address of pixel, channel word and tile.
#[derive(Clone, Debug)]
pub struct Scatter {
    base: u16,
    /// Iterations: pixels, groups, tiles.
    pub counts: [usize; 3],
    pixel: u16,
    tile: u16,
    banks: usize,
}

impl Scatter {
    /// From a step-table entry; `banks` channel groups fill one word (1 when groups are words).
    pub fn new(config: &Config, banks: usize) -> Scatter {
        let [pixel, group, tile] = config.out;
        let counts = [pixel, group, tile].map(|level| usize::from(level.last) + 1);
        let span = (pixel.last).wrapping_mul(pixel.addr as u16);
        let group_unit = (group.addr as u16).wrapping_add(span);
        assert_eq!(group_unit, 0, "channel groups restart at the tile's first pixel");
        let words = ((counts[1] - 1) / banks) as u16;
        let tile_unit = (tile.addr as u16).wrapping_add(span).wrapping_add(words);
        Scatter { base: config.out_base, counts, pixel: pixel.addr as u16, tile: tile_unit, banks }
    }

    /// A step that writes a pixel's words one after the other: the pixel counter counts words, the group counter pixels (and adds one to the
    /// address by itself).
    pub fn words_first(config: &Config) -> Scatter {
        let [word, pixel, tile] = config.out;
        let counts = [word, pixel, tile].map(|level| usize::from(level.last) + 1);
        let stride = (pixel.addr as u16).wrapping_add(word.last.wrapping_mul(word.addr as u16)).wrapping_add(1);
        Scatter { base: config.out_base, counts, pixel: word.addr as u16, tile: stride, banks: 1 }
    }

    /// Word address.
    pub fn addr(&self, pixel: usize, group: usize, tile: usize) -> u16 {
        let offset = (pixel as u16).wrapping_mul(self.pixel).wrapping_add((tile as u16).wrapping_mul(self.tile));
        self.base.wrapping_add(offset).wrapping_add(self.word(group) as u16)
    }

    /// Channel word of a group.
    pub fn word(&self, group: usize) -> usize {
        group / self.banks
    }

    /// Banks written: one, or for the last group all that remain.
    pub fn mask(&self, group: usize, all_banks: usize) -> u64 {
        let all = (1u64 << all_banks) - 1;
        if self.banks == 1 {
            return all;
        }
        let first = group % self.banks;
        if group + 1 == self.counts[1] { all << first & all } else { 1 << first }
    }
}
