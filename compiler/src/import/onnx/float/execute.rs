//! One node's float result, as ONNX defines its operator (up to the order of sums).

use ndarray::{Array1, Array2, Axis, CowArray, Ix2, IxDyn, concatenate};

use super::kernels;
use super::layers::Layer;
use super::network::Array;
use super::space;
use crate::graph::{Padding, Window};
use crate::import::onnx::constant::elements;
use crate::import::onnx::lower::{Lowered, Refusal, refuse};
use crate::import::onnx::model::Node;
use crate::import::onnx::{selection, shapes, window};

/// Everything that is computed, for messages.
const SUPPORTED: &str = "Add, AveragePool, BatchNormalization, Clip, Concat, Conv, DepthToSpace, Div, Dropout, Flatten, Gather, Gemm, GlobalAveragePool, Identity, \
    LeakyRelu, MatMul, MaxPool, Mul, Pad, ReduceMean, Relu, Reshape, Resize, Shape, Sigmoid, Sign, Slice, Softmax at the end, Split, Squeeze, Sub, Tanh, \
    Transpose, Unsqueeze, Upsample";

/// Reads input number n of a node.
type Read<'a, 'v> = &'a dyn Fn(usize) -> Option<&'v Array>;

/// The value of a node's first output.
pub fn node(node: &Node, layer: Option<&Layer>, read: Read) -> Lowered<Array> {
    let Some(x) = read(0) else {
        return refuse(format!("it reads {:?}, which nothing before it computes", node.inputs.first()), "nodes in the order of computation");
    };
    match (&node.op[..], layer) {
        ("Conv", Some(layer)) => convolution(node, layer, x),
        ("Conv", None) => space::displace(node, x, read(1)),
        (_, Some(layer)) => product(layer, x),
        ("Relu", _) => Ok(x.mapv(|x| x.max(0.0))),
        ("LeakyRelu", _) => Ok(x.mapv(|x| if x < 0.0 { x * node.float("alpha", 0.01) } else { x })),
        ("Sigmoid", _) => Ok(x.mapv(|x| 1.0 / (1.0 + (-x).exp()))),
        ("Tanh", _) => Ok(x.mapv(f32::tanh)),
        ("Sign", _) => Ok(x.mapv(|x| if x == 0.0 { 0.0 } else { x.signum() })),
        ("Clip", _) => {
            let [low, high] = limits(node, read);
            Ok(x.mapv(|x| x.max(low).min(high)))
        }
        ("Add" | "Sub" | "Mul" | "Div", _) => arithmetic(node, x, read(1)),
        ("BatchNormalization", _) => normalisation(node, x, read),
        ("MaxPool" | "AveragePool", _) => pool(node, x),
        ("GlobalAveragePool", _) => Ok(kernels::pool(x, &whole(x)?, false, false)),
        ("ReduceMean", _) => {
            let pooled = kernels::pool(x, &whole(x)?, false, false);
            let channels = x.shape()[1];
            Ok(if node.int("keepdims", 1) != 0 { pooled } else { reshaped(&pooled, &[1, channels])? })
        }
        ("Pad", _) => pad(node, x, read),
        ("Concat", _) => join(node, read),
        ("Resize", _) => space::resize(node, x, read(2), read(3)),
        ("Upsample", _) => space::resize(node, x, read(1), None),
        ("DepthToSpace", _) => space::depth_to_space(node, x),
        ("Flatten" | "Reshape" | "Squeeze" | "Unsqueeze", _) => {
            let argument = read(1).map(|shape| shape.iter().map(|size| *size as i64).collect());
            reshaped(x, &shapes::new_shape(node, x.shape(), argument)?)
        }
        ("Transpose", _) => {
            let order = shapes::permutation(node, x.ndim())?;
            Ok(x.view().permuted_axes(IxDyn(&order)).as_standard_layout().into_owned())
        }
        ("Identity" | "Dropout" | "Cast", _) => Ok(x.clone()),
        ("Softmax", _) if x.ndim() > 0 => Ok(softmax(x)),
        ("Shape", _) => Ok(Array1::from_iter(x.shape().iter().map(|size| *size as f32)).into_dyn()),
        ("Split" | "Slice" | "Gather", _) => select(node, x, read),
        _ => refuse("this operator is not known to float networks", SUPPORTED),
    }
}

/// Limits of a Clip, which stand in attributes or in inputs.
pub fn limits(node: &Node, read: Read) -> [f32; 2] {
    let limit =
        |position: usize, name: &str, default: f32| read(position).and_then(|limit| limit.first().copied()).unwrap_or(node.float(name, default));
    [limit(1, "min", f32::MIN), limit(2, "max", f32::MAX)]
}

/// A small file cannot become a huge array.
pub fn bounded(shape: &[usize]) -> Lowered<()> {
    match elements(shape.iter().map(|size| Some(*size))) {
        Some(_) => Ok(()),
        None => refuse(format!("it would take an array of {shape:?} elements"), "activations of up to 64 Mi elements"),
    }
}

fn fits<E>(reason: &str) -> impl FnOnce(E) -> Refusal {
    let reason = reason.to_owned();
    move |_| Refusal { reason, fits: "operators whose inputs fit each other" }
}

/// Height and width of `[1, channels, height, width]`.
fn size(x: &Array) -> Lowered<[usize; 2]> {
    match *x.shape() {
        [1, _, h, w] => Ok([h, w]),
        _ => refuse(format!("its input has shape {:?}", x.shape()), "images of shape [1, channels, height, width]"),
    }
}

fn whole(x: &Array) -> Lowered<Window> {
    Ok(Window { kernel: size(x)?, stride: [1, 1], dilation: [1, 1], padding: Padding::default() })
}

/// What a layer's weights are multiplied with: `[weight of a filter][output pixel]`, one matrix per group.
pub fn patches(node: &Node, layer: &Layer, x: &Array) -> Lowered<Vec<Array2<f32>>> {
    if node.op == "Conv" {
        let (window, groups) = geometry(node, layer, x)?;
        let [height, width] = window.output(size(x)?).unwrap_or([0, 0]);
        bounded(&[height, width, layer.cols(), groups])?;
        return Ok(kernels::patches_of_groups(x, &window, groups).collect());
    }
    Ok(vec![matrix(layer, x)?.reversed_axes().into_owned()])
}

fn convolution(node: &Node, layer: &Layer, x: &Array) -> Lowered<Array> {
    let (window, groups) = geometry(node, layer, x)?;
    Ok(kernels::convolution(x, layer, &window, groups))
}

/// The window of a convolution, and its groups.
fn geometry(node: &Node, layer: &Layer, x: &Array) -> Lowered<(Window, usize)> {
    let &[rows, own, height, width] = &layer.shape[..] else {
        return refuse("its weights have no four axes", "two-dimensional convolutions");
    };
    let window = window::read(node, size(x)?, Some([height, width]))?;
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    if groups == 0 || !rows.is_multiple_of(groups) || x.shape()[1] != own * groups {
        return refuse(format!("its weights {:?} in {groups} groups do not fit {} channels", layer.shape, x.shape()[1]), "weights for every channel");
    }
    let pixels = window.output(size(x)?).map(|[h, w]| h * w).unwrap_or(0);
    bounded(&[pixels, rows.max(layer.cols())])?;
    Ok((window, groups))
}

/// What a matrix product reads, `[pixel][input]`.
fn matrix<'a>(layer: &Layer, x: &'a Array) -> Lowered<CowArray<'a, f32, Ix2>> {
    let cols = layer.cols();
    if x.shape().last() != Some(&cols) {
        return refuse(format!("its weights read {cols} values, its input is {:?}", x.shape()), "weights for every input");
    }
    x.to_shape((x.len() / cols, cols)).map_err(fits("its input is no matrix"))
}

fn product(layer: &Layer, x: &Array) -> Lowered<Array> {
    let (rows, cols) = (layer.rows(), layer.cols());
    let flat = matrix(layer, x)?;
    let weights = ndarray::ArrayView2::from_shape((rows, cols), &layer.weights).map_err(fits("its weights are no matrix"))?;
    let sums = flat.dot(&weights.t()) + ndarray::ArrayView1::from(&layer.bias);
    let mut shape = x.shape().to_vec();
    shape.pop();
    shape.push(rows);
    reshaped(&sums.into_dyn(), &shape)
}

fn arithmetic(node: &Node, x: &Array, y: Option<&Array>) -> Lowered<Array> {
    let Some(y) = y else {
        return refuse("its second input is absent", "two inputs");
    };
    let rank = x.ndim().max(y.ndim());
    let size = |array: &Array, axis: usize| (axis + array.ndim()).checked_sub(rank).map_or(1, |own| array.shape()[own]);
    let shape: Vec<usize> = (0..rank).map(|axis| size(x, axis).max(size(y, axis))).collect();
    bounded(&shape)?;
    let (Some(x), Some(y)) = (x.broadcast(IxDyn(&shape)), y.broadcast(IxDyn(&shape))) else {
        return refuse(format!("shapes {:?} and {:?} do not fit each other", x.shape(), y.shape()), "shapes that broadcast");
    };
    Ok(match &node.op[..] {
        "Add" => &x + &y,
        "Sub" => &x - &y,
        "Mul" => &x * &y,
        _ => &x / &y,
    })
}

fn normalisation(node: &Node, x: &Array, read: Read) -> Lowered<Array> {
    if x.ndim() < 2 {
        return refuse(format!("its input has shape {:?}", x.shape()), "BatchNormalization over channels");
    }
    let channels = x.shape().get(1).copied().unwrap_or(0);
    let list = |position: usize| match read(position).filter(|list| list.len() == channels) {
        Some(list) => Ok(list.iter().copied().collect::<Vec<f32>>()),
        None => refuse(format!("input {position} has not one value per channel"), "BatchNormalization over channels"),
    };
    let (gamma, beta, mean, variance) = (list(1)?, list(2)?, list(3)?, list(4)?);
    let mut result = x.clone();
    for (channel, mut plane) in result.axis_iter_mut(Axis(1)).enumerate() {
        let factor = gamma[channel] / (variance[channel] + node.float("epsilon", 1e-5)).sqrt();
        plane.mapv_inplace(|x| (x - mean[channel]) * factor + beta[channel]);
    }
    Ok(result)
}

fn pool(node: &Node, x: &Array) -> Lowered<Array> {
    let window = window::read(node, size(x)?, None)?;
    let [h, w] = window.output(size(x)?).unwrap_or([0, 0]);
    bounded(&[x.shape()[1], h, w])?;
    bounded(&[window.kernel[0], window.kernel[1], h, w])?;
    Ok(kernels::pool(x, &window, node.op == "MaxPool", node.int("count_include_pad", 0) != 0))
}

fn pad(node: &Node, x: &Array, read: Read) -> Lowered<Array> {
    let given = read(1).map(|pads| pads.iter().map(|pad| *pad as i64).collect::<Vec<_>>());
    let pads = given.or(node.ints("pads").map(<[i64]>::to_vec)).unwrap_or_default();
    let (&[0, 0, top, left, 0, 0, bottom, right], [h, w]) = (&pads[..], size(x)?) else {
        return refuse(format!("its pads are {pads:?}"), "Pad of rows and columns");
    };
    if [top, left, bottom, right].iter().any(|pad| !(0..1 << 16).contains(pad)) || node.text("mode", "constant") != "constant" {
        return refuse(format!("its pads are {pads:?}"), "Pad with a constant");
    }
    let value = read(2).and_then(|value| value.first().copied()).unwrap_or(node.float("value", 0.0));
    let [top, left, bottom, right] = [top, left, bottom, right].map(|pad| pad as usize);
    bounded(&[x.shape()[1], h + top + bottom, w + left + right])?;
    let mut result = Array::from_elem(IxDyn(&[1, x.shape()[1], h + top + bottom, w + left + right]), value);
    result.slice_mut(ndarray::s![.., .., top..top + h, left..left + w]).assign(x);
    Ok(result)
}

fn join(node: &Node, read: Read) -> Lowered<Array> {
    let parts: Vec<&Array> = (0..node.inputs.len()).filter_map(read).collect();
    let rank = parts.first().map_or(0, |part| part.ndim()) as i64;
    let axis = node.int("axis", 0);
    let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).unwrap_or(usize::MAX);
    if axis >= rank as usize || parts.len() != node.inputs.len() {
        return refuse(format!("its axis is {axis}"), "Concat along an axis that there is");
    }
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(axis), &views).map_err(fits("its inputs differ in shape"))
}

/// Split, Slice and Gather.
fn select(node: &Node, x: &Array, read: Read) -> Lowered<Array> {
    let whole = |list: &Array| (list.shape().to_vec(), list.iter().map(|value| *value as i64).collect());
    let taken = selection::taken(node, x.shape(), |position| Ok(read(position).map(whole)))?;
    let made = taken.iter().fold(x.clone(), |x, taken| x.select(Axis(taken.axis), &taken.indices));
    reshaped(&made, &selection::left(x.shape(), &taken))
}

fn reshaped(x: &Array, shape: &[usize]) -> Lowered<Array> {
    x.to_shape(IxDyn(shape)).map(|view| view.into_owned()).map_err(fits("its shape does not fit"))
}

/// Softmax over the last axis.
fn softmax(x: &Array) -> Array {
    let mut result = x.clone();
    for mut row in result.lanes_mut(Axis(x.ndim() - 1)) {
        let largest = row.iter().copied().fold(f32::MIN, f32::max);
        row.mapv_inplace(|x| (x - largest).exp());
        let sum: f32 = row.iter().sum();
        row.mapv_inplace(|x| x / sum);
    }
    result
}
