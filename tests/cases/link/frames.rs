//! Random requests with random damage, one burst at a time: the RTL answers what the model does, byte by byte.

use crate::model::Model;
use fretwork::host::frame::{Answer, COUNT_BYTES, Decoder, Kind, OVERHEAD, request};
use fretwork_cosim::Serial;
use fretwork_tests::choices::Choices;
use fretwork_tests::link::{BYTE, Bench, CLOCK_HZ, Shape};

/// Cycles after which the board has given up a frame, or waiting for a block.
const SILENCE: u64 = CLOCK_HZ / 32;

/// Sends a burst and returns what comes back until nothing can come any more.
fn exchange(serial: &mut Serial, burst: &[u8]) -> Vec<u8> {
    let on_line = (burst.len() + OVERHEAD + 255) as u64 * BYTE;
    let (begun, arrived) = serial.run(on_line + 2 * SILENCE, burst).unwrap();
    assert_eq!(begun, burst.len());
    arrived
}

/// A request, mostly one that fits.
fn random_request(choices: &mut Choices, shape: Shape, sequence: &mut u8) -> Vec<u8> {
    if choices.chance(70) {
        *sequence = sequence.wrapping_add(1);
    }
    let bytes = |choices: &mut Choices, count: usize| (0..count).map(|_| choices.below(256) as u8).collect::<Vec<u8>>();
    match choices.below(20) {
        0 => request(Kind::Info, *sequence, &[]),
        1 => request(Kind::Reset, *sequence, &[]),
        // Lengths and kinds that do not fit.
        2 => {
            let count = choices.below(256);
            request(Kind::Write, *sequence, &bytes(choices, count))
        }
        3 => request(Kind::Read, *sequence, &bytes(choices, 2)),
        4..=11 => {
            let count = choices.size(255 / shape.lanes) * shape.lanes;
            request(Kind::Write, *sequence, &bytes(choices, count))
        }
        _ => request(Kind::Read, *sequence, &[]),
    }
}

/// Damages one to three bytes; what is inserted behind the frame stays shorter than an answer.
fn damage(choices: &mut Choices, burst: &mut Vec<u8>) {
    for _ in 0..choices.size(3) {
        let at = choices.below(burst.len());
        let byte = choices.pick(&[0xa5, 0x00, 0xff, 0x02]);
        match choices.below(4) {
            0 => burst[at] ^= 1 << choices.below(8),
            1 => burst[at] = byte,
            2 => drop(burst.remove(at)),
            _ => burst.insert(at, byte),
        }
    }
}

fn check(shape: Shape, bursts: usize, seed: u64) {
    let bench = Bench::build(shape, None);
    let mut serial = bench.power_up();
    let mut model = Model::new(shape);
    let mut choices = Choices::random(seed);
    let (mut sequence, mut blocks, mut ignored) = (0, 0, 0);
    for index in 0..bursts {
        let mut burst = random_request(&mut choices, shape, &mut sequence);
        if choices.chance(40) {
            damage(&mut choices, &mut burst);
        }
        let arrived = exchange(&mut serial, &burst);
        let place = format!("{shape:?}, seed {seed}, burst {index}: {burst:02x?}");
        let Some(expected) = model.burst(&burst) else {
            assert!(arrived.is_empty(), "{place}: {arrived:02x?}");
            ignored += 1;
            continue;
        };
        let mut decoder = Decoder::default();
        decoder.push(&arrived);
        let found = decoder.next(true).unwrap_or_else(|| panic!("{place}: no answer in {arrived:02x?}"));
        assert_eq!(arrived, found.to_bytes(), "{place}");
        let start = if expected.has_counts { COUNT_BYTES } else { 0 };
        assert_eq!(Answer { payload: found.payload[start..].to_vec(), ..found.clone() }, expected.answer, "{place}");
        if expected.has_counts {
            blocks += 1;
        }
    }
    println!("{shape:?}: {bursts} bursts, {blocks} blocks read, {ignored} bursts ignored");
    assert!(blocks > bursts / 20 && ignored > bursts / 10, "{blocks} blocks, {ignored} ignored");
}

#[test]
fn words_of_four_bytes() {
    check(Shape { lanes: 4, inputs: 20, outputs: 40, pace: 1 }, 2000, 1);
}

#[test]
fn words_of_sixteen_bytes() {
    check(Shape { lanes: 16, inputs: 7, outputs: 3, pace: 1 }, 1000, 2);
}

#[test]
fn words_of_128_bytes() {
    check(Shape { lanes: 128, inputs: 2, outputs: 2, pace: 1 }, 600, 3);
}
