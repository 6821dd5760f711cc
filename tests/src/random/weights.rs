//! Random weights of a convolution that fit the weight stream.

use super::data::Data;
use crate::choices::Choices;
use fretwork_hdl::systolic::{Codebook, WeightStream};
use fretwork_sim::stalls::splitmix;

/// Draws weights `[out][per output]`.
pub(super) fn draw(choices: &mut Choices, stream: &WeightStream, outputs: usize, per_output: usize) -> Vec<i8> {
    let data = Data::draw(choices);
    let narrow = |values: Vec<i8>| values.into_iter().map(|value| value >> (8 - stream.weight_bits)).collect();
    match &stream.codebook {
        None => narrow(data.values(0, outputs * per_output)),
        Some(codebook) => {
            let table: Vec<i8> = narrow(data.values(0, codebook.group << codebook.code_bits));
            vectors(codebook, table, choices.seed(), outputs, per_output)
        }
    }
}

/// Vectors of adjacent outputs' weights out of a table. Zeros fill tiles up, so one entry is zeros, and where outputs are missing in the last
/// vector, half of the table has to do: the others are what that makes of them.
fn vectors(codebook: &Codebook, mut table: Vec<i8>, seed: u64, outputs: usize, per_output: usize) -> Vec<i8> {
    let group = codebook.group;
    table[..group].fill(0);
    let entries = if outputs.is_multiple_of(group) { 1 << codebook.code_bits } else { 1 << (codebook.code_bits - 1) };
    let entry = |out: usize, at: usize| splitmix(seed ^ ((out / group * per_output + at) as u64)) as usize % entries;
    (0..outputs * per_output)
        .map(|index| (index / per_output, index % per_output))
        .map(|(out, at)| table[entry(out, at) * group + out % group])
        .collect()
}
