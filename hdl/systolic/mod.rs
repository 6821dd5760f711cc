//! `systolic`: a weight-stationary array of multiply-accumulate elements with double-buffered weights.

mod codebook;
mod compute;
mod cost;
mod cycle;
mod encode;
mod im2col;
mod params;
mod parts;
mod stream;
mod tiles;

pub use codebook::{Codebook, MAX_CODE_BITS, MAX_GROUP, vectors};
pub use compute::Prepared;
pub use encode::stream as weights_in_order;
pub use params::{accumulator_bits, holds};
pub use stream::{MAX_INTERVAL, WeightStream, read as read_weights, weight_bits};
pub use tiles::{MAX_DEPTH, Tiles};

use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, Timing};
use crate::step::Step;
use crate::{Core, Cost, Count, Executed};

/// The core.
pub struct Systolic;

impl Core for Systolic {
    fn name(&self) -> &'static str {
        "systolic"
    }

    fn fits(&self, step: &Step, accelerator: &Accelerator) -> Result<(), Misfit> {
        params::fits(step, accelerator)
    }

    fn encode(&self, step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
        encode::encode(step, accelerator, images)
    }

    fn decode(&self, config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
        encode::decode(config, accelerator, images).into_iter().map(i16::from).collect()
    }

    fn schedule(&self, config: &Config, accelerator: &Accelerator, clock: &mut Clock) -> Option<Timing> {
        Some(cycle::schedule(config, accelerator, clock))
    }

    fn cost(&self, accelerator: &Accelerator) -> Cost {
        cost::cost(accelerator)
    }

    fn events(&self, step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
        cost::events(step, accelerator)
    }
}
