//! Which weight tiles a step works through: all of its convolution's, or those that are not all zero, by a list that takes the place of the
//! gather's counters (`hdl/shell/rtl/fw_tile_list.sv`).
//!
//! A tile's number within its output tile is its place in the order of work, were none left out:
//! `(kernel row * kernel columns + kernel column) * input tiles + input tile`.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::check::{at_most, equal, require};
use crate::shell::nest::{Gather, Point};
use crate::shell::tile_list::{Move, TileList};
use crate::step::Conv;
use std::collections::HashMap;

/// Most inputs per output: beyond it sums of products could leave 32 bits.
pub const MAX_DEPTH: usize = (1 << 17) - 1;

/// A step's weight tiles in the order of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiles {
    /// Numbers of every output tile's tiles, ascending, at least one.
    pub outputs: Vec<Vec<u32>>,
    /// Tiles per output tile, were none left out.
    pub all: usize,
}

impl Tiles {
    /// The tiles that are not all zero. An output tile without any keeps its first one: its outputs have to be written. Where requantisers share
    /// lanes or the memory has one port no tile is left out: which are the last ones, whose words are written, has to follow from the counters.
    pub fn of(conv: &Conv, accelerator: &Accelerator) -> Tiles {
        let taps = conv.window.kernel[0] * conv.window.kernel[1];
        let in_tiles = conv.in_channels.div_ceil(accelerator.rows);
        let all = taps * in_tiles;
        let filters = conv.weights.chunks(taps * conv.in_channels * accelerator.cols);
        let outputs = filters.map(|filters| {
            let mut used = vec![false; all];
            for (tap, weights) in filters.chunks(conv.in_channels).enumerate() {
                let own = &mut used[tap % taps * in_tiles..][..in_tiles];
                let tiles = own.iter_mut().zip(weights.chunks(accelerator.rows));
                tiles.for_each(|(used, weights)| *used |= weights.iter().any(|weight| *weight != 0));
            }
            used[0] |= !used.contains(&true);
            used.iter_mut().for_each(|used| *used |= accelerator.parts() > 1 || accelerator.lean.single_port);
            (0..all as u32).filter(|number| used[*number as usize]).collect()
        });
        Tiles { outputs: outputs.collect(), all }
    }

    /// The tiles of an encoded step.
    ///
    /// # Errors
    /// What the entry, its weights or its list lack to be an encoded step's.
    pub fn read(config: &Config, accelerator: &Accelerator, images: &Images) -> Result<Tiles, String> {
        let gather = Gather::new(config, Some(accelerator.slices()));
        let [rows, words] = [accelerator.rows, config.weight_words as usize];
        let depth = gather.count(2) * rows * gather.count(3) * gather.count(4);
        at_most("the number of inputs per output", depth as u64, MAX_DEPTH)?;
        let (all, outputs) = (depth / rows, gather.count(5));
        if config.list.is_none() {
            equal("the number of weight words", words as u64, (depth * outputs) as u64)?;
        }
        let end = |base: u32, count: usize| base as usize + count;
        at_most("the end of the weight words", end(config.weight_base, words) as u64, images.weights.len() / accelerator.weight_word_bytes())?;
        let Some(list) = &config.list else { return Ok(Tiles { outputs: vec![(0..all as u32).collect(); outputs], all }) };
        let whole = words > 0 && words.is_multiple_of(rows);
        require(whole, || format!("{words} weight words are no whole number of tiles of {rows}"))?;
        let end = end(list.base, words / rows);
        at_most("the end of the tile list", end as u64, images.tiles.len())?;
        follow(list, &images.tiles[list.base as usize..end], &gather, accelerator.slices())
    }

    /// Number of tiles.
    pub fn count(&self) -> usize {
        self.outputs.iter().map(Vec::len).sum()
    }

    /// Number of tiles that are left out.
    pub fn skipped(&self) -> usize {
        self.outputs.len() * self.all - self.count()
    }

    /// Has the gather of the entry, which counts all tiles, follow a list of these.
    pub fn list(&self, config: &mut Config, accelerator: &Accelerator, images: &mut Images) {
        let slices = accelerator.slices();
        let gather = Gather::new(config, Some(slices));
        let first = counters(&gather, self.outputs[0][0]);
        let Point { addr, y, x } = gather.point(first);
        (config.in_base, config.y0, config.x0) = (addr, y as i16, x as i16);
        let base = images.tiles.len() as u32;
        config.list = Some(TileList { base, first: [2, 3, 4].map(|level| first[level] as u16), last: self.outputs[0].len() == 1 });
        images.tiles.extend(self.moves(&gather, slices));
    }

    /// The list's words.
    fn moves(&self, gather: &Gather, slices: usize) -> Vec<Move> {
        let last = |own: &[u32], at: usize| at + 1 == own.len();
        let flat: Vec<_> =
            self.outputs.iter().flat_map(|own| own.iter().enumerate().map(move |(at, &tile)| (tile, at == 0, last(own, at)))).collect();
        let next = flat.iter().cycle().skip(1);
        let moves = flat.iter().zip(next).enumerate().map(|(index, (&(from, ..), &(to, first, last)))| {
            let ends = index + 1 == flat.len();
            let mut goal = counters(gather, to);
            goal[6] = usize::from(ends);
            let (here, there) = (gather.point(at_end(gather, from)), gather.point(goal));
            let [addr, y, x] = [(there.addr, here.addr), (there.y, here.y), (there.x, here.x)].map(|(to, from)| to.wrapping_sub(from) as i16);
            Move { addr, y, x, slice: (goal[2] % slices) as u8, first, last, ends }
        });
        moves.collect()
    }
}

/// Gather counters of a tile's first read.
fn counters(gather: &Gather, tile: u32) -> [usize; 7] {
    let (tile, inputs, columns) = (tile as usize, gather.count(2), gather.count(3));
    [0, 0, tile % inputs, tile / inputs % columns, tile / inputs / columns, 0, 0]
}

/// Gather counters of a tile's last read.
fn at_end(gather: &Gather, tile: u32) -> [usize; 7] {
    let [_, _, inner @ ..] = counters(gather, tile);
    let [input, column, row, output, pass] = inner;
    [gather.count(0) - 1, gather.count(1) - 1, input, column, row, output, pass]
}

/// The tiles that a list leads to, when it is a list that [`Tiles::list`] makes.
fn follow(list: &TileList, moves: &[Move], gather: &Gather, slices: usize) -> Result<Tiles, String> {
    let [inputs, columns, rows] = [2, 3, 4].map(|level| gather.count(level));
    let [input, column, row] = list.first.map(usize::from);
    let counts = [inputs, columns, rows];
    let inside = input < inputs && column < columns && row < rows;
    require(inside, || format!("the counters at the first tile of the list are {:?}, they end at {counts:?}", list.first))?;
    let all = inputs * columns * rows;
    let place = |tile: u32| (gather.point(counters(gather, tile)), (tile as usize % inputs % slices) as u8);
    let numbers: HashMap<(Point, u8), u32> = (0..all as u32).map(|tile| (place(tile), tile)).collect();
    let mut tile = ((row * columns + column) * inputs + input) as u32;
    let mut tiles = Tiles { outputs: vec![vec![tile]], all };
    for (entry, next) in moves[..moves.len() - 1].iter().enumerate() {
        let here = gather.point(at_end(gather, tile));
        let [addr, y, x] = [(here.addr, next.addr), (here.y, next.y), (here.x, next.x)].map(|(from, by)| from.wrapping_add_signed(by));
        let number = numbers.get(&(Point { addr, y, x }, next.slice)).copied();
        let ascending = number.filter(|number| next.first || *number > tile);
        tile = ascending.ok_or_else(|| format!("entry {entry} of the tile list leads to no later tile of the step"))?;
        match tiles.outputs.last_mut().filter(|_| !next.first) {
            Some(own) => own.push(tile),
            None => tiles.outputs.push(vec![tile]),
        }
    }
    equal("the number of output tiles in the tile list", tiles.outputs.len() as u64, gather.count(5) as u64)?;
    let alone = tiles.outputs[0].len() == 1;
    require(list.last == alone, || "whether the first tile is the last of its output tile is not as the tile list has it".into())?;
    match tiles.moves(gather, slices).iter().zip(moves).position(|(expected, found)| expected != found) {
        Some(entry) => Err(format!("entry {entry} of the tile list does not belong to the tiles it leads to")),
        None => Ok(tiles),
    }
}
