//! The hardware's borders: which element of a tensor lies in which byte of the streams.

use super::layers::{Lowered, Placed, PlacedId};
use crate::graph::{Graph, TensorId};
use fretwork_hdl::design::Port;

/// Input ports in stream order.
pub fn inputs(graph: &Graph, lowered: &Lowered, lanes: usize) -> Vec<Port> {
    let port = |layout: &super::layers::InputLayout| {
        let channels = lowered.tensors[layout.placed].map.len();
        let element = |pixel: usize, channel: usize| layout.elements[pixel * channels + channel];
        port(graph, lowered, lanes, layout.tensor, layout.placed, element)
    };
    lowered.inputs.iter().map(port).collect()
}

/// Output ports in stream order.
pub fn outputs(graph: &Graph, lowered: &Lowered, lanes: usize) -> Vec<Port> {
    let port = |layout: &super::layers::OutputLayout| {
        let channels = lowered.tensors[layout.placed].map.len();
        let element = |pixel: usize, channel: usize| (pixel * channels + channel) as i32;
        port(graph, lowered, lanes, layout.tensor, layout.placed, element)
    };
    lowered.outputs.iter().map(port).collect()
}

fn port(graph: &Graph, lowered: &Lowered, lanes: usize, tensor: TensorId, placed: PlacedId, element: impl Fn(usize, usize) -> i32) -> Port {
    let Placed { image, map, words, .. } = &lowered.tensors[placed];
    let (pixels, width) = (image[0] * image[1], words * lanes);
    let mut elements = vec![-1; pixels * width];
    for pixel in 0..pixels {
        for (channel, &byte) in map.iter().enumerate() {
            elements[pixel * width + byte] = element(pixel, channel);
        }
    }
    let tensor = &graph.tensors[tensor];
    Port {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        scale: tensor.scale,
        zero_point: tensor.zero_point,
        words: pixels * words,
        elements,
        fill: tensor.zero_point as i8,
    }
}
