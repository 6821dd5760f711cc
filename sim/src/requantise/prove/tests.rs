use super::*;
use proptest::prelude::*;

/// `clamp(round_half_even(f32(acc) * scale) + zero_point)`.
fn float(acc: i32, scale: f32, zero_point: i32, [low, high]: [i8; 2]) -> i8 {
    let rounded = (acc as f32 * scale).round_ties_even() as i64;
    (rounded + i64::from(zero_point)).clamp(low.into(), high.into()) as i8
}

/// `clamp(requantise(acc, scale) + zero_point)`.
fn integer(acc: i32, scale: Scale, rounding: Rounding, zero_point: i32, [low, high]: [i8; 2]) -> i8 {
    (requantise(acc, scale, rounding) + zero_point).clamp(low.into(), high.into()) as i8
}

/// Whether any multiplier at all is equal to the float form, by trying them.
fn any_equal(scale: f32, zero_point: i32, clamp: [i8; 2], (low, high): (i32, i32), shifts: std::ops::RangeInclusive<i8>) -> bool {
    let expected: Vec<i8> = (low..=high).map(|acc| float(acc, scale, zero_point, clamp)).collect();
    shifts.into_iter().any(|shift| {
        let near = (f64::from(scale) * f64::from(shift).exp2()) as i32;
        (near.saturating_sub(64).max(0)..=near.saturating_add(64)).any(|multiplier| {
            let candidate = Scale { multiplier, shift };
            (low..=high).zip(&expected).all(|(acc, expected)| integer(acc, candidate, Rounding::NearestEven, zero_point, clamp) == *expected)
        })
    })
}

#[test]
fn nearest_even_is_equal_over_whole_small_ranges() {
    let (clamp, range) = ([-128, 127], (-40_000, 40_000));
    for scale in [0.0, 1e-9, 1.0 / 255.0, 0.003_141_59, 0.04, 0.5, 0.25, 0.75, 1.0, 1.5, 2.5, 100.0] {
        for zero_point in [-128, -7, 0, 127] {
            let found = prove_nearest_even(scale, zero_point, clamp, range).unwrap_or_else(|| panic!("no parameters for {scale}"));
            for acc in range.0..=range.1 {
                let result = integer(acc, found, Rounding::NearestEven, zero_point, clamp);
                assert_eq!(result, float(acc, scale, zero_point, clamp), "{scale} {zero_point} {acc}");
            }
        }
    }
}

#[test]
fn ranges_that_stop_short_of_a_step_are_proven_too() {
    for (low, high) in [(0, 0), (1, 1), (-1, -1), (5, 9), (-9, -5), (-3, 4)] {
        let found = prove_nearest_even(0.3, 2, [-128, 127], (low, high)).unwrap();
        for acc in low..=high {
            assert_eq!(integer(acc, found, Rounding::NearestEven, 2, [-128, 127]), float(acc, 0.3, 2, [-128, 127]));
        }
    }
}

#[test]
fn impossible_requests_find_nothing() {
    let clamp = [-128, 127];
    for scale in [-0.5, f32::NAN, f32::INFINITY] {
        assert_eq!(prove_nearest_even(scale, 0, clamp, (-10, 10)), None);
    }
    assert_eq!(prove_nearest_even(0.5, 0, clamp, (10, -10)), None);
    // f32 makes 40 * 0.0125 and 120 * 0.0125 ties, which only 1/80 itself would, and that is no multiple of a power of two.
    assert_eq!(prove_nearest_even(0.0125, 0, clamp, (0, 120)), None);
    // The scaled accumulator would leave the unit's 32 bits.
    assert_eq!(prove_nearest_even(1000.0, 0, clamp, (i32::MIN, i32::MAX)), None);
    assert_eq!(prove_monotone(|acc| acc, (-10, 10), [-128, 127], Rounding::Double, 0, 1.0), None);
    assert_eq!(prove_monotone(|acc| acc, (0, i32::MAX), [-128, 127], Rounding::Single, 1, 1.0), None);
    // A step that no straight line has.
    assert_eq!(prove_monotone(|acc| if acc < 10 { 0 } else { 100 }, (0, 20), [-128, 127], Rounding::Single, 0, 1.0), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A product that f32 rounds onto a tie may leave no parameters; then none may exist.
    #[test]
    fn nearest_even_is_equal_for_random_scales(
        exponent in -14.0f64..2.0, zero_point in -128i32..=127, bounds in any::<[i8; 2]>(), low in -6000i32..6000, length in 0i32..6000,
    ) {
        let (scale, range) = (exponent.exp2() as f32, (low, low + length));
        let clamp = [bounds[0].min(bounds[1]), bounds[0].max(bounds[1])];
        let found = prove_nearest_even(scale, zero_point, clamp, range);
        let Some(found) = found else {
            prop_assert!(!any_equal(scale, zero_point, clamp, range, 0..=30));
            return Ok(());
        };
        for acc in range.0..=range.1 {
            let result = integer(acc, found, Rounding::NearestEven, zero_point, clamp);
            prop_assert_eq!(result, float(acc, scale, zero_point, clamp), "{} {}", acc, scale);
        }
    }

    /// Products beyond 2^24 are rounded by f32; whatever is found must still be equal, also right beside every step.
    #[test]
    fn nearest_even_is_equal_over_wide_ranges(exponent in -26.0f64..-14.0, zero_point in -128i32..=127, samples in prop::collection::vec(any::<i32>(), 64)) {
        let scale = exponent.exp2() as f32;
        let (clamp, range) = ([-128, 127], (-2_000_000_000, 2_000_000_000));
        if let Some(found) = prove_nearest_even(scale, zero_point, clamp, range) {
            let steps = (-129..=128).map(|level| ((f64::from(level) + 0.5) / f64::from(scale)) as i32);
            let near_steps = steps.flat_map(|step| (-40..=40).map(move |d: i32| step.saturating_add(d)));
            for acc in near_steps.chain(samples).filter(|acc| (range.0..=range.1).contains(acc)) {
                let result = integer(acc, found, Rounding::NearestEven, zero_point, clamp);
                prop_assert_eq!(result, float(acc, scale, zero_point, clamp), "{} {}", acc, scale);
            }
        }
    }

    /// Where nothing is found, trying the multipliers around the scale finds nothing either.
    #[test]
    fn nothing_is_overlooked(steps in 1i32..60, at in 0i32..400, jump in 0i32..3) {
        let f = |acc: i32| (acc * steps + 200) / 400 + if acc > at { jump } else { 0 };
        let (range, outputs) = ((0, 400), [-128, 127]);
        let found = prove_monotone(f, range, outputs, Rounding::Single, 0, f64::from(steps) / 400.0);
        if let Some(scale) = found {
            for acc in 0..=400 {
                prop_assert_eq!(requantise(acc, scale, Rounding::Single).min(127), f(acc).min(127));
            }
        } else {
            let equal = |multiplier| (0..=400).all(|acc| requantise(acc, Scale { multiplier, shift: 14 }, Rounding::Single).min(127) == f(acc).min(127));
            prop_assert!(!(0..1 << 14).any(equal));
        }
    }
}

#[test]
fn a_product_that_f32_rounds_onto_a_tie() {
    let (scale, range, clamp) = ((-4.361_866_865_930_29f64).exp2() as f32, (-1758, -586), [-124, 0]);
    assert_eq!(prove_nearest_even(scale, 19, clamp, range), None);
    assert!(!any_equal(scale, 19, clamp, range, 0..=30));
}

#[test]
fn float_steps_without_integer_parameters_are_refused_rightly() {
    // f32 rounds these products, so that its steps are not evenly spaced.
    let mut refused = 0;
    for i in 0..400 {
        let scale = (1.0 + i as f32 / 400.0) * 0.49;
        let (low, high) = ((1 << 25) - 64, (1 << 25) + 64);
        let zero_point = -((1 << 25) as f32 * scale) as i32;
        let clamp = [-128, 127];
        match prove_nearest_even(scale, zero_point, clamp, (low, high)) {
            Some(found) => (low..=high).for_each(|acc| {
                assert_eq!(integer(acc, found, Rounding::NearestEven, zero_point, clamp), float(acc, scale, zero_point, clamp));
            }),
            None => {
                refused += 1;
                assert!(!any_equal(scale, zero_point, clamp, (low, high), 20..=30), "{scale}");
            }
        }
    }
    assert!(refused > 0, "the case is meant to meet scales without parameters");
}

#[test]
fn averages_up_to_1024_values_are_equal_for_every_sum() {
    for count in 1..=1024u32 {
        let scale = prove_average(count).unwrap();
        let n = count as i32;
        for sum in -128 * n..=127 * n {
            // Half away from zero, from its definition: the sign times the floor of (2 |sum| + n) / 2 n.
            let expected = sum.signum() * ((2 * sum.abs() + n) / (2 * n));
            assert_eq!(requantise(sum, scale, Rounding::Single), expected, "{sum} / {count}");
        }
    }
}

#[test]
fn averages_of_many_values_are_equal_beside_every_step() {
    for count in [1025, 3136, 12_544, 50_176, 65_535, 65_536, 99_999, 1 << 20, (1 << 20) + 1, (1 << 22) - 1] {
        let scale = prove_average(count).unwrap_or_else(|| panic!("no parameters for {count}"));
        let n = i64::from(count);
        for level in -128..=127i64 {
            for sum in [2 * level - 1, 2 * level, 2 * level + 1].into_iter().flat_map(|halves| (-2..=2).map(move |d| halves * n / 2 + d)) {
                if (-128 * n..=127 * n).contains(&sum) {
                    let expected = sum.signum() * ((2 * sum.abs() + n) / (2 * n));
                    assert_eq!(i64::from(requantise(sum as i32, scale, Rounding::Single)), expected, "{sum} / {count}");
                }
            }
        }
    }
}

#[test]
fn averages_without_parameters_are_refused() {
    assert_eq!(prove_average(0), None);
    assert_eq!(prove_average((1 << 24) + 1), None);
    assert_eq!(prove_average(u32::MAX), None);
}
