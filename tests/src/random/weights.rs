//! Random weights of a convolution that fit the weight stream.

use super::data::Data;
use crate::choices::Choices;
use fretwork_hdl::systolic::WeightStream;

/// Draws so many weights.
pub(super) fn draw(choices: &mut Choices, stream: &WeightStream, count: usize) -> Vec<i8> {
    let data = Data::draw(choices);
    data.values(0, count).into_iter().map(|value| value >> (8 - stream.weight_bits)).collect()
}
