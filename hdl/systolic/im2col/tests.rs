use super::*;
use crate::Images;
use crate::step::{Channel, Conv, Epilogue, Region, Step, Window, Work};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;
use proptest::prelude::*;

/// A convolution of random geometry, and the accelerator that it is for.
fn convolution() -> impl Strategy<Value = (Step, Accelerator)> {
    let shape = (2u32..6).prop_flat_map(|lanes| (Just(lanes), 2..=lanes, 2..=lanes));
    let window = ([1usize..5, 1..5], [1usize..4, 1..4], [1usize..3, 1..3], [-2isize..1, -2..1]);
    (shape, window, [1usize..9, 1..9], [1usize..5, 1..5], 1usize..70, 0usize..3).prop_map(
        |((lanes, rows, cols), (kernel, stride, dilation, origin), [height, width], [tiles, per_tile], channels, gap)| {
            let accelerator = Accelerator { activation_words: 1 << 16, ..Accelerator::with_shape(1 << lanes, 1 << rows, 1 << cols) };
            let words = channels.div_ceil(accelerator.lanes);
            let input = Region { base: 7, stride: words + gap, height, width, words };
            let output = Region { base: 1 << 15, stride: 1, height: tiles * per_tile, width: 3, words: 1 };
            let window = Window { kernel, stride, dilation, origin };
            let weights = vec![1; accelerator.lanes * kernel[0] * kernel[1] * channels];
            let conv = Conv { window, pad_value: -5, out_channels: accelerator.lanes, in_channels: channels, weights, rows_per_tile: per_tile };
            let channels = vec![Channel { bias: 0, scale: Scale::ONE }; accelerator.lanes];
            let epilogue = Epilogue::scaled(channels, Rounding::Single, 0, [-128, 127]);
            (Step { name: "conv".into(), work: Work::Conv(conv), input, output, epilogue: Some(epilogue) }, accelerator)
        },
    )
}

/// The rows, tile by tile from the gather's closed form.
fn rows(config: &Config, accelerator: &Accelerator, tiles: &[u32], memory: &[i8]) -> Vec<i8> {
    let g = Gather::new(config, Some(accelerator.slices()));
    let mut matrix = Vec::new();
    let pixels = (0..g.count(6)).flat_map(|tile| (0..g.count(1)).map(move |y| (tile, y)));
    for ((tile, y), x) in pixels.flat_map(|row| (0..g.count(0)).map(move |x| (row, x))) {
        for number in tiles.iter().map(|number| *number as usize) {
            let (slice, tap) = (number % g.count(2), number / g.count(2));
            let position = g.at([x, y, slice, tap % g.count(3), tap / g.count(3), 0, tile]);
            let from = usize::from(position.addr) * accelerator.lanes + slice % accelerator.slices() * accelerator.rows;
            matrix.extend((0..accelerator.rows).map(|i| if position.inside { memory[from + i] } else { config.pad_value }));
        }
    }
    matrix
}

proptest! {
    #[test]
    fn rows_equal_the_closed_form((step, accelerator) in convolution(), cut in 0.0f64..1.0, left_out in 0usize..5, seed in any::<u64>()) {
        let config = super::super::encode::encode(&step, &accelerator, &mut Images::default());
        let all: u32 = [2, 3, 4].iter().map(|&level| u32::from(config.levels[level].last) + 1).product();
        let mut tiles: Vec<u32> = (0..all).filter(|tile| splitmix(seed ^ u64::from(*tile)) as usize % 5 >= left_out).collect();
        if tiles.is_empty() {
            tiles.push(seed as u32 % all);
        }
        let memory: Vec<i8> = (0..accelerator.activation_words * accelerator.lanes).map(|i| (i * 37 + i / 251) as i8).collect();
        let im2col = Im2col::new(&config, &accelerator, &tiles);
        let mut matrix = vec![0; im2col.pixels() * im2col.depth()];
        let cut = (im2col.pixels() as f64 * cut) as usize;
        let (first, second) = matrix.split_at_mut(cut * im2col.depth());
        im2col.fill(&memory, 0..cut, first);
        im2col.fill(&memory, cut..im2col.pixels(), second);
        prop_assert_eq!(matrix, rows(&config, &accelerator, &tiles, &memory));
    }
}
