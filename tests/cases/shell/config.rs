//! A step-table entry survives its 32 words, whatever its fields hold.

use fretwork_hdl::Kind;
use fretwork_hdl::config::{AddScale, Config, Level, OutLevel, Planes, WORDS};
use fretwork_hdl::shell::tile_list::TileList;
use fretwork_sim::requantise::Rounding;
use fretwork_tests::choices::Choices;

/// An entry with random bits in every field.
fn random(choices: &mut Choices) -> Config {
    let mut bits = || choices.below(1 << 32) as u32;
    let config = Config::new(Kind::Load);
    let list = TileList { base: bits(), first: [bits() as u16, bits() as u16, bits() as u16], last: bits() & 1 == 1 };
    let add = config.add.map(|_| AddScale { zero_point: bits() as i8, multiplier: bits() as i32, shift: bits() as u8 });
    // A list takes the place of the operands.
    let (list, add) = if bits() & 1 == 1 { (Some(list), config.add) } else { (None, add) };
    Config {
        kind: [Kind::Load, Kind::Store, Kind::Systolic, Kind::Lane, Kind::Eie, Kind::Xnor, Kind::Shift][bits() as usize % 7],
        lane_op: bits() as u8 % 8,
        rounding: [Rounding::Double, Rounding::Single, Rounding::NearestEven, Rounding::Float][bits() as usize % 4],
        by_count: bits().is_multiple_of(2),
        last: bits().is_multiple_of(2),
        table: bits() as u16,
        in_base: bits() as u16,
        out_base: bits() as u16,
        height: bits() as u16,
        width: bits() as u16,
        y0: bits() as i16,
        x0: bits() as i16,
        pad_value: bits() as i8,
        zero_point: bits() as i8,
        clamp: [bits() as i16, bits() as i16],
        wide: [bits() & 1 == 1, bits() & 1 == 1],
        levels: config.levels.map(|_| Level { last: bits() as u16, addr: bits() as i16, y: bits() as i16, x: bits() as i16 }),
        out: config.out.map(|_| OutLevel { last: bits() as u16, addr: bits() as i16 }),
        param_base: bits() as u16,
        weight_base: bits(),
        weight_words: bits(),
        passes: bits() as u16,
        add,
        list,
        packed: bits() & 1 == 1,
        thresholds: bits() & 1 == 1,
        doubled: bits() & 1 == 1,
        affine: bits() & 1 == 1,
        threshold_base: bits() as u16,
        planes: Planes {
            last: bits() as u8 % 8,
            weight_last: bits() as u8 % 8,
            first: bits() as u8 % 8,
            bipolar: bits() & 1 == 1,
            negative: bits() & 1 == 1,
            zero_pad: bits() & 1 == 1,
            packed: bits() & 1 == 1,
            limit: bits() as u16,
        },
    }
}

#[test]
fn words_and_back() {
    for seed in 0..20_000 {
        let config = random(&mut Choices::random(seed));
        let words = config.to_words();
        assert_eq!(Config::from_words(&words).as_ref(), Some(&config), "seed {seed}");
    }
}

/// Every bit that no field owns is free: changing it changes nothing, and changing any other bit changes the entry.
#[test]
fn every_bit_belongs_to_one_field_or_to_none() {
    let plain = Config::new(Kind::Load);
    let unused = |(word, bit): (usize, usize)| match word {
        4 => bit >= 17,
        22 | 25 | 31 => bit >= 16,
        30 => (13..16).contains(&bit),
        _ => false,
    };
    check_bits(&plain, &unused, 15 + 3 * 16 + 3);
    let unused = |(word, bit): (usize, usize)| (unused((word, bit)) && (word, bit) != (4, 17)) || (word == 28 && bit >= 16);
    check_bits(&Config { list: Some(TileList::default()), ..plain }, &unused, 14 + 4 * 16 + 3);
}

fn check_bits(plain: &Config, unused: &dyn Fn((usize, usize)) -> bool, count: usize) {
    let mut free = Vec::new();
    for bit in 0..WORDS * 32 {
        let mut words = plain.to_words();
        words[bit / 32] ^= 1 << (bit % 32);
        match Config::from_words(&words) {
            None => {}
            Some(config) if config == *plain => free.push((bit / 32, bit % 32)),
            // Without its flag, a list is no list.
            Some(config) if config.list.is_none() && plain.list.is_some() => {}
            Some(config) => assert_eq!(config.to_words(), words, "bit {bit}"),
        }
    }
    assert!(free.iter().all(|&at| unused(at)), "{free:?}");
    assert_eq!(free.len(), count);
}
