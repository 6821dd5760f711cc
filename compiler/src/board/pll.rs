//! Dividers of a device's PLL: exhaustive search within the limits of its data sheet, nearest frequency first.

use crate::area::Family;
use serde::{Deserialize, Serialize};

/// How far from what was asked for a clock may be, as a part of it.
const TOLERANCE: f64 = 0.01;

/// Dividers, for the parameters of the same names of `fw_clock`: f_vco = f_i * fb_div * fb_out_div / ref_div, f_o = f_vco / out_div.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pll {
    /// The oscillator is the clock.
    pub bypass: bool,
    /// Divides the oscillator.
    pub ref_div: u32,
    /// Divides in the feedback.
    pub fb_div: u32,
    /// Output divider inside the loop; 1 where the loop closes at the VCO.
    pub fb_out_div: u32,
    /// Divides the VCO.
    pub out_div: u32,
    /// Setting of the loop filter (iCE40).
    pub filter: u32,
    /// The VCO, MHz; 0 with `bypass`.
    pub vco_mhz: f64,
    /// What comes out, MHz.
    pub mhz: f64,
}

/// Why there is no such clock.
#[derive(Debug, thiserror::Error)]
pub enum PllError {
    /// Nothing near enough.
    #[error("no {family} PLL makes {wanted} MHz of {input} MHz; the nearest clock is {nearest:.4} MHz")]
    Far {
        /// Device family.
        family: &'static str,
        /// Asked for, MHz.
        wanted: f64,
        /// The oscillator, MHz.
        input: f64,
        /// What can be made, MHz.
        nearest: f64,
    },
    /// The oscillator is outside of what the PLL takes.
    #[error("the {family} PLL takes {least}..={most} MHz, the oscillator has {input} MHz")]
    Input {
        /// Device family.
        family: &'static str,
        /// The oscillator, MHz.
        input: f64,
        /// Limits, MHz.
        least: f64,
        /// Limits, MHz.
        most: f64,
    },
}

/// A PLL's limits, MHz.
struct Limits {
    input: [f64; 2],
    /// At the phase detector.
    pfd: [f64; 2],
    vco: [f64; 2],
    output: [f64; 2],
}

/// The limits of a family at the slowest speed grade that a board here has.
fn limits(family: Family) -> Limits {
    match family {
        // FPGA-DS-02008 (iCE40 UltraPlus), sysCLOCK PLL timing.
        Family::Ice40 => Limits { input: [10.0, 133.0], pfd: [10.0, 133.0], vco: [533.0, 1066.0], output: [16.0, 275.0] },
        // FPGA-DS-02012 (ECP5), sysCLOCK PLL timing.
        Family::Ecp5 => Limits { input: [8.0, 400.0], pfd: [10.0, 400.0], vco: [400.0, 800.0], output: [3.125, 400.0] },
        // DS117 (GW1NR-9, C6/I5) and DS226 (GW2AR-18, C8/I7), PLL switching characteristics: the narrower of both.
        Family::Gowin => Limits { input: [3.0, 400.0], pfd: [3.0, 400.0], vco: [500.0, 1200.0], output: [3.90625, 600.0] },
        // DS181 (Artix-7) and DS187 (Zynq-7000), MMCM at speed grade -1.
        Family::Xilinx7 | Family::Sg13g2 => Limits { input: [10.0, 800.0], pfd: [10.0, 450.0], vco: [600.0, 1200.0], output: [4.69, 800.0] },
    }
}

/// Output dividers of an rPLL.
const GOWIN_OUT: [u32; 11] = [2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128];

/// The dividers that come nearest to `wanted_mhz`.
///
/// # Errors
/// An oscillator that the PLL does not take; a frequency that it cannot make within 1 %.
pub fn pll(family: Family, input_mhz: f64, wanted_mhz: f64) -> Result<Pll, PllError> {
    if (input_mhz - wanted_mhz).abs() < 1e-9 {
        return Ok(Pll { bypass: true, ref_div: 1, fb_div: 1, fb_out_div: 1, out_div: 1, filter: 1, vco_mhz: 0.0, mhz: input_mhz });
    }
    let limits = limits(family);
    let name = family.name();
    let inside = |[least, most]: [f64; 2], value: f64| (least - 1e-9..=most + 1e-9).contains(&value);
    if !inside(limits.input, input_mhz) {
        let [least, most] = limits.input;
        return Err(PllError::Input { family: name, input: input_mhz, least, most });
    }
    let found = candidates(family, input_mhz, wanted_mhz, &limits).filter(|pll| inside(limits.vco, pll.vco_mhz) && inside(limits.output, pll.mhz));
    // Of equal frequencies the one with the fastest comparison, which has the least jitter; then the slower VCO.
    let key = |pll: &Pll| ((pll.mhz - wanted_mhz).abs(), pll.ref_div, pll.vco_mhz);
    let best = found.min_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2))
    });
    match best {
        Some(pll) if (pll.mhz / wanted_mhz - 1.0).abs() <= TOLERANCE => Ok(pll),
        Some(pll) => Err(PllError::Far { family: name, wanted: wanted_mhz, input: input_mhz, nearest: pll.mhz }),
        None => Err(PllError::Far { family: name, wanted: wanted_mhz, input: input_mhz, nearest: input_mhz }),
    }
}

/// Everything that the dividers' ranges and the phase detector allow.
fn candidates<'a>(family: Family, input: f64, wanted: f64, limits: &'a Limits) -> Box<dyn Iterator<Item = Pll> + 'a> {
    let references = |most: u32| {
        let [least, highest] = limits.pfd;
        (1..=most).map(move |div| (div, input / f64::from(div))).filter(move |(_, pfd)| (least - 1e-9..=highest + 1e-9).contains(pfd))
    };
    let make = move |ref_div: u32, fb_div: u32, fb_out_div: u32, out_div: u32, filter: u32| {
        let vco_mhz = input * f64::from(fb_div) * f64::from(fb_out_div) / f64::from(ref_div);
        Pll { bypass: false, ref_div, fb_div, fb_out_div, out_div, filter, vco_mhz, mhz: vco_mhz / f64::from(out_div) }
    };
    match family {
        Family::Ice40 => Box::new(
            references(16)
                .flat_map(move |(ref_div, pfd)| (1..=128).flat_map(move |fb| (1..=6).map(move |q| make(ref_div, fb, 1, 1 << q, ice40_filter(pfd))))),
        ),
        Family::Ecp5 => Box::new(references(128).flat_map(move |(ref_div, pfd)| {
            let [least, most] = limits.vco;
            let products = (least / pfd).ceil() as u32..=(most / pfd).floor() as u32;
            products.flat_map(move |product| {
                // The output that closes the loop keeps below 400 MHz with any divider from 2 on.
                let split = (2..=128).find(|out| product % out == 0 && product / out <= 128);
                let near = (pfd * f64::from(product) / wanted).round().clamp(1.0, 128.0) as u32;
                split.into_iter().flat_map(move |out| {
                    (near.saturating_sub(1).max(1)..=(near + 1).min(128)).map(move |div| make(ref_div, product / out, out, div, 1))
                })
            })
        })),
        Family::Gowin => Box::new(
            references(64)
                .flat_map(move |(ref_div, _)| (1..=64).flat_map(move |fb| GOWIN_OUT.into_iter().map(move |out| make(ref_div, fb, out, out, 1)))),
        ),
        Family::Xilinx7 | Family::Sg13g2 => Box::new(
            references(106).flat_map(move |(ref_div, _)| (2..=64).flat_map(move |fb| (1..=128).map(move |out| make(ref_div, fb, 1, out, 1)))),
        ),
    }
}

/// FILTER_RANGE by the frequency of comparison, MHz (FPGA-TN-02052).
fn ice40_filter(pfd: f64) -> u32 {
    [17.0, 26.0, 44.0, 66.0, 101.0].iter().filter(|&&bound| pfd >= bound).count() as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_clocks_come_out_exactly() {
        let cases = [
            (Family::Ice40, 12.0, 24.0),
            (Family::Ice40, 12.0, 48.0),
            (Family::Ecp5, 25.0, 80.0),
            (Family::Ecp5, 48.0, 80.0),
            (Family::Ecp5, 25.0, 62.5),
            (Family::Gowin, 27.0, 48.0),
            (Family::Gowin, 27.0, 54.0),
            (Family::Xilinx7, 100.0, 125.0),
            (Family::Xilinx7, 125.0, 100.0),
        ];
        for (family, input, wanted) in cases {
            let pll = pll(family, input, wanted).unwrap();
            assert!((pll.mhz - wanted).abs() < 1e-9, "{family:?} {input} {wanted}: {pll:?}");
            let vco = input * f64::from(pll.fb_div * pll.fb_out_div) / f64::from(pll.ref_div);
            assert!((vco - pll.vco_mhz).abs() < 1e-9 && (vco / f64::from(pll.out_div) - wanted).abs() < 1e-9);
        }
    }

    #[test]
    fn the_icebreakers_24_mhz_are_those_of_the_data_sheets_formula() {
        let pll = pll(Family::Ice40, 12.0, 24.0).unwrap();
        assert_eq!((pll.ref_div, pll.fb_div, pll.out_div, pll.filter, pll.vco_mhz), (1, 64, 32, 1, 768.0));
    }

    #[test]
    fn every_clock_keeps_to_the_limits() {
        for family in [Family::Ice40, Family::Ecp5, Family::Gowin, Family::Xilinx7] {
            let limits = limits(family);
            for input in [12.0, 25.0, 27.0, 48.0, 100.0] {
                for wanted in (17..200).map(f64::from) {
                    let Ok(pll) = pll(family, input, wanted) else { continue };
                    if pll.bypass {
                        continue;
                    }
                    assert!(pll.vco_mhz >= limits.vco[0] - 1e-6 && pll.vco_mhz <= limits.vco[1] + 1e-6, "{family:?} {pll:?}");
                    let pfd = input / f64::from(pll.ref_div);
                    assert!(pfd >= limits.pfd[0] - 1e-6 && pfd <= limits.pfd[1] + 1e-6, "{family:?} {pll:?}");
                    assert!(pll.fb_div <= 128 && pll.out_div <= 128 && pll.ref_div <= 128);
                }
            }
        }
    }

    #[test]
    fn the_oscillator_itself_needs_no_pll() {
        assert!(pll(Family::Xilinx7, 100.0, 100.0).unwrap().bypass);
    }

    #[test]
    fn what_cannot_be_made_is_refused_with_the_nearest() {
        let error = pll(Family::Ice40, 12.0, 300.0).unwrap_err().to_string();
        assert!(error.starts_with("no ice40 PLL makes 300 MHz of 12 MHz; the nearest clock is 2"), "{error}");
        let error = pll(Family::Ice40, 5.0, 24.0).unwrap_err().to_string();
        assert_eq!(error, "the ice40 PLL takes 10..=133 MHz, the oscillator has 5 MHz");
    }
}
