//! Time of the requantiser per output.
#![allow(missing_docs, reason = "the macros make undocumented functions")]
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fretwork_sim::requantise::{ChannelScales, Rounding, Scale, requantise_rows};
use std::hint::black_box;

const OUTPUTS: usize = 65_536;

fn rows(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("requantise_rows");
    let modes = [
        ("double", Rounding::Double, -8),
        ("double_left", Rounding::Double, 1),
        ("single", Rounding::Single, 40),
        ("nearest_even", Rounding::NearestEven, 40),
        ("float", Rounding::Float, 40),
    ];
    for (name, rounding, shift) in modes {
        for n in [8, 64, 100, 256] {
            let scales: Vec<Scale> = (0..n).map(|i| Scale { multiplier: 1_200_000_000 + i * 1_000_003, shift }).collect();
            let bias: Vec<i32> = (0..n).map(|i| i * 100 - 700).collect();
            let channels = ChannelScales::new(&bias, &scales, rounding, 3, [-128, 127]).unwrap();
            let n = n as usize;
            let acc: Vec<i32> = (0..OUTPUTS / n * n).map(|i| (i as i32).wrapping_mul(0x9e37) % 40_000).collect();
            let mut out = vec![0i8; acc.len()];
            group.throughput(Throughput::Elements(acc.len() as u64));
            group.bench_function(BenchmarkId::new(name, n), |bencher| {
                bencher.iter(|| requantise_rows(black_box(&acc), n, &channels, black_box(&mut out)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
