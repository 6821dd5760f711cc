//! Step tables and memory images that no encoder made: they are refused, or they run to their end.

mod support;

use fretwork_hdl::config::WORDS;
use fretwork_hdl::shell::check::check;
use fretwork_hdl::shell::tile_list::{Move, TileList};
use fretwork_hdl::{Accelerator, Config, Images, Machine};
use fretwork_sim::stalls::Stalls;
use proptest::prelude::*;
use support::residual;

/// Longer programs are only timed.
const MOST_CYCLES: u64 = 200_000;

const SHAPES: [[usize; 3]; 4] = [[4, 4, 4], [8, 4, 8], [16, 8, 4], [16, 16, 16]];

/// A change of one value.
#[derive(Clone, Debug)]
enum Change {
    /// A bit of the step table.
    Bit(usize, u32),
    /// A field of 16 bits becomes a value at the edge of a range, or any other.
    Field(usize, bool, u16),
    /// A field of 16 bits grows or shrinks a little.
    Near(usize, bool, i16),
    /// A word of the step table becomes another one's.
    Copy(usize, usize),
    /// An epilogue parameter.
    Parameter(usize, i32, i32, i8),
    /// A field of an entry of the tile list grows or shrinks a little.
    Move(usize, usize, i16),
    /// An image loses its end.
    Cut(usize, usize),
    /// A parameter of the accelerator.
    Accelerator(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0usize..1 << 16;
    let edge = prop_oneof![Just(0u16), Just(1), Just(2), Just(0x7fff), Just(0x8000), Just(0xffff), any::<u16>()];
    prop_oneof![
        4 => (at.clone(), 0u32..32).prop_map(|(at, bit)| Change::Bit(at, bit)),
        4 => (at.clone(), any::<bool>(), edge).prop_map(|(at, high, value)| Change::Field(at, high, value)),
        8 => (at.clone(), any::<bool>(), -3i16..4).prop_map(|(at, high, by)| Change::Near(at, high, by)),
        1 => (at.clone(), at.clone()).prop_map(|(to, from)| Change::Copy(to, from)),
        1 => (at.clone(), any::<i32>(), any::<i32>(), any::<i8>()).prop_map(|(at, bias, mult, shift)| Change::Parameter(at, bias, mult, shift)),
        2 => (at.clone(), 0usize..7, -3i16..4).prop_map(|(at, field, by)| Change::Move(at, field, by)),
        1 => (0usize..6, at.clone()).prop_map(|(image, by)| Change::Cut(image, by)),
        1 => (0usize..12, 0usize..200).prop_map(|(field, value)| Change::Accelerator(field, value)),
    ]
}

fn apply(change: &Change, accelerator: &mut Accelerator, images: &mut Images) {
    let steps = images.steps.len().max(1);
    let field = |word: u32, high: bool| if high { (word >> 16) as u16 } else { word as u16 };
    let replaced = |word: u32, high: bool, value: u16| {
        if high { word & 0xffff | u32::from(value) << 16 } else { word & 0xffff_0000 | u32::from(value) }
    };
    let word = |at: usize, images: &mut Images, f: &dyn Fn(u32) -> u32| {
        if let Some(word) = images.steps.get_mut(at % steps) {
            *word = f(*word);
        }
    };
    match *change {
        Change::Bit(at, bit) => word(at, images, &|word| word ^ 1 << bit),
        Change::Field(at, high, value) => word(at, images, &|word| replaced(word, high, value)),
        Change::Near(at, high, by) => word(at, images, &|word| replaced(word, high, field(word, high).wrapping_add(by as u16))),
        Change::Copy(to, from) => {
            let value = images.steps.get(from % steps).copied().unwrap_or(0);
            word(to, images, &|_| value);
        }
        Change::Parameter(at, bias, multiplier, shift) => {
            let count = images.params.len().max(1);
            if let Some(channel) = images.params.get_mut(at % count) {
                (channel.bias, channel.scale.multiplier, channel.scale.shift) = (bias, multiplier, shift);
            }
        }
        Change::Move(at, field, by) => {
            let count = images.tiles.len().max(1);
            let Some(entry) = images.tiles.get_mut(at % count) else { return };
            match field {
                0 => entry.addr = entry.addr.wrapping_add(by),
                1 => entry.y = entry.y.wrapping_add(by),
                2 => entry.x = entry.x.wrapping_add(by),
                3 => entry.slice = entry.slice.wrapping_add(by as u8),
                4 => entry.first ^= true,
                5 => entry.last ^= true,
                _ => entry.ends ^= true,
            }
        }
        Change::Cut(image, by) => match image {
            0 => images.steps.truncate(images.steps.len().saturating_sub(by % 70)),
            1 => images.weights.truncate(images.weights.len().saturating_sub(by % 70)),
            2 => images.lane_weights.truncate(images.lane_weights.len().saturating_sub(by % 70)),
            4 => images.tiles.truncate(images.tiles.len().saturating_sub(by % 70)),
            3 => images.params.truncate(images.params.len().saturating_sub(by % 70)),
            _ => images.tables.truncate(images.tables.len().saturating_sub(by % 70)),
        },
        Change::Accelerator(index, value) => {
            let a = accelerator;
            let fields = [&mut a.lanes, &mut a.rows, &mut a.cols, &mut a.acc_bits, &mut a.acc_depth, &mut a.activation_words];
            let memories = [&mut a.weight_words, &mut a.lane_weight_words, &mut a.param_words, &mut a.tables, &mut a.steps, &mut a.tile_words];
            if let Some(field) = fields.into_iter().chain(memories).nth(index) {
                *field = value;
            }
        }
    }
}

/// Refused, or run to the end; whether it ran.
fn run(accelerator: &Accelerator, images: &Images, input_bytes: usize) -> bool {
    let Ok(configs) = check(accelerator, images) else {
        assert!(Machine::new(accelerator, images).is_none(), "a machine was made of images that the check refuses");
        return false;
    };
    let machine = Machine::new(accelerator, images).expect("a machine for images that pass the check");
    let stalls = Stalls { seed: 3, probability: 0.2 };
    let timings = machine.time(1, stalls).expect("cycles that do not depend on activations");
    assert_eq!(timings.len(), configs.len());
    if timings.last().is_none_or(|timing| timing.end > MOST_CYCLES) {
        return false;
    }
    for (stalls, log) in [(Stalls::NONE, false), (stalls, true)] {
        let run = machine.run(&[vec![0x5a; input_bytes]], stalls, log);
        assert_eq!(Some(run.timings), machine.time(1, stalls));
    }
    true
}

#[test]
fn encoded_steps_pass() {
    for shape in SHAPES {
        let (accelerator, images, input_bytes) = residual(shape, 8, 20);
        assert_eq!(check(&accelerator, &images).err(), None);
        assert!(run(&accelerator, &images, input_bytes));
    }
}

/// What the check says when a step-table entry is changed.
fn fault(entry: usize, change: impl Fn(&mut Config)) -> String {
    fault_with_list(entry, |config, _| change(config))
}

/// The same when the tile list may change as well.
fn fault_with_list(entry: usize, change: impl Fn(&mut Config, &mut Vec<Move>)) -> String {
    let (accelerator, mut images, _) = residual([8, 4, 8], 8, 20);
    let words = &mut images.steps[entry * WORDS..][..WORDS];
    let mut config = Config::from_words(words).expect("an encoded entry");
    change(&mut config, &mut images.tiles);
    words.copy_from_slice(&config.to_words());
    check(&accelerator, &images).expect_err("a fault").to_string()
}

#[test]
fn faults_are_named() {
    let (load, conv, add, average, store) = (0, 1, 3, 6, 10);
    let expect = |found: String, what: &str| assert!(found.contains(what), "{found}");
    expect(fault(load, |c| c.out_base = 5000), "step-table entry 0: the end of the words written is 5192, the most is ");
    expect(fault(conv, |c| c.weight_base += 9999), "step-table entry 1: the end of the weight words is ");
    expect(fault(conv, |c| c.levels[6].addr += 1), "a gather level moves the address and the coordinates by different distances");
    expect(fault(conv, |c| c.weight_words += 4), "the number of weight words is ");
    expect(fault(conv, |c| c.by_count = true), "the array does not count operands");
    expect(fault(conv, |c| c.out[0].addr = 2), "a channel group must restart at its tile's first pixel");
    expect(fault(add, |c| c.add[1].shift = 32), "the shift of an operand is 32, the most is 31");
    expect(fault(add, |c| c.lane_op = 6), "there is no lane operation 6");
    expect(fault(average, |c| c.param_base += 900), "the end of the epilogue parameters is ");
    expect(fault(average, |c| c.clamp = [1, 0]), "the clamp [1, 0] is empty");
    expect(fault(store, |c| c.in_base = u16::MAX), "the end of the words read is ");
    expect(fault(store, |c| c.last = false), "the last entry, and no other, must end the inference");
}

#[test]
fn faults_of_the_tile_list_are_named() {
    let conv = 2;
    let expect = |found: String, what: &str| assert!(found.contains(what), "{found}");
    let list = |change: &dyn Fn(&mut TileList)| fault(conv, |c| change(c.list.as_mut().expect("a step with a list")));
    expect(list(&|list| list.base += 9), "the end of the tile list is ");
    expect(list(&|list| list.first[1] = 3), "the counters at the first tile of the list are [2, 3, 0], they end at [6, 3, 3]");
    expect(list(&|list| list.last = true), "whether the first tile is the last of its output tile is not as the tile list has it");
    expect(fault(conv, |c| c.list = None), "the number of weight words is ");
    expect(fault(conv, |c| c.weight_words -= 1), " weight words are no whole number of tiles of 4");
    expect(fault(conv, |c| c.weight_words -= 4), " of the tile list does not belong to the tiles it leads to");
    expect(fault(conv, |c| c.out[1].last += 1), "the number of channel groups written is ");
    expect(fault(3, |c| c.list = Some(TileList::default())), "only the array has a list of weight tiles");
    let entry = |change: &dyn Fn(&mut Move)| fault_with_list(conv, |_, moves| change(&mut moves[5]));
    expect(entry(&|entry| entry.addr += 1), "entry 5 of the tile list leads to no later tile of the step");
    expect(entry(&|entry| entry.slice = 9), "entry 5 of the tile list leads to no later tile of the step");
    expect(entry(&|entry| entry.last ^= true), "entry 5 of the tile list does not belong to the tiles it leads to");
    expect(entry(&|entry| entry.ends = true), "entry 5 of the tile list does not belong to the tiles it leads to");
    expect(entry(&|entry| entry.first = true), "the number of output tiles in the tile list is 4 instead of 3");
    expect(fault_with_list(conv, |_, moves| moves.push(moves[0])), "tile list: ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn changed_tables_are_refused_or_run(shape in 0..SHAPES.len(), changes in prop::collection::vec(change(), 1..4)) {
        let (mut accelerator, mut images, input_bytes) = residual(SHAPES[shape], 4, 5);
        changes.iter().for_each(|change| apply(change, &mut accelerator, &mut images));
        run(&accelerator, &images, input_bytes);
    }

    #[test]
    fn random_words_are_refused_or_run(words in prop::collection::vec(any::<u32>(), 0..100), kinds in prop::collection::vec(0u32..4, 4)) {
        let (mut accelerator, mut images, input_bytes) = residual([8, 4, 8], 4, 5);
        accelerator.steps = 512;
        images.steps = words;
        for (entry, kind) in images.steps.chunks_mut(WORDS).zip(kinds) {
            entry[0] = entry[0] & !0xff | kind;
        }
        run(&accelerator, &images, input_bytes);
    }

    #[test]
    fn entries_survive_the_round_trip(words in prop::collection::vec(any::<u32>(), 0..40)) {
        match Config::from_words(&words) {
            None => prop_assert!(words.len() != WORDS || words[0] & 7 > 3 || words[0] >> 6 & 3 == 3),
            Some(config) => prop_assert_eq!(Config::from_words(&config.to_words()), Some(config)),
        }
    }
}
