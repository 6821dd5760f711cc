//! Convolutions that may write over their own input, for networks that do not fit the activation memory otherwise. The array reads the image from
//! the top to the bottom and writes in the same order; an output that begins far enough below its input never reaches a pixel that is still
//! to be read. Source of the idea: S. Zheng et al., *vMCU*, MLSys 2024, where segments of an input are freed while the output is written.

use super::allocate::Lead;
use super::layers::{Layer, LayerWork, Lowered};
use fretwork_hdl::{Accelerator, Window};

/// How far the outputs of the array's layers have to begin below their inputs.
pub fn leads(lowered: &Lowered, accelerator: &Accelerator) -> Vec<Lead> {
    // The sparse engine goes over the image several times, and which layers it takes is not known yet.
    if accelerator.eie.is_some() {
        return Vec::new();
    }
    lowered.layers.iter().filter_map(|layer| lead(layer, lowered, accelerator)).collect()
}

fn lead(layer: &Layer, lowered: &Lowered, accelerator: &Accelerator) -> Option<Lead> {
    let LayerWork::Conv { window, .. } = &layer.work else { return None };
    let (input, output) = (&lowered.tensors[layer.inputs[0]], &lowered.tensors[layer.output]);
    let plain = |buffer: usize| lowered.tensors.iter().filter(|tensor| tensor.buffer == buffer).all(|tensor| tensor.pitch == 1 && !tensor.packed);
    if layer.binary || layer.shift || !plain(input.buffer) || !plain(output.buffer) || input.buffer == output.buffer {
        return None;
    }
    let [input_row, output_row] = [input, output].map(|tensor| tensor.image[1] * lowered.buffers[tensor.buffer].words);
    // Rows of a pixel tile: all of them are read for every group of output channels.
    let tile = (accelerator.acc_depth / output.image[1]).clamp(1, output.image[0]);
    let words = (0..output.image[0]).map(|row| ((row + 1) * output_row).saturating_sub(first_read(window, row, tile) * input_row)).max();
    Some(Lead { input: input.buffer, output: output.buffer, words: words.unwrap_or(0) })
}

/// The first input row that is read in the tile of output row `row` or later.
fn first_read(window: &Window, row: usize, tile: usize) -> usize {
    ((row + 1).saturating_sub(tile) * window.stride[0]).saturating_add_signed(window.origin[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_reads_from_its_first_row_on() {
        let same = Window { kernel: [3, 3], origin: [-1, -1], ..Window::POINT };
        assert_eq!([0, 1, 2, 3, 9].map(|row| first_read(&same, row, 2)), [0, 0, 0, 1, 7]);
        let halving = Window { stride: [2, 2], ..same };
        assert_eq!([0, 1, 2, 3].map(|row| first_read(&halving, row, 1)), [0, 1, 3, 5]);
    }
}
