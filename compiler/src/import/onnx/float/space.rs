//! Real numbers that change places: larger images by nearest neighbours and DepthToSpace, and displaced channels.

use ndarray::{Array4, IxDyn};

use super::network::Array;
use crate::import::onnx::displacement;
use crate::import::onnx::lower::{Lowered, refuse};
use crate::import::onnx::model::Node;

/// Resize and Upsample to the nearest neighbour by whole factors, for which all conventions of ONNX take the same neighbours.
pub fn resize(node: &Node, x: &Array, scales: Option<&Array>, sizes: Option<&Array>) -> Lowered<Array> {
    let &[1, c, h, w] = x.shape() else {
        return refuse(format!("its input has shape {:?}", x.shape()), "images of shape [1, channels, height, width]");
    };
    let list = |array: Option<&Array>| array.map(|array| array.iter().copied().collect::<Vec<f32>>()).unwrap_or_default();
    let (scales, sizes) = (list(scales), list(sizes));
    let factors = match (&scales[..], &sizes[..]) {
        (&[1.0, 1.0, rows, columns], _) => [rows, columns],
        ([], &[_, _, height, width]) => [height / h as f32, width / w as f32],
        _ => [0.0; 2],
    };
    if node.text("mode", "nearest") != "nearest" || factors.iter().any(|factor| factor.fract() != 0.0 || !(1.0..=64.0).contains(factor)) {
        return refuse(format!("its scales are {scales:?}"), "mode nearest with whole factors of rows and columns");
    }
    let [rows, columns] = factors.map(|factor| factor as usize);
    super::execute::bounded(&[c, h * rows, w * columns])?;
    Ok(Array::from_shape_fn(IxDyn(&[1, c, h * rows, w * columns]), |at| x[[0, at[1], at[2] / rows, at[3] / columns]]))
}

/// DepthToSpace in both modes.
pub fn depth_to_space(node: &Node, x: &Array) -> Lowered<Array> {
    let block = usize::try_from(node.int("blocksize", 0)).unwrap_or(0);
    let (&[1, depth, h, w], 1..=64) = (x.shape(), block) else {
        return refuse(format!("its blocksize is {block}, its input has shape {:?}", x.shape()), "images and blocks of 1 to 64 pixels");
    };
    let channels = depth / (block * block);
    if channels * block * block != depth {
        return refuse(format!("it makes blocks of {block} by {block} pixels of {depth} channels"), "a multiple of the block's pixels as channels");
    }
    let crd = node.text("mode", "DCR") == "CRD";
    let made = Array4::from_shape_fn((1, channels, h * block, w * block), |(_, channel, row, column)| {
        let pixel = row % block * block + column % block;
        let from = if crd { channel * block * block + pixel } else { pixel * channels + channel };
        x[[0, from, row / block, column / block]]
    });
    Ok(made.into_dyn())
}

/// A convolution that only displaces channels.
pub fn displace(node: &Node, x: &Array, weights: Option<&Array>) -> Lowered<Array> {
    let offsets = weights.and_then(|weights| displacement::offsets(node, weights.shape(), weights.iter().copied()));
    let (Some(offsets), &[1, c, h, w]) = (offsets, x.shape()) else {
        return refuse(format!("its weights are computed, or its input of shape {:?} is no image", x.shape()), "convolutions with constant weights");
    };
    if offsets.len() != c {
        return refuse(format!("it displaces {} channels, its input has {c}", offsets.len()), "weights for every channel");
    }
    let from = |at: usize, offset: i8, size: usize| at.checked_add_signed(offset.into()).filter(|at| *at < size);
    let made = Array4::from_shape_fn((1, c, h, w), |(_, channel, row, column)| {
        let [dy, dx] = offsets[channel];
        from(row, dy, h).zip(from(column, dx, w)).map_or(0.0, |(row, column)| x[[0, channel, row, column]])
    });
    Ok(made.into_dyn())
}
