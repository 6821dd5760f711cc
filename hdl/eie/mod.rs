//! `eie`: matrix-vector products over compressed columns, for pruned and weight-shared layers.

mod activity;
mod compute;
mod cost;
mod counts;
mod cycle;
mod encode;
mod feed;
mod huffman;
mod matrix;
mod occupancy;
mod params;
mod recurrence;
mod time;

pub use activity::{Activity, ElementActivity, StepActivity};
pub use compute::{Prepared, Took};
pub use counts::Counts;
pub use cycle::{Engine, LOAD_START, Vector};
pub use encode::{Contents, Entry, Section, read, stream};
pub use huffman::{BitReader, BitWriter, Code, Decoder};
pub use params::{Eie, accumulator_words, columns, distinct};

use crate::accelerator::{Accelerator, Misfit};
use crate::config::Config;
use crate::images::Images;
use crate::shell::cycle::{Clock, Timing};
use crate::step::Step;
use crate::{Core, Cost, Count, Executed};

/// The core.
pub struct SparseEngine;

impl Core for SparseEngine {
    fn name(&self) -> &'static str {
        "eie"
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

    fn schedule(&self, _config: &Config, _accelerator: &Accelerator, _clock: &mut Clock) -> Option<Timing> {
        None
    }

    fn cost(&self, accelerator: &Accelerator) -> Cost {
        cost::cost(accelerator)
    }

    fn events(&self, step: &Executed<'_>, accelerator: &Accelerator) -> Vec<Count> {
        cost::events(step, accelerator)
    }
}
