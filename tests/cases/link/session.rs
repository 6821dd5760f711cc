//! The library's session against the RTL, over good, bad and dead lines: results are right, or there is an error.

use fretwork::host::{HostError, Inferred, Session, Settings, Silence, Statistics};
use fretwork_cosim::faults::Rates;
use fretwork_sim::stalls::splitmix;
use fretwork_tests::link::{Bench, CLOCK_HZ, SETTINGS, Shape, Wire};
use std::time::Duration;

fn random(count: usize, seed: u64) -> Vec<u8> {
    (0..count as u64).map(|at| splitmix(seed << 32 | at) as u8).collect()
}

/// Runs inferences over the line; everything has to be right.
#[track_caller]
fn run(shape: Shape, bench: &Bench, inferences: u64, seed: u64, rates: Rates) -> (Vec<Inferred>, Statistics) {
    let mut session = Session::open(bench.wire(seed, rates), SETTINGS).unwrap();
    let info = session.info();
    assert_eq!((info.lanes as usize, info.input_words as usize, info.output_words as usize), (shape.lanes, shape.inputs, shape.outputs));
    assert_eq!((info.design, info.clock_hz), (0xc0de_cafe, 1_000_000));
    let inferred = (0..inferences).map(|inference| {
        let input = random(shape.inputs * shape.lanes, seed ^ inference);
        let inferred = session.infer(&input, &|_| ()).unwrap_or_else(|error| panic!("seed {seed}, inference {inference}: {error}"));
        assert_eq!(inferred.output, shape.expected(&input), "seed {seed}, inference {inference}");
        assert!(inferred.worked_cycles <= inferred.cycles);
        inferred
    });
    (inferred.collect(), session.statistics())
}

#[test]
fn a_good_line_needs_no_repetition() {
    for (lanes, inputs, outputs) in [(4, 200, 70), (8, 1, 1), (16, 31, 16), (128, 3, 2)] {
        let shape = Shape { lanes, inputs, outputs, pace: 1 };
        let (inferred, statistics) = run(shape, &Bench::build(shape, None), 3, 1, Rates::NONE);
        assert_eq!((statistics.retries, statistics.stale, statistics.skipped_bytes), (0, 0, 0), "{shape:?}");
        let reads = (outputs * lanes).div_ceil(128);
        let writes = inputs.div_ceil(255 / lanes);
        assert_eq!(statistics.requests, (2 + 3 * (reads + writes)) as u64, "{shape:?}");
        // A word a cycle, in and out, had the line been fast enough.
        assert!(inferred.iter().all(|one| one.worked_cycles as usize == inputs + outputs), "{shape:?}: {inferred:?}");
    }
}

#[test]
fn a_rate_may_be_three_percent_off() {
    let shape = Shape { lanes: 4, inputs: 150, outputs: 70, pace: 1 };
    let baud = CLOCK_HZ / 32;
    let bench = Bench::build_at(shape, baud, None);
    for clocks_per_bit in [31, 32, 33] {
        let wire = Wire::new(bench.power_up_at(clocks_per_bit), 1, Rates::NONE);
        let mut session = Session::open(wire, Settings { baud: baud as u32, ..SETTINGS }).unwrap();
        let input = random(600, 1);
        assert_eq!(session.infer(&input, &|_| ()).unwrap().output, shape.expected(&input), "{clocks_per_bit} clocks");
        assert_eq!(session.statistics().retries, 0, "{clocks_per_bit} clocks");
    }
}

#[test]
fn a_slow_accelerator_puts_the_host_off() {
    let shape = Shape { lanes: 4, inputs: 150, outputs: 5, pace: 2000 };
    let (inferred, statistics) = run(shape, &Bench::build(shape, None), 2, 1, Rates::NONE);
    assert!(statistics.busy > 10 && statistics.retries == 0, "{statistics:?}");
    assert!(inferred.iter().all(|one| one.worked_cycles == 154 * 2000 + 1), "{inferred:?}");
}

#[test]
fn a_bad_line_costs_time_and_nothing_else() {
    let shape = Shape { lanes: 4, inputs: 150, outputs: 70, pace: 10 };
    let bench = Bench::build(shape, None);
    let mut retries = 0;
    for seed in 0..30 {
        let rates = [Rates::all(0.001), Rates { flip: 0.004, ..Rates::NONE }, Rates { drop: 0.003, insert: 0.001, flip: 0.0 }];
        retries += run(shape, &bench, 4, seed, rates[seed as usize % 3]).1.retries;
    }
    assert!(retries > 300, "{retries}");
}

#[test]
fn a_new_session_ends_what_the_last_one_left() {
    let shape = Shape { lanes: 4, inputs: 150, outputs: 70, pace: 10 };
    let bench = Bench::build(shape, None);
    let input = random(600, 5);
    let impatient = Settings { retries: 0, ..SETTINGS };
    for seed in 0..20 {
        // Breaks off somewhere.
        let mut wire = bench.wire(seed, Rates::all(0.005));
        if let Ok(mut session) = Session::open(&mut wire, impatient) {
            while session.infer(&input, &|_| ()).is_ok() {}
        }
        wire.rates(Rates::NONE);
        let mut session = Session::open(&mut wire, impatient).unwrap();
        for _ in 0..2 {
            assert_eq!(session.infer(&input, &|_| ()).unwrap().output, shape.expected(&input), "seed {seed}");
        }
    }
}

#[test]
fn a_dead_line_is_an_error_in_time() {
    let shape = Shape { lanes: 4, inputs: 4, outputs: 4, pace: 1 };
    let bench = Bench::build(shape, None);
    let error = Session::open(bench.wire(1, Rates::DEAD), SETTINGS).err().unwrap();
    let HostError::Silent { request: "RESET", attempts: 13, waited, .. } = error else { panic!("{error}") };
    assert!(waited < Duration::from_secs(2), "{waited:?}");
    assert!(error.to_string().contains("nothing was received; check port and cable"), "{error}");
    let noise = Rates { flip: 0.5, ..Rates::NONE };
    let error = Session::open(bench.wire(1, noise), SETTINGS).err().unwrap();
    let HostError::Silent { silence: Silence { received: 8, skipped: 8 }, .. } = error else { panic!("{error}") };
    assert!(error.to_string().contains("check --baud"), "{error}");
}

#[test]
fn too_few_words_are_an_error_in_time() {
    let shape = Shape { lanes: 4, inputs: 4, outputs: 4, pace: 1 };
    let bench = Bench::build(shape, None);
    let mut session = Session::open(bench.wire(1, Rates::NONE), SETTINGS).unwrap();
    let error = session.infer(&[1; 12], &|_| ()).unwrap_err();
    assert!(matches!(error, HostError::Busy { request: "READ", waited, .. } if waited < Duration::from_secs(3)), "{error}");
}
