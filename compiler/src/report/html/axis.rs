//! Axes: where a value lies between two ends, and where to mark it.

/// A range of values on a linear or a logarithmic scale.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    /// Linear, from 0 to `high`.
    pub fn from_zero(high: f64) -> Axis {
        Axis { low: 0.0, high: if high > 0.0 { high } else { 1.0 }, log: false }
    }

    /// Logarithmic around positive values, with a margin of a third of a decade.
    pub fn log(values: impl IntoIterator<Item = f64>) -> Axis {
        let (low, high) = ends(values);
        let margin = 10f64.powf(1.0 / 3.0);
        Axis { low: low / margin, high: high * margin, log: true }
    }

    /// Logarithmic where values are positive and differ twentyfold, else linear; with a margin.
    pub fn around(values: &[f64]) -> Axis {
        let (low, high) = ends(values.iter().copied());
        if low > 0.0 && high / low > 20.0 {
            return Axis::log([low, high]);
        }
        let margin = if high > low { (high - low) * 0.1 } else { high.abs().max(1.0) * 0.1 };
        let low = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
        Axis { low, high: high + margin, log: false }
    }

    /// Lower end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// 0 at the lower end, 1 at the upper one.
    pub fn at(&self, value: f64) -> f64 {
        if self.log { (value / self.low).ln() / (self.high / self.low).ln() } else { (value - self.low) / (self.high - self.low) }
    }

    /// About `wanted` round values.
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        if self.log { self.decades(wanted) } else { self.round(wanted) }
    }

    fn round(&self, wanted: usize) -> Vec<f64> {
        let rough = (self.high - self.low) / wanted.max(1) as f64;
        let decade = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0].into_iter().map(|m| m * decade).find(|step| *step >= rough * 0.999).unwrap_or(10.0 * decade);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|k| k as f64 * step).collect()
    }

    fn decades(&self, wanted: usize) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let marks = |steps: &'static [f64]| decades.clone().flat_map(move |k| steps.iter().map(move |step| step * 10f64.powi(k)));
        let inside = |value: &f64| (-1e-9..=1.0 + 1e-9).contains(&self.at(*value));
        let finer: [&'static [f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        let ticks = finer.map(|steps| marks(steps).filter(inside).collect::<Vec<f64>>());
        let [all, _, coarse] = &ticks;
        if all.len() < 3 {
            return self.round(wanted);
        }
        ticks.iter().find(|marks| marks.len() <= wanted).unwrap_or(coarse).clone()
    }
}

fn ends(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Axis::from_zero(12_338.0).ticks(6), [0.0, 5000.0, 10_000.0]);
        assert_eq!(Axis::from_zero(10.0).ticks(5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(Axis::log([1.0, 1000.0]).ticks(5), [1.0, 10.0, 100.0, 1000.0]);
        for axis in [Axis::log([3.0, 4.0]), Axis::log([1e-3, 1e6]), Axis::around(&[5.0]), Axis::around(&[]), Axis::around(&[-2.0, 3.0])] {
            let ticks = axis.ticks(6);
            assert!((2..=12).contains(&ticks.len()), "{axis:?} {ticks:?}");
            assert!(ticks.iter().all(|&tick| (-0.01..=1.01).contains(&axis.at(tick))), "{axis:?} {ticks:?}");
        }
    }
}
