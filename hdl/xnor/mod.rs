//! `xnor`: convolutions and matrix products with binary weights, by XNOR gates and popcounts, or with weights of a few bits plane by plane.

mod activations;
mod compute;
mod cost;
mod cycle;
mod encode;
mod params;

pub use compute::Prepared;
pub use params::{MAX_WEIGHT_BITS, XnorCore, correction, sums_fit, weight_bits};

use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, Timing};
use crate::step::Step;
use crate::{Core, Cost, Count, Executed};

/// The core.
pub struct BinaryCore;

impl Core for BinaryCore {
    fn name(&self) -> &'static str {
        "xnor"
    }

    fn fits(&self, step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
        params::fits(step, accelerator)
    }

    fn encode(&self, step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
        encode::encode(step, accelerator, images)
    }

    fn decode(&self, config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
        encode::decode(config, accelerator, images)
    }

    fn schedule(&self, config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
        cycle::schedule(config, accelerator, clock)
    }

    fn cost(&self, accelerator: &Accelerator) -> Cost {
        cost::cost(accelerator)
    }

    fn events(&self, step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
        cost::events(step, accelerator)
    }
}
