//! Speed of the sparse engine's cycle simulation on a layer of the size and density of AlexNet's seventh: 4,096 columns, of which 35 % are
//! broadcast, on 64 elements with 64 accumulators each. Throughput in engine cycles per second; an engine cycle is 64 element cycles.
#![allow(missing_docs, reason = "the macros make undocumented functions")]

#[path = "../tests/support/sparse.rs"]
mod sparse;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fretwork_hdl::eie::{Counts, Eie, Engine, Vector};
use fretwork_sim::stalls::Stalls;
use sparse::Layer;
use std::hint::black_box;

const COLUMNS: usize = 4096;
const LANES: usize = 16;
const READS: u64 = 256;
/// Of 1,024, how many weights and activations are not 0.
const WEIGHTS: u64 = 92;
const ACTIVATIONS: u64 = 358;

/// A xorshift generator: benchmarks take the same data every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % bound
    }
}

fn counts(random: &mut Random, eie: &Eie) -> Vec<u32> {
    (0..COLUMNS * eie.pes).map(|_| (0..eie.registers).filter(|_| random.below(1024) < WEIGHTS).count() as u32).collect()
}

fn vector(random: &mut Random) -> Vector {
    let mut vector = Vector::default();
    for word in 0..COLUMNS / LANES {
        let before = vector.columns.len();
        vector.columns.extend((0..LANES).map(|lane| (word * LANES + lane) as u32).filter(|_| random.below(1024) < ACTIVATIONS));
        vector.word_counts.push((vector.columns.len() - before) as u32);
    }
    vector
}

fn times(criterion: &mut Criterion) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let eie = Eie::with_pes(64);
    let (counts, vector) = (Counts::new(&counts(&mut random, &eie), eie.pes), vector(&mut random));
    let cycles = Engine::packed(&eie, LANES, READS, &counts, 0).vector(&vector);
    let mut group = criterion.benchmark_group("eie");
    group.throughput(Throughput::Elements(cycles));
    group.bench_function("times", |bencher| bencher.iter(|| Engine::packed(&eie, LANES, READS, &counts, 0).vector(black_box(&vector))));
    group.bench_function("times and elements", |bencher| {
        bencher.iter(|| {
            let mut engine = Engine::packed(&eie, LANES, READS, &counts, 0);
            engine.count_elements();
            let last_read = engine.vector(black_box(&vector));
            engine.step(None, last_read)
        });
    });
    group.finish();
}

fn layer(random: &mut Random) -> Layer {
    let eie = Eie { entry_words: 8192, pointers: COLUMNS + 1, image_words: 1 << 20, ..Eie::with_pes(64) };
    let mut weight = || if random.below(1024) < WEIGHTS { random.below(15) as i16 * 9 - 70 } else { 0 };
    let weights = (0..COLUMNS * COLUMNS).map(|_| weight()).collect();
    Layer { eie, lanes: LANES, rows: COLUMNS, columns: COLUMNS, wide: false, zero_point: 0, shift: -7, weights }
}

fn values(criterion: &mut Criterion) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let Some(machine) = layer(&mut random).machine() else { panic!("the layer does not fit") };
    let mut activation = || if random.below(1024) < ACTIVATIONS { 1 + random.below(127) as u8 } else { 0 };
    let inputs = [(0..COLUMNS).map(|_| activation()).collect::<Vec<u8>>()];
    let layer = machine.run(&inputs, Stalls::NONE, false).timings[1];
    let mut group = criterion.benchmark_group("eie");
    group.throughput(Throughput::Elements(layer.end - layer.start + 1));
    let name = format!("values, {} entries", layer.weight_words);
    group.bench_function(name, |bencher| bencher.iter(|| machine.run(black_box(&inputs), Stalls::NONE, false)));
    group.finish();
}

criterion_group!(benches, times, values);
criterion_main!(benches);
