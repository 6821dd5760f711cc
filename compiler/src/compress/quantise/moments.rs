//! What layers read in the calibration inferences, for the forms of weights that ask for it.

use std::collections::HashMap;

use ndarray::Array2;
use rayon::prelude::*;

use super::Options;
use crate::compress::calibration::{MAX_PATCHES, Moments, block_size};
use crate::compress::curvature::Curvature;
use crate::compress::hessian::Hessian;
use crate::import::ImportError;
use crate::import::onnx::float::{Array, Network};

/// Inferences are added up in so many parts, whatever the number of threads, so that sums do not depend on it.
const PARTS: usize = 8;

/// The curvature of each layer; unknown where nothing asks for it, and without inputs. Where biases are corrected, inputs count less their means.
pub fn curvatures(network: &Network, inputs: &[Vec<Array>], options: &Options) -> Result<Vec<Curvature>, ImportError> {
    let wanted: Vec<bool> = options.forms.iter().map(|form| form.weighs_inputs()).collect();
    if inputs.is_empty() || !wanted.contains(&true) {
        return Ok(vec![Curvature::Unknown; wanted.len()]);
    }
    let parts: Vec<&[Vec<Array>]> = inputs.chunks(inputs.len().div_ceil(PARTS)).collect();
    let sums: Vec<Vec<Vec<Moments>>> = parts.par_iter().map(|part| moments(network, part, inputs.len(), &wanted)).collect::<Result<_, _>>()?;
    let join = |all: Vec<Vec<Moments>>, more: Vec<Vec<Moments>>| all.into_iter().zip(more).map(|(all, more)| together(all, more)).collect();
    let all = sums.into_iter().reduce(join).unwrap_or_default();
    Ok(all.into_iter().zip(network.layers()).map(|(groups, layer)| curvature(groups, layer.rows(), options.correct_bias)).collect())
}

fn curvature(groups: Vec<Moments>, rows: usize, centred: bool) -> Curvature {
    if groups.is_empty() {
        return Curvature::Unknown;
    }
    let rows = rows / groups.len();
    let blocks = |moments: Moments| if centred { moments.centred() } else { moments.blocks };
    let group = |moments: Moments| blocks(moments).iter().map(|block| Hessian::factored(block).0).collect();
    Curvature::Inputs { groups: groups.into_par_iter().map(group).collect(), rows }
}

/// The sums of all groups of a layer, of which one list may be empty.
fn together(all: Vec<Moments>, more: Vec<Moments>) -> Vec<Moments> {
    if all.is_empty() { more } else { all.into_iter().zip(&more).map(|(all, more)| all.with(more)).collect() }
}

/// Moments of the layers that want them, group by group, over some of the inferences.
fn moments(network: &Network, inputs: &[Vec<Array>], inferences: usize, wanted: &[bool]) -> Result<Vec<Vec<Moments>>, ImportError> {
    let mut all: Vec<Vec<Moments>> = vec![Vec::new(); wanted.len()];
    for arrays in inputs {
        let values: HashMap<String, Array> = network.run(arrays)?;
        for node in 0..network.len() {
            let Some(layer) = network.layer(node).filter(|layer| wanted[*layer]) else { continue };
            let size = block_size(network.layers()[layer].weights.len());
            let one = |patches: Array2<f32>| {
                let stride = (patches.ncols() * inferences).div_ceil(MAX_PATCHES).max(1);
                let mut moments = Moments::zero(patches.nrows(), Some(size));
                moments.add_real(patches.slice(ndarray::s![.., ..;stride]));
                moments
            };
            let groups = network.patches(node, &values)?.into_iter().map(one).collect();
            all[layer] = together(std::mem::take(&mut all[layer]), groups);
        }
    }
    Ok(all)
}
