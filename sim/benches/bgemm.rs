//! Speed of the binary multiplication in multiply-accumulates per second, on every path that this processor can run.
#![allow(missing_docs, reason = "the macros make undocumented functions")]
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fretwork_sim::bgemm::{Output, PackedBits, Path, Patterns, Thresholds, bgemm_on};
use std::hint::black_box;

/// Rows, kernel taps, input channels, outputs: matrices, the same with one row per inference that runs beside it, 3x3 convolutions.
const SIZES: [[usize; 4]; 5] = [[256, 1, 1024, 1024], [16, 1, 1024, 1024], [256, 9, 256, 256], [256, 9, 64, 64], [256, 1, 512, 512]];

fn multiplications(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bgemm");
    for [m, taps, channels, n] in SIZES {
        let weights = PackedBits::new(taps, channels, n, |output, tap, channel| Some((output * 7 + tap * 5 + channel * channel) % 3 == 0));
        let mut rows = Patterns::default();
        for row in 0..m {
            for tap in 0..taps {
                let bits: Vec<i8> = (0..channels.div_ceil(8)).map(|i| (i * 37 + row * 11 + tap * 101) as i8).collect();
                rows.push_bits(&bits, channels);
            }
            rows.end_row(&weights);
        }
        let thresholds = [Thresholds::new(&weights, |output| (vec![(taps * channels / 2 + output % 16) as i64], false))];
        let chosen = vec![0; m];
        let mut out = vec![0; m * n.next_multiple_of(256) / 64];
        group.throughput(Throughput::Elements((m * taps * channels * n) as u64));
        for path in Path::available() {
            group.bench_function(BenchmarkId::new(path.name(), format!("{m}x{taps}x{channels}x{n}")), |bencher| {
                bencher.iter(|| {
                    bgemm_on(path, &weights, black_box(&rows), Output::Bits { thresholds: &thresholds, chosen: &chosen, out: black_box(&mut out) })
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, multiplications);
criterion_main!(benches);
