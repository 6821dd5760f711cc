use super::*;
use proptest::prelude::*;

fn naive(a: &[i8], m: usize, k: usize, n: usize, b: &[i8]) -> Vec<i32> {
    let sum = |row: usize, column: usize| (0..k).map(|i| i32::from(a[row * k + i]) * i32::from(b[i * n + column])).sum();
    (0..m).flat_map(|row| (0..n).map(move |column| sum(row, column))).collect()
}

/// Every path that this processor can run gives the sums of the plain loop.
fn check(a: &[i8], m: usize, k: usize, n: usize, b: &[i8]) {
    let expected = naive(a, m, k, n, b);
    let packed = PackedB::from_slice(k, n, b);
    let run = |name: &str, path: &dyn Fn(&mut [i32])| {
        let mut out = vec![0x55aa_55aa; m * n];
        path(&mut out);
        assert!(out == expected, "{name} differs at {m} x {k} x {n}");
    };
    run("the chosen path", &|out| gemm(a, m, &packed, out));
    if m * k * n == 0 {
        return;
    }
    run("portable", &|out| portable::gemm(a, &packed, out));
    #[cfg(target_arch = "x86_64")]
    {
        if avx2::available() {
            run("avx2", &|out| unsafe { avx2::gemm(a, &packed, out) });
        }
        if avx512::available() {
            run("avx512", &|out| unsafe { avx512::gemm(a, &packed, out) });
        }
    }
}

/// Values in which the extremes are frequent.
fn value() -> impl Strategy<Value = i8> {
    prop_oneof![Just(i8::MIN), Just(i8::MAX), any::<i8>()]
}

fn operands(m: usize, k: usize, n: usize) -> impl Strategy<Value = (usize, usize, usize, Vec<i8>, Vec<i8>)> {
    (0..=m, 0..=k, 0..=n)
        .prop_flat_map(|(m, k, n)| (Just(m), Just(k), Just(n), prop::collection::vec(value(), m * k), prop::collection::vec(value(), k * n)))
}

proptest! {
    #[test]
    fn small_sizes_equal_the_plain_loop((m, k, n, a, b) in operands(20, 40, 150)) {
        check(&a, m, k, n, &b);
    }

    #[test]
    fn several_blocks_of_k_equal_the_plain_loop((m, k, n, a, b) in operands(8, 1200, 20)) {
        check(&a, m, k, n, &b);
    }
}

#[test]
fn every_tile_size_and_rest_of_k() {
    for m in 1..=13 {
        for n in [1, 15, 16, 17, 32, 33, 48, 49, 63, 64, 65, 130] {
            for k in 1..=9 {
                let a: Vec<i8> = (0..m * k).map(|i| (i * 37 + 11) as i8).collect();
                let b: Vec<i8> = (0..k * n).map(|i| (i * 91 + 5) as i8).collect();
                check(&a, m, k, n, &b);
            }
        }
    }
}

#[test]
fn extremes_at_the_greatest_depth() {
    let k = MAX_DEPTH;
    for (x, y) in [(i8::MIN, i8::MIN), (i8::MIN, i8::MAX), (i8::MAX, i8::MAX)] {
        check(&vec![x; k], 1, k, 1, &vec![y; k]);
    }
}

#[test]
#[should_panic(expected = "not in the required range of 0..=131071")]
fn depths_that_could_overflow_are_refused() {
    PackedB::new(MAX_DEPTH + 1, 1, |_, _| 0);
}
