//! The hardware's borders: which byte of a tensor's value lies in which byte of the streams.

use super::layers::{Lowered, Placed, PlacedId};
use crate::graph::{Graph, TensorId};
use fretwork_hdl::design::Port;

/// Input ports in stream order.
pub fn inputs(graph: &Graph, lowered: &Lowered, lanes: usize) -> Vec<Port> {
    let port = |layout: &super::layers::InputLayout| {
        let channels = lowered.tensors[layout.placed].channels();
        let element = |pixel: usize, channel: usize| layout.elements[pixel * channels + channel];
        port(graph, lowered, lanes, layout.tensor, layout.placed, element)
    };
    lowered.inputs.iter().map(port).collect()
}

/// Output ports in stream order.
pub fn outputs(graph: &Graph, lowered: &Lowered, lanes: usize) -> Vec<Port> {
    let port = |layout: &super::layers::OutputLayout| {
        let channels = lowered.tensors[layout.placed].channels();
        let element = |pixel: usize, channel: usize| (pixel * channels + channel) as i32;
        port(graph, lowered, lanes, layout.tensor, layout.placed, element)
    };
    lowered.outputs.iter().map(port).collect()
}

fn port(graph: &Graph, lowered: &Lowered, lanes: usize, tensor: TensorId, placed: PlacedId, element: impl Fn(usize, usize) -> i32) -> Port {
    let Placed { image, map, words, .. } = &lowered.tensors[placed];
    let (pixels, stored, width) = (image[0] * image[1], words * lanes, lowered.tensors[placed].width());
    let mut elements = vec![-1; pixels * stored];
    for pixel in 0..pixels {
        for (at, &byte) in map.iter().enumerate() {
            let element = element(pixel, at / width);
            elements[pixel * stored + byte] = if element < 0 { element } else { element * width as i32 + (at % width) as i32 };
        }
    }
    let tensor = &graph.tensors[tensor];
    Port {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        scale: tensor.scale,
        zero_point: tensor.zero_point,
        wide: tensor.wide,
        words: pixels * words,
        elements,
        fill: tensor.zero_point as i8,
    }
}
