//! Tiles by hand.

use super::*;
use crate::import::onnx::float::testing::{Builder, run};

fn options(tile: [usize; 2], density: f64) -> Options {
    Options { tile, density, layers: Vec::new() }
}

/// Four neurons, a rectifier, and two neurons that read the four.
fn network(first: &[f32; 16], second: &[f32; 8]) -> Network {
    let made = Builder::new(&[1, 4]).layer("first", "x", &[4, 4], first);
    made.node("Relu", "relu", &["first"], &[]).layer("second", "relu", &[2, 4], second).read("second")
}

#[test]
fn channels_change_places_until_nothing_is_lost() {
    // Outputs 0 and 2 read the first two inputs, 1 and 3 the last two; half of the 2x2 tiles will do once 1 and 2 have changed places. The
    // second layer, of one tile row, loses the two smaller of its channels, which then are 1 and 3.
    let first = [1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 3.0, 4.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0, 7.0, 8.0];
    let network = network(&first, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    let outcome = reduce(&network, &options([2, 2], 0.5)).unwrap();
    let [found, last] = outcome.network.layers() else { panic!() };
    let together = |row: usize| found.weights[row * 4] != 0.0;
    assert!(together(0) == together(1) && together(2) == together(3) && together(0) != together(2), "{:?}", found.weights);
    assert_eq!(last.weights.iter().sum::<f32>(), 4.0);
    for inputs in [[1.0, 0.5, -1.0, 2.0], [0.0, 1.0, 3.0, -2.0]] {
        assert_eq!(run(&outcome.network, &inputs), run(&network, &inputs));
    }
    let texts: Vec<&str> = outcome.notes.iter().map(|note| &note.text[..]).collect();
    assert_eq!(texts[0], "2 of 4 tiles of 2x2, 100.0 % of the magnitude (unordered 72.2 %)");
}

#[test]
fn the_smallest_tiles_are_zeroed() {
    // Sums of 2x1 tiles are 3 and 7 of the first output, 11 and 15 of the second, 2 of the others.
    let first = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let network = network(&first, &[1.0; 8]);
    let only = Options { layers: vec!["first".to_owned()], ..options([2, 1], 0.5) };
    let outcome = reduce(&network, &only).unwrap();
    let mut rows: Vec<&[f32]> = outcome.network.layers()[0].weights.chunks(4).collect();
    rows.sort_by(|a, b| b[0].total_cmp(&a[0]));
    assert_eq!(rows, [&[5.0, 6.0, 7.0, 8.0], &[1.0, 2.0, 3.0, 4.0], &[0.0; 4], &[0.0; 4]]);
    assert_eq!(outcome.network.layers()[1], network.layers()[1]);
}

#[test]
fn all_tiles_change_nothing() {
    let weights: Vec<f32> = (0..16).map(|x| (x * 7 % 16) as f32 - 8.0).collect();
    let network = network(weights.as_slice().try_into().unwrap(), &[1.0, -2.0, 3.0, 0.5, 0.0, 1.0, -1.0, 2.0]);
    let outcome = reduce(&network, &options([2, 2], 1.0)).unwrap();
    assert_eq!(outcome.network.layers(), network.layers());
}

#[test]
fn tiles_lie_at_one_position_of_the_kernel() {
    // Two inputs, four taps: position 2 of the second output has the largest weights of its tile.
    let mut weights = [1.0; 16];
    (weights[10], weights[14]) = (9.0, 9.0);
    let made = Builder::new(&[1, 1, 3, 3]).layer("front", "x", &[2, 1, 1, 1], &[1.0, 1.0]);
    let network = made.layer("conv", "front", &[2, 2, 2, 2], &weights).read("conv");
    let outcome = reduce(&network, &options([2, 1], 0.125)).unwrap();
    let mut wanted = [0.0; 16];
    (wanted[10], wanted[14]) = (9.0, 9.0);
    assert_eq!(outcome.network.layers()[1].weights, wanted);
    assert!(outcome.notes[0].text.contains("packed"), "{:?}", outcome.notes);
}

/// A flattened image's pixels are positions, its channels inputs.
#[test]
fn a_matrix_product_behind_an_image_has_its_pixels_for_positions() {
    let network = Builder::new(&[1, 1, 1, 2])
        .layer("front", "x", &[2, 1, 1, 1], &[1.0, 1.0])
        .node("Flatten", "flat", &["front"], &[])
        .layer("fc", "flat", &[1, 4], &[1.0, 5.0, 2.0, 6.0])
        .read("fc");
    // Channel 0 has the weights 1 and 5, channel 1 has 2 and 6; pixel 1 is the larger tile, with 5 and 6.
    let outcome = reduce(&network, &options([2, 1], 0.5)).unwrap();
    let mut weights = outcome.network.layers()[1].weights.clone();
    assert_eq!((weights[0], weights[2]), (0.0, 0.0));
    weights.sort_by(f32::total_cmp);
    assert_eq!(weights, [0.0, 0.0, 5.0, 6.0]);
}
