use super::*;
use proptest::prelude::*;

/// The formulas of the numerics document, in integers wide enough for anything.
mod literal {
    pub fn srdhm(a: i128, b: i128) -> i128 {
        if a == b && a == i128::from(i32::MIN) {
            return i128::from(i32::MAX);
        }
        let nudge = if a * b >= 0 { 1 << 30 } else { 1 - (1 << 30) };
        (a * b + nudge) / (1 << 31)
    }

    pub fn rdbpot(x: i128, s: u32) -> i128 {
        let mask = (1i128 << s) - 1;
        (x >> s) + i128::from((x & mask) > (mask >> 1) + i128::from(x < 0))
    }

    pub fn double(acc: i128, m: i128, shift: i32) -> i128 {
        rdbpot(srdhm(acc << shift.max(0), m), (-shift).max(0) as u32)
    }

    pub fn single(acc: i128, m: i128, s: u32) -> i128 {
        let half = if s == 0 { 0 } else { 1i128 << (s - 1) };
        (acc * m + half) >> s
    }

    pub fn nearest_even(acc: i128, m: i128, s: u32) -> i128 {
        let (p, d) = (acc * m, 1i128 << s);
        let (floor, rest) = (p.div_euclid(d), p.rem_euclid(d));
        match (2 * rest).cmp(&d) {
            std::cmp::Ordering::Less => floor,
            std::cmp::Ordering::Greater => floor + 1,
            std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
        }
    }

    pub fn float(acc: i128, m: i128, s: u32) -> i128 {
        let product = acc * m;
        let extra = (128 - product.unsigned_abs().leading_zeros()).saturating_sub(24);
        nearest_even(nearest_even(product, 1, extra) << extra, 1, s)
    }
}

const ROUNDINGS: [Rounding; 4] = [Rounding::Double, Rounding::Single, Rounding::NearestEven, Rounding::Float];

/// All shifts of a mode.
fn shifts(rounding: Rounding) -> std::ops::RangeInclusive<i8> {
    match rounding {
        Rounding::Double => -62..=31,
        Rounding::Single | Rounding::NearestEven | Rounding::Float => 0..=62,
    }
}

/// Values in which extremes and powers of two, where ties are, are frequent.
fn value() -> impl Strategy<Value = i32> {
    prop_oneof![
        any::<i32>(),
        -70_000i32..70_000,
        (0u32..31, -1i32..=1).prop_map(|(s, d)| (1 << s) + d),
        (0u32..31, -1i32..=1).prop_map(|(s, d)| d - (1 << s)),
        prop::sample::select(vec![i32::MIN, i32::MIN + 1, i32::MAX, 0]),
    ]
}

fn multiplier() -> impl Strategy<Value = i32> {
    value().prop_map(|value| value & i32::MAX)
}

#[test]
fn double_by_hand() {
    let double = |acc, multiplier, shift| requantise(acc, Scale { multiplier, shift }, Rounding::Double);
    let half = 1 << 30;
    // 5 / 2: the first rounding takes ties upwards, also below zero.
    assert_eq!([double(5, half, 0), double(-5, half, 0)], [3, -2]);
    // 10 / 4 by two halvings: 5, then half away from zero.
    assert_eq!([double(10, half, -1), double(-10, half, -1)], [3, -3]);
    // 9 / 4 = 2.25, but the first rounding makes it 5 and the second 3.
    assert_eq!([double(9, half, -1), double(-9, half, -1)], [3, -2]);
    assert_eq!([double(3, half, 2), double(-3, half, 2)], [6, -6]);
    assert_eq!(double(i32::MIN, i32::MAX, 0), -i32::MAX);
}

#[test]
fn single_by_hand() {
    let single = |acc, multiplier, shift| requantise(acc, Scale { multiplier, shift }, Rounding::Single);
    assert_eq!([single(5, 1, 1), single(-5, 1, 1), single(-6, 1, 2), single(6, 1, 2)], [3, -2, -1, 2]);
    assert_eq!([single(7, 3, 0), single(-7, 3, 3)], [21, -3]);
    assert_eq!(requantise(-77, Scale::ONE, Rounding::Single), -77);
    assert_eq!(requantise(-77, Scale::ZERO, Rounding::Single), 0);
}

#[test]
fn nearest_even_by_hand() {
    let even = |acc, multiplier, shift| requantise(acc, Scale { multiplier, shift }, Rounding::NearestEven);
    let halves: Vec<i32> = (-5..=5).map(|acc| even(acc, 1, 1)).collect();
    assert_eq!(halves, [-2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2]);
    assert_eq!([even(7, 3, 3), even(-7, 3, 3), even(-7, 3, 0)], [3, -3, -21]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn double_is_the_document_s_formula(acc in value(), m in multiplier(), shift in -62i8..=31) {
        let acc = acc >> shift.max(0); // The caller has proven that the left shift fits.
        let expected = literal::double(acc.into(), m.into(), shift.into());
        prop_assert_eq!(i128::from(requantise(acc, Scale { multiplier: m, shift }, Rounding::Double)), expected);
    }

    #[test]
    fn single_is_the_document_s_formula(acc in value(), m in multiplier(), shift in 0i8..=62) {
        let expected = literal::single(acc.into(), m.into(), shift as u32);
        prop_assert_eq!(requantise(acc, Scale { multiplier: m, shift }, Rounding::Single), expected as i32);
    }

    #[test]
    fn nearest_even_is_the_document_s_formula(acc in value(), m in multiplier(), shift in 0i8..=62) {
        let expected = literal::nearest_even(acc.into(), m.into(), shift as u32);
        prop_assert_eq!(requantise(acc, Scale { multiplier: m, shift }, Rounding::NearestEven), expected as i32);
    }

    #[test]
    fn float_is_the_document_s_formula(acc in value(), m in multiplier(), shift in 0i8..=62) {
        let expected = literal::float(acc.into(), m.into(), shift as u32).clamp(-256, 256);
        let found = requantise(acc, Scale { multiplier: m, shift }, Rounding::Float);
        let wraps = i32::try_from((i64::from(acc) * i64::from(m)) >> shift).is_err();
        prop_assert!(wraps || i128::from(found.clamp(-256, 256)) == expected, "{} {}", found, expected);
    }

    /// Sums beside a tie of the product, where the first rounding decides.
    #[test]
    fn float_is_float32(bits in 0u32..1 << 23, exponent in -24i32..-1, tie in -256i32..256, beside in -2i32..=2) {
        let mantissa = 1 << 23 | bits as i32;
        let scale = mantissa as f32 * 2f32.powi(exponent - 23);
        let acc = ((f64::from(tie) + 0.5) / f64::from(scale)).round() as i32;
        let acc = acc.saturating_add(beside);
        if acc.unsigned_abs() <= 1 << 24 {
            let found = requantise(acc, Scale { multiplier: mantissa, shift: (23 - exponent) as i8 }, Rounding::Float);
            prop_assert_eq!(found, (acc as f32 * scale).round_ties_even() as i32);
        }
    }

    /// gemmlowp's nudge and truncation are one addition and an arithmetic shift when the multiplier is not negative.
    #[test]
    fn srdhm_is_an_arithmetic_shift(acc in value(), m in multiplier()) {
        let product = i128::from(acc) * i128::from(m);
        prop_assert_eq!(literal::srdhm(acc.into(), m.into()), (product + (1 << 30)) >> 31);
    }
}

/// The same for every residue that matters: writing a product as `q * 2^31 + r`, both forms add `q` and a value that depends on `r`
/// and the sign alone, and that value changes only beside `r = 0` and `r = 2^30`.
#[test]
fn srdhm_is_an_arithmetic_shift_beside_every_change() {
    let near = |at: i128| at - 3..=at + 3;
    for q in [-(1i128 << 31), -2, -1, 0, 1, 2, (1 << 31) - 1] {
        for r in near(0).chain(near(1 << 30)).chain(near(1 << 31)) {
            let product = (q << 31) + r;
            let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
            assert_eq!((product + nudge) / (1 << 31), (product + (1 << 30)) >> 31, "{product}");
        }
    }
}

/// A matrix and its channels: rounding, biases, scales, zero point, clamp, accumulators.
type Case = (Rounding, Vec<i32>, Vec<Scale>, i32, [i16; 2], Vec<i32>);

fn case() -> impl Strategy<Value = Case> {
    let sizes = (prop::sample::select(ROUNDINGS.to_vec()), 1usize..=300, 0usize..=5);
    sizes.prop_flat_map(|(rounding, n, m)| {
        let scale = (multiplier(), shifts(rounding)).prop_map(|(multiplier, shift)| Scale { multiplier, shift });
        let clamp = any::<[i8; 2]>().prop_map(|[a, b]| [a.min(b), a.max(b)].map(i16::from));
        let vector = |count| prop::collection::vec(value(), count);
        (Just(rounding), vector(n), prop::collection::vec(scale, n), -128i32..=127, prop_oneof![Just([-128, 127]), clamp], vector(m * n))
    })
}

proptest! {
    #[test]
    fn rows_equal_the_scalar((rounding, bias, scales, zero_point, clamp, acc) in case()) {
        let n = scales.len();
        let channels = ChannelScales::new(&bias, &scales, rounding, zero_point, clamp).unwrap();
        let mut out = vec![0x55i8; acc.len()];
        requantise_rows(&acc, n, &channels, &mut out);
        let mut plain = out.clone();
        rows::rows(&acc, &channels, &mut plain);
        prop_assert_eq!(&plain, &out);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            let mut avx2 = vec![0x55; acc.len()];
            unsafe { rows::rows_avx2(&acc, &channels, &mut avx2) };
            prop_assert_eq!(&avx2, &out);
        }
        for (i, (acc, out)) in acc.iter().zip(out).enumerate() {
            let scaled = requantise(acc.wrapping_add(bias[i % n]), scales[i % n], rounding);
            let expected = (i64::from(scaled) + i64::from(zero_point)).clamp(clamp[0].into(), clamp[1].into());
            prop_assert_eq!(i64::from(out), expected, "channel {} acc {}", i % n, acc);
        }
    }
}

#[test]
fn rows_equal_the_scalar_for_every_shift() {
    let acc: Vec<i32> = (0..2000).map(|i: i32| i.wrapping_mul(-1_640_531_527)).chain(-1000..1000).collect();
    for rounding in ROUNDINGS {
        for shift in shifts(rounding) {
            let scale = Scale { multiplier: 1_518_500_250, shift };
            let channels = ChannelScales::new(&[0], &[scale], rounding, 0, [-128, 127]).unwrap();
            let mut out = vec![0i8; acc.len()];
            requantise_rows(&acc, 1, &channels, &mut out);
            let expected: Vec<i8> = acc.iter().map(|acc| requantise(*acc, scale, rounding).clamp(-128, 127) as i8).collect();
            assert!(out == expected, "{rounding:?} shift {shift}");
        }
    }
}

#[test]
fn impossible_channels_are_refused() {
    let new = |bias: &[i32], multiplier, shift, rounding, zero_point, clamp| {
        ChannelScales::new(bias, &[Scale { multiplier, shift }], rounding, zero_point, clamp).unwrap_err().to_string()
    };
    let full = [-128, 127];
    assert_eq!(new(&[], 1, 0, Rounding::Single, 0, full), "0 biases for 1 scales: there must be one of each per channel");
    assert_eq!(new(&[0], -1, 0, Rounding::Single, 0, full), "channel 0: a multiplier of -1 is not in the required range of 0..=2147483647");
    assert_eq!(new(&[0], 1, -1, Rounding::Single, 0, full), "channel 0: a shift of -1 is not in the required range of 0..=62");
    assert_eq!(new(&[0], 1, 32, Rounding::Double, 0, full), "channel 0: a shift of 32 is not in the required range of -62..=31");
    assert_eq!(new(&[0], 1, 0, Rounding::Single, 128, full), "a zero point of 128 is not in the required range of -128..=127");
    assert_eq!(new(&[0], 1, 0, Rounding::Single, 0, [3, 2]), "the clamp [3, 2] is empty");
}
