//! `lane`: independent lanes for depthwise convolution, pools, element-wise addition and table look-up.

mod compute;
mod cost;
mod cycle;
mod encode;
mod fold;
mod params;
mod scales;

pub use compute::Prepared;
pub use encode::{ADD, MAC, MAX, OR, SUM, TABLE};
pub use params::MAX_TAPS;

use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, Timing};
use crate::step::Step;
use crate::{Core, Cost, Count, Executed};

/// The core.
pub struct Lane;

impl Core for Lane {
    fn name(&self) -> &'static str {
        "lane"
    }

    fn fits(&self, step: &Step, _accelerator: &Accelerator) -> Result<(), Misfit> {
        params::fits(step)
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
