//! Speed of the cycle simulator on a residual block, in simulated cycles per second: with values, and times alone.
#![allow(missing_docs, reason = "the macros make undocumented functions")]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use std::hint::black_box;

fn machines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    for (size, channels) in [(32, 16), (16, 64)] {
        for lanes in [16, 32] {
            let (accelerator, images, input_bytes) = support::residual([lanes; 3], size, channels);
            let Some(machine) = Machine::new(&accelerator, &images) else { continue };
            let inputs = [vec![1; input_bytes]];
            let cycles = machine.time(1, Stalls::NONE).unwrap_or_default().last().map_or(0, |timing| timing.end + 1);
            let name = format!("{size}x{size}x{channels} on {lanes}x{lanes}");
            group.throughput(Throughput::Elements(cycles));
            group.bench_function(BenchmarkId::new("values", &name), |bencher| {
                bencher.iter(|| black_box(machine.run(&inputs, Stalls::NONE, false)));
            });
            group.bench_function(BenchmarkId::new("times", &name), |bencher| bencher.iter(|| black_box(machine.time(1, Stalls::NONE))));
        }
    }
    group.finish();
}

criterion_group!(benches, machines);
criterion_main!(benches);
