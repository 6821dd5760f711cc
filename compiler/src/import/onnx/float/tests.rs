//! Classes of channels, and networks with fewer of them.

use super::testing::{Builder, run};
use super::{ClassId, Network};

/// Numbers that are all different.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    (0..count as u32).map(|index| ((index * 37 + seed * 11) % 41) as f32 / 20.0 - 1.0 + index as f32 / 1000.0).collect()
}

/// The network without the class of output channel `row` of layer `layer`.
fn without(network: &Network, layer: usize, row: usize) -> Network {
    let channels = network.channels().unwrap();
    let class = channels.outputs(layer)[row];
    assert_eq!(channels.class(class).stays, None);
    let rows = |classes: &[ClassId]| (0..classes.len()).filter(|row| classes[*row] != class).collect();
    let rows: Vec<Vec<usize>> = (0..channels.layers()).map(|layer| rows(channels.outputs(layer))).collect();
    network.select(&channels, &rows).unwrap_or_else(|error| panic!("{error}"))
}

/// The network with zeros where `reader` reads input channel `channel`, of a matrix product so many inputs.
fn unread(network: &Network, reader: usize, inputs: std::ops::Range<usize>) -> Network {
    let mut network = network.clone();
    let layer = &mut network.layers_mut()[reader];
    let (cols, taps) = (layer.cols(), layer.taps());
    for row in 0..layer.rows() {
        layer.weights[row * cols + inputs.start * taps..row * cols + inputs.end * taps].fill(0.0);
    }
    network
}

fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + a.abs())), "{a:?}\n{b:?}");
}

/// A convolution, a pool, and a matrix product behind a reshape with its sizes in the file.
fn chain() -> Network {
    Builder::new(&[1, 2, 4, 4])
        .layer("conv", "x", &[3, 2, 1, 1], &numbers(6, 1))
        .node("Relu", "relu", &["conv"], &[])
        .node("MaxPool", "pool", &["relu"], &[("kernel_shape", &[2, 2]), ("strides", &[2, 2])])
        .integers("shape", &[1, 12])
        .node("Reshape", "flat", &["pool", "shape"], &[])
        .layer("fc", "flat", &[2, 12], &numbers(24, 2))
        .read("fc")
}

#[test]
fn a_channel_of_an_image_is_several_inputs_of_a_matrix_product() {
    let network = chain();
    let channels = network.channels().unwrap();
    let [a, b, c] = channels.outputs(0) else { panic!() };
    assert_eq!(channels.inputs(1), [[*a; 4], [*b; 4], [*c; 4]].concat());
    assert_eq!(channels.stays(0), None);
    assert_eq!(channels.stays(1), Some("it is an output of the network"));
    let less = without(&network, 0, 1);
    assert_eq!((&less.layers()[0].shape[..], &less.layers()[1].shape[..]), (&[2, 2, 1, 1][..], &[2, 8][..]));
    let inputs = numbers(32, 3);
    close(&run(&less, &inputs), &run(&unread(&network, 1, 4..8), &inputs));
}

#[test]
fn channels_may_change_places() {
    let network = chain();
    let moved = network.select(&network.channels().unwrap(), &[vec![2, 0, 1], vec![0, 1]]).unwrap();
    assert_eq!(moved.layers()[0].weights[..2], network.layers()[0].weights[4..]);
    assert_eq!(moved.layers()[1].weights[..4], network.layers()[1].weights[8..12]);
    close(&run(&moved, &numbers(32, 4)), &run(&network, &numbers(32, 4)));
}

#[test]
fn channels_of_a_sum_are_one_class() {
    let network = Builder::new(&[1, 2, 3, 3])
        .layer("first", "x", &[3, 2, 1, 1], &numbers(6, 1))
        .node("Relu", "relu", &["first"], &[])
        .layer("second", "relu", &[3, 3, 1, 1], &numbers(9, 2))
        .node("Add", "sum", &["relu", "second"], &[])
        .node("GlobalAveragePool", "mean", &["sum"], &[])
        .node("Flatten", "flat", &["mean"], &[])
        .layer("fc", "flat", &[2, 3], &numbers(6, 3))
        .read("fc");
    let channels = network.channels().unwrap();
    assert_eq!(channels.outputs(0), channels.outputs(1));
    let less = without(&network, 1, 0);
    assert_eq!(less.layers().iter().map(|layer| layer.shape.clone()).collect::<Vec<_>>(), [vec![2, 2, 1, 1], vec![2, 2, 1, 1], vec![2, 2]]);
    let expected = unread(&unread(&network, 1, 0..1), 2, 0..1);
    close(&run(&less, &numbers(18, 5)), &run(&expected, &numbers(18, 5)));
    // The two operands of the sum have to keep the same order.
    let message = network.select(&channels, &[vec![1, 0, 2], vec![0, 1, 2], vec![0, 1]]).err().unwrap().to_string();
    assert!(message.contains("Add \"sum\"") && message.contains("different orders"), "{message}");
}

#[test]
fn depthwise_filters_go_with_what_they_read() {
    let network = Builder::new(&[1, 2, 3, 3])
        .layer("point", "x", &[3, 2, 1, 1], &numbers(6, 1))
        .constant("w", &[6, 1, 2, 2], &numbers(24, 2))
        .node("Conv", "depth", &["point", "w"], &[("group", &[3])])
        .layer("last", "depth", &[2, 6, 1, 1], &numbers(12, 3))
        .read("last");
    let channels = network.channels().unwrap();
    let [a, b, c] = channels.outputs(0) else { panic!() };
    assert_eq!((channels.outputs(1), channels.class(*a).scales), (&[*a, *a, *b, *b, *c, *c][..], false));
    let less = without(&network, 0, 2);
    assert_eq!((&less.layers()[1].shape[..], &less.layers()[2].shape[..]), (&[4, 1, 2, 2][..], &[2, 4, 1, 1][..]));
    close(&run(&less, &numbers(18, 5)), &run(&unread(&network, 2, 4..6), &numbers(18, 5)));
}

#[test]
fn parts_of_a_concatenation_keep_their_classes() {
    let network = Builder::new(&[1, 2, 3, 3])
        .layer("left", "x", &[2, 2, 1, 1], &numbers(4, 1))
        .layer("right", "x", &[3, 2, 1, 1], &numbers(6, 2))
        .node("Concat", "both", &["left", "right"], &[("axis", &[1])])
        .layer("last", "both", &[2, 5, 1, 1], &numbers(10, 3))
        .read("last");
    let channels = network.channels().unwrap();
    assert_eq!(channels.inputs(2), [channels.outputs(0), channels.outputs(1)].concat());
    let less = without(&network, 1, 1);
    close(&run(&less, &numbers(18, 5)), &run(&unread(&network, 2, 3..4), &numbers(18, 5)));
}

/// Factors and normalisation behind a rectifier are not merged into a layer: their numbers go with the channels.
#[test]
fn numbers_of_channels_go_with_them() {
    let network = Builder::new(&[1, 2, 3, 3])
        .layer("first", "x", &[3, 2, 1, 1], &numbers(6, 1))
        .node("Relu", "relu", &["first"], &[])
        .constant("factors", &[3, 1, 1], &[1.0, 2.0, 4.0])
        .node("Mul", "scaled", &["relu", "factors"], &[])
        .layer("last", "scaled", &[2, 3, 1, 1], &numbers(6, 3))
        .read("last");
    let class = network.channels().unwrap().outputs(0)[0];
    assert!(network.channels().unwrap().class(class).differs.as_ref().is_some_and(|why| why.contains("Mul \"scaled\"")));
    close(&run(&without(&network, 0, 1), &numbers(18, 5)), &run(&unread(&network, 1, 1..2), &numbers(18, 5)));
}

#[test]
fn what_cannot_go_says_why() {
    let network = Builder::new(&[1, 4, 4, 4])
        .constant("w", &[4, 2, 1, 1], &numbers(8, 1))
        .node("Conv", "grouped", &["x", "w"], &[("group", &[2])])
        .layer("turned", "grouped", &[4, 4, 1, 1], &numbers(16, 2))
        .integers("five", &[1, 2, 2, 4, 4])
        .node("Reshape", "split", &["turned", "five"], &[])
        .node("Transpose", "shuffled", &["split"], &[("perm", &[0, 2, 1, 3, 4])])
        .integers("four", &[1, 4, 4, 4])
        .node("Reshape", "joined", &["shuffled", "four"], &[])
        .layer("last", "joined", &[2, 4, 1, 1], &numbers(8, 3))
        .node("Softmax", "end", &["last"], &[])
        .read("end");
    let channels = network.channels().unwrap();
    let reasons: Vec<&str> = (0..3).map(|layer| channels.stays(layer).unwrap()).collect();
    assert!(reasons[0].contains("\"grouped\" computes 2 groups"), "{reasons:?}");
    assert!(reasons[1].contains("in \"split\" its channels lie along no single axis"), "{reasons:?}");
    assert!(reasons[2].contains("the host reads it"), "{reasons:?}");
}

/// A 3 x 2 kernel with strides and pads, in two.
#[test]
fn a_split_convolution_computes_products_of_its_halves() {
    let mut network = Builder::new(&[1, 2, 7, 6])
        .constant("w", &[2, 2, 3, 2], &numbers(24, 1))
        .constant("b", &[2], &[0.5, -0.25])
        .node("Conv", "conv", &["x", "w", "b"], &[("kernel_shape", &[3, 2]), ("strides", &[2, 3]), ("pads", &[1, 0, 2, 1]), ("dilations", &[1, 2])])
        .read("conv");
    let (first, second) = (numbers(6, 2), numbers(4, 3));
    let product = |index: usize| first[index / 2 % 6] * second[index / 12 * 2 + index % 2];
    network.layers_mut()[0].weights = (0..24).map(product).collect();
    let mut halves = network.clone();
    halves.split(0, 1, first, second);
    let names: Vec<&str> = halves.layers().iter().map(|layer| &layer.name[..]).collect();
    assert_eq!((names, halves.len()), (vec!["conv/first", "conv"], 2));
    close(&run(&halves, &numbers(84, 4)), &run(&network, &numbers(84, 4)));
}
