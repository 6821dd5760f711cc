//! Speed of the int8 multiplication in multiply-accumulates per second, beside the processor's peak.
#![allow(missing_docs, reason = "the macros make undocumented functions")]
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fretwork_sim::gemm::{PackedB, gemm};
use std::hint::black_box;

/// M, K, N: cubes, a 3x3 convolution as a matrix, a narrow layer, one row.
const SIZES: [[usize; 3]; 8] =
    [[64, 64, 64], [256, 256, 256], [512, 512, 512], [1024, 1024, 1024], [1024, 576, 64], [3136, 147, 64], [784, 256, 10], [1, 1024, 1024]];

fn multiplications(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gemm");
    for [m, k, n] in SIZES {
        let a: Vec<i8> = (0..m * k).map(|i| (i * 37 + 11) as i8).collect();
        let b = PackedB::new(k, n, |k, n| (k * 91 + n * 13) as i8);
        let mut out = vec![0; m * n];
        group.throughput(Throughput::Elements((m * k * n) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{m}x{k}x{n}")), |bencher| {
            bencher.iter(|| gemm(black_box(&a), m, black_box(&b), black_box(&mut out)));
        });
    }
    group.finish();
}

/// Dot-product instructions on registers alone.
#[cfg(target_arch = "x86_64")]
fn peak(criterion: &mut Criterion) {
    if !is_x86_feature_detected!("avx512vnni") {
        return;
    }
    let mut group = criterion.benchmark_group("peak");
    group.throughput(Throughput::Elements(PEAK_ROUNDS * PEAK_CHAINS as u64 * 64));
    // SAFETY: the feature was detected.
    group.bench_function("vpdpbusd", |bencher| bencher.iter(|| unsafe { dot_products(black_box(PEAK_ROUNDS)) }));
    group.finish();
}

#[cfg(not(target_arch = "x86_64"))]
fn peak(_: &mut Criterion) {}

const PEAK_ROUNDS: u64 = 10_000;
const PEAK_CHAINS: usize = 24;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vnni")]
fn dot_products(rounds: u64) -> i32 {
    use std::arch::x86_64::*;
    let x = black_box(_mm512_set1_epi32(0x0102_0304));
    let mut sums = [_mm512_setzero_si512(); PEAK_CHAINS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, x, x);
        }
    }
    sums.into_iter().fold(0, |total, sum| total.wrapping_add(_mm512_reduce_add_epi32(sum)))
}

criterion_group!(benches, peak, multiplications);
criterion_main!(benches);
