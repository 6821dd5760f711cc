//! The closed forms of the nested counters equal the counters of the RTL, walked step by step: `fw_gather` and `fw_scatter` in Rust.

use fretwork_hdl::config::{Config, Level};
use fretwork_hdl::shell::nest::{Gather, Position, Scatter};
use fretwork_hdl::shell::tile_list::{Move, TileList};
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Accelerator, Images, Kind, LaneOp, Step, Work};
use fretwork_tests::choices::Choices;
use fretwork_tests::random::{case, kind};

/// The requests of `fw_gather` that follows a list of weight tiles: position, slice of the word, and whether the tile is the first, the last of
/// its output tile.
fn walk_list(config: &Config, list: &TileList, moves: &[Move], slices: usize) -> Vec<(Position, usize, [bool; 2])> {
    let (mut addr, mut y, mut x) = (config.in_base, config.y0 as u16, config.x0 as u16);
    let [mut column, mut row, mut pass] = [0u16; 3];
    let (mut next, mut slice, mut flags) = (list.base as usize, usize::from(list.first[0]) % slices, [true, list.last]);
    let mut requests = Vec::new();
    loop {
        requests.push((Position { addr, inside: y < config.height && x < config.width }, slice, flags));
        let level = usize::from(column == config.levels[0].last) + usize::from(column == config.levels[0].last && row == config.levels[1].last);
        let (by, dy, dx) = match level {
            0 | 1 => (config.levels[level].addr, config.levels[level].y, config.levels[level].x),
            _ => (moves[next].addr, moves[next].y, moves[next].x),
        };
        (column, row) = [(column + 1, row), (0, row + 1), (0, 0)][level];
        (addr, y, x) = (addr.wrapping_add(by as u16), y.wrapping_add(dy as u16), x.wrapping_add(dx as u16));
        if level == 2 {
            let entry = moves[next];
            (slice, flags) = (usize::from(entry.slice), [entry.first, entry.last]);
            next = if entry.ends { list.base as usize } else { next + 1 };
            pass += u16::from(entry.ends);
            if entry.ends && pass > config.levels[6].last {
                return requests;
            }
        }
    }
}

/// The list leads where the counters would, past the tiles that are left out.
fn check_list(step: &Step, config: &Config, accelerator: &Accelerator, images: &Images) -> usize {
    let (Work::Conv(conv), Some(list)) = (&step.work, &config.list) else { return 0 };
    let (tiles, slices) = (Tiles::of(conv, accelerator), accelerator.slices());
    let gather = Gather::new(config, Some(slices));
    let found = walk_list(config, list, &images.tiles, slices);
    let mut requests = found.iter();
    for pass in 0..gather.count(6) {
        for own in &tiles.outputs {
            for (at, tile) in own.iter().map(|tile| *tile as usize).enumerate() {
                let (word, tap) = (tile % gather.count(2), tile / gather.count(2));
                for (y, x) in (0..gather.count(1)).flat_map(|y| (0..gather.count(0)).map(move |x| (y, x))) {
                    let position = gather.at([x, y, word, tap % gather.count(3), tap / gather.count(3), 0, pass]);
                    let expected = (position, word % slices, [at == 0, at + 1 == own.len()]);
                    assert_eq!(requests.next(), Some(&expected), "{config:?}");
                }
            }
        }
    }
    assert_eq!(requests.next(), None);
    found.len()
}

/// All requests of `fw_gather`: counters and position, request by request. `slices` when level 2 counts slices.
fn walk(config: &Config, slices: Option<usize>) -> Vec<([usize; 7], Position)> {
    let (mut addr, mut y, mut x) = (config.in_base, config.y0 as u16, config.x0 as u16);
    let mut counters = [0u16; 7];
    let mut requests = Vec::new();
    loop {
        requests.push((counters.map(usize::from), Position { addr, inside: y < config.height && x < config.width }));
        let Some(moving) = (0..7).find(|&level| counters[level] != config.levels[level].last) else { return requests };
        let Level { addr: delta, y: dy, x: dx, .. } = config.levels[moving];
        let word_done = slices.is_some_and(|slices| moving == 2 && usize::from(counters[2]) % slices == slices - 1);
        addr = addr.wrapping_add(delta as u16).wrapping_add(u16::from(word_done));
        (y, x) = (y.wrapping_add(dy as u16), x.wrapping_add(dx as u16));
        counters[..moving].fill(0);
        counters[moving] += 1;
    }
}

#[track_caller]
fn check_gather(config: &Config, slices: Option<usize>) -> usize {
    let gather = Gather::new(config, slices);
    let requests = walk(config, slices);
    for &(counters, expected) in &requests {
        assert_eq!(gather.at(counters), expected, "at {counters:?} of {config:?}, slices {slices:?}");
    }
    assert_eq!((0..7).map(|level| gather.count(level)).product::<usize>(), requests.len());
    requests.len()
}

#[test]
fn gather_with_random_deltas() {
    let mut requests = 0;
    for seed in 0..2000 {
        let mut choices = Choices::random(seed);
        let mut config = Config::new(Kind::Systolic);
        let mut word = || choices.below(1 << 16) as u16;
        (config.in_base, config.height, config.width) = (word(), word(), word());
        (config.y0, config.x0) = (word() as i16, word() as i16);
        for level in &mut config.levels {
            let last = if word() % 3 == 0 { word() % 10 } else { word() % 3 };
            *level = Level { last, addr: word() as i16, y: word() as i16, x: word() as i16 };
        }
        let slices = choices.pick(&[None, Some(1), Some(2), Some(4), Some(16)]);
        requests += check_gather(&config, slices);
    }
    assert!(requests > 100_000, "{requests}");
}

/// All writes of `fw_scatter`: pixel, group, tile; address, word and mask.
fn walk_writes(config: &Config, banks: usize, banked: bool) -> Vec<([usize; 3], (u16, usize, u64))> {
    let all = (1u64 << banks) - 1;
    let lasts = config.out.map(|level| usize::from(level.last));
    let (mut addr, mut word) = (config.out_base, 0);
    let [mut pixel, mut group, mut tile] = [0usize; 3];
    let mut writes = Vec::new();
    loop {
        let ends = [pixel == lasts[0], group == lasts[1], tile == lasts[2]];
        let mask = if banked { (if ends[1] { all } else { 1 }) << (group % banks) & all } else { all };
        writes.push(([pixel, group, tile], (addr, word, mask)));
        let word_done = ends[0] && !ends[1] && (!banked || group % banks == banks - 1);
        let level = if !ends[0] { 0 } else { 1 + usize::from(ends[1]) };
        addr = addr.wrapping_add(config.out[level].addr as u16).wrapping_add(u16::from(word_done));
        word = if ends[0] && ends[1] { 0 } else { word + usize::from(word_done) };
        match ends {
            [false, ..] => pixel += 1,
            [true, false, _] => (pixel, group) = (0, group + 1),
            [true, true, false] => (pixel, group, tile) = (0, 0, tile + 1),
            [true, true, true] => return writes,
        }
    }
}

/// The step tables of random programs, with the counters' slices and banks as the cores use them.
#[test]
fn gather_and_scatter_of_encoded_steps() {
    let (mut requests, mut listed, mut writes) = (0, 0, 0);
    for seed in 0..3000 {
        let case = case(&mut Choices::random(seed), &[[8, 8, 8], [16, 4, 4], [32, 16, 8], [64, 8, 64]], [20, 80][seed as usize % 2]);
        let configs = case.images.configs().unwrap();
        for (step, config) in case.steps.iter().zip(&configs) {
            let systolic = kind(step) == Kind::Systolic;
            listed += check_list(step, config, &case.accelerator, &case.images);
            if config.list.is_none() {
                requests += check_gather(config, systolic.then(|| case.accelerator.slices()));
            }
            let banks = case.accelerator.banks();
            if kind(step) == Kind::Store {
                continue;
            }
            let scatter = Scatter::new(config, if systolic { banks } else { 1 });
            for ([pixel, group, tile], (addr, word, mask)) in walk_writes(config, banks, systolic) {
                assert_eq!(scatter.addr(pixel, group, tile), addr, "{config:?}");
                assert_eq!(scatter.word(group), word, "{config:?}");
                if systolic {
                    assert_eq!(scatter.mask(group, banks), mask, "{config:?}");
                }
                writes += 1;
            }
        }
    }
    assert!(requests > 1_000_000 && listed > 200_000 && writes > 100_000, "{requests} requests, {listed} by lists, {writes} writes");
}

/// What the counters address is what the step means: operand by operand, from the step's geometry alone.
#[test]
fn requests_follow_the_window() {
    for seed in 0..300 {
        let case = case(&mut Choices::random(seed), &[[16, 4, 8], [32, 32, 16]], 50);
        let configs = case.images.configs().unwrap();
        for (step, config) in case.steps.iter().zip(&configs) {
            let (window, slices) = match &step.work {
                Work::Conv(conv) if config.list.is_none() => (conv.window, Some(case.accelerator.slices())),
                Work::Lane(work) if !matches!(work.op, LaneOp::Add { .. }) => (work.window, None),
                Work::Conv(_) | Work::Lane(_) | Work::Sparse(_) | Work::Xnor(_) | Work::Shift(_) | Work::Load | Work::Store => continue,
            };
            for (c, position) in walk(config, slices) {
                let rows_per_tile = usize::from(config.levels[1].last) + 1;
                let (out, tap, word) = match slices {
                    Some(slices) => ([c[6] * rows_per_tile + c[1], c[0]], [c[4], c[3]], c[2] / slices),
                    None => ([c[3], c[2]], [c[1], c[0]], c[5]),
                };
                let at = [0, 1].map(|d| (out[d] * window.stride[d] + tap[d] * window.dilation[d]) as isize + window.origin[d]);
                let size = [step.input.height, step.input.width].map(|size| size as isize);
                assert_eq!(position.inside, (0..2).all(|d| (0..size[d]).contains(&at[d])), "{step:?}");
                if position.inside {
                    let pixel = at[0] as usize * step.input.width + at[1] as usize;
                    assert_eq!(usize::from(position.addr), step.input.base + pixel * step.input.stride + word, "{step:?}");
                }
            }
        }
    }
}
