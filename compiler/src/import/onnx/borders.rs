//! The borders of a network: float inputs that the host quantises, integer inputs, and outputs as integers or real numbers.

use fretwork_sim::requantise::{Rounding, Scale};

use super::constant::{Kind, elements};
use super::emit::levels;
use super::link::{Function, Side};
use super::lower::{Context, Lowered, Refusal, Value, refuse};
use super::model::Border;
use super::quantiser::{Method, Quantiser, Round};
use super::signal::{Layout, Signal, Source, Sums};
use super::tails;
use crate::graph::{HostRounding, HostStep, Output, Tensor, TensorId};
use crate::import::ImportError;

const OUTPUT: &str = "a quantiser on the output (Quant with up to 8 bits, or QuantizeLinear); without one, sums that fit 16 bits and have one scale";

/// Makes the graph's inputs.
pub fn inputs(context: &mut Context) -> Lowered<()> {
    let model = context.model;
    for (position, border) in model.inputs.iter().enumerate() {
        let signal = input(context, position, border)?;
        let value = context.chosen(&border.name, Value::Signal(signal))?;
        context.define(&border.name, value);
    }
    Ok(())
}

fn input(context: &mut Context, position: usize, border: &Border) -> Lowered<Signal> {
    let Border { name, kind, shape } = border;
    let fits = "inputs of rank 1 to 4 with batch 1 and fixed sizes, of float32, int8 or uint8";
    let shape: Option<Vec<usize>> = shape.iter().enumerate().map(|(axis, size)| size.or((axis == 0).then_some(1))).collect();
    let whole = shape.filter(|shape| (1..=4).contains(&shape.len()) && shape[0] == 1 && elements(shape.iter().map(|size| Some(*size))).is_some());
    let (Some(shape), Some(kind)) = (whole, kind.filter(|kind| matches!(kind, Kind::Float | Kind::Int8 | Kind::Uint8))) else {
        let sizes: Vec<String> = border.shape.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
        let kind = border.kind.map_or("unknown".to_owned(), |kind| format!("{kind:?}").to_lowercase());
        return refuse(format!("input {name:?} has shape [{}] and type {kind}", sizes.join(", ")), fits);
    };
    let (stored, layout) = match shape[..] {
        [1, c, h, w] if !is_channels_last(context, name) => (vec![1, h, w, c], Layout::Image([c, h, w])),
        _ => (shape.clone(), Layout::Same),
    };
    let unsigned = kind == Kind::Uint8;
    let zero_point = if unsigned { -128 } else { 0 };
    let id = context.tensor(Tensor { unsigned, ..Tensor::int8(name.clone(), stored.clone(), 1.0, zero_point) })?;
    context.graph.inputs.push(id);
    if layout != Layout::Same {
        context.host(HostStep::FromNchw { input: position });
    }
    let raw = kind != Kind::Float;
    if raw {
        context.open.insert(id);
    }
    let source = if raw { Source::Tensor(id) } else { Source::Input(position) };
    Ok(Signal { source, stored, shape, layout, chain: Vec::new(), pools: Vec::new(), raw })
}

/// Whether the model itself turns the image from channels last to channels first.
fn is_channels_last(context: &Context, input: &str) -> bool {
    let mut name = input;
    for node in &context.model.nodes {
        if node.inputs.first().is_none_or(|first| first != name) {
            continue;
        }
        match &node.op[..] {
            "Transpose" => return node.ints("perm") == Some(&[0, 3, 1, 2]),
            "Quant" | "BipolarQuant" | "QuantizeLinear" | "DequantizeLinear" | "Identity" | "Relu" => match node.outputs.first() {
                Some(output) => name = output,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The host's step for a float input.
pub fn quantise_input(context: &mut Context, position: usize, signal: &Signal, quantiser: &Quantiser) -> Lowered<TensorId> {
    let fits = "float inputs that are read by Quant (ROUND, zero point 0), BipolarQuant or QuantizeLinear and nothing else; what comes before \
        (normalisation, padding) belongs into the preparation of the inputs";
    let starts_at_zero = quantiser.range[0] == quantiser.zero_point && !quantiser.bipolar;
    if signal.chain.iter().any(|link| link.function != Function::Relu || !starts_at_zero) {
        return refuse("a float function stands between the input and its quantiser", fits);
    }
    let direct = match &quantiser.method {
        Method::Linear { scale } => *scale == quantiser.scale,
        Method::Quant { scale, round } => *scale == quantiser.scale && *round == Round::HalfEven && quantiser.zero_point == 0,
        Method::Sign => true,
        Method::Product { .. } | Method::Trunc { .. } | Method::Thresholds { .. } | Method::Threshold { .. } => false,
    };
    if !direct {
        return refuse("the host does not quantise an input that way", fits);
    }
    let id = context.graph.inputs[position];
    let tensor = Tensor { name: context.graph.tensors[id].name.clone(), ..quantiser.tensor("", context.graph.tensors[id].shape.clone()) };
    let step = HostStep::Quantise { input: position, rounding: HostRounding::HalfEven };
    let before = context.graph.host.contains(&step);
    if before && context.graph.tensors[id] != tensor {
        return refuse("the input is quantised in two ways", "one quantiser for an input");
    }
    context.graph.tensors[id] = tensor;
    if !before {
        context.host(step);
    }
    Ok(id)
}

/// Makes the graph's outputs.
pub fn outputs(context: &mut Context) -> Result<(), ImportError> {
    for (position, name) in context.model.outputs.iter().enumerate() {
        let made = context.model.nodes.iter().position(|node| node.outputs.first() == Some(name));
        output(context, position, name).map_err(|refusal| match made {
            Some(index) => context.refused(index, refusal),
            None => ImportError::Model { reason: refusal.reason, fits: refusal.fits },
        })?;
    }
    let quantised = |position: usize| context.graph.host.iter().any(|step| matches!(step, HostStep::Quantise { input, .. } if *input == position));
    let open = context.model.inputs.iter().enumerate().find(|(position, input)| input.kind == Some(Kind::Float) && !quantised(*position));
    match open {
        None => Ok(()),
        Some((_, input)) => {
            let reason = format!("nothing quantises the float input {:?}", input.name);
            Err(ImportError::Model {
                reason,
                fits: "float inputs behind a Quant, BipolarQuant or QuantizeLinear (of a float model `fretwork quantise` makes integers)",
            })
        }
    }
}

fn output(context: &mut Context, position: usize, name: &str) -> Lowered<()> {
    let signal = match context.value(name)? {
        Value::Signal(signal) => signal,
        Value::Constant(_) => return refuse(format!("output {name:?} is constant"), "outputs that are computed"),
    };
    let (id, real) = match &signal.source {
        Source::Tensor(id) if signal.pools.is_empty() => (plain(context, *id, &signal)?, !signal.raw),
        Source::Sums(sums) if signal.pools.is_empty() => (wide(context, sums, &signal, name)?, true),
        Source::Input(_) => return refuse(format!("output {name:?} is an input"), "outputs that are computed"),
        Source::Tensor(_) | Source::Sums(_) | Source::Pair(_) | Source::Concat(_) | Source::Space(_) => {
            return refuse(format!("output {name:?} is not quantised"), OUTPUT);
        }
    };
    if let Layout::Image([c, h, w]) = signal.layout
        && c > 1
        && h * w > 1
        && signal.shape != [1, c, h, w]
    {
        return refuse(format!("output {name:?} is a flattened image"), "images as they are, or a layer behind the flattening");
    }
    let image = match signal.layout {
        Layout::Image([c, h, w]) if signal.shape == [1, c, h, w] => Some([1, h, w, c]),
        _ => None,
    };
    let shape = match (image, &signal.shape[..]) {
        (Some(nhwc), _) => nhwc.to_vec(),
        (None, [1, ..]) if signal.shape.len() <= 4 => signal.shape.clone(),
        _ => context.graph.tensors[id].shape.clone(),
    };
    let id = context.reshaped(id, &shape)?;
    context.graph.outputs.push(id);
    let tail = tails::step(context, position, name);
    // The largest integer is the largest real number, and its index has no channels to be moved.
    let index = matches!(tail, Some(HostStep::ArgMax { .. }));
    let dequantise = (real && !index).then_some(HostStep::Dequantise { output: position });
    let transpose = (image.is_some() && !index).then_some(HostStep::ToNchw { output: position });
    [dequantise, tail, transpose].into_iter().flatten().for_each(|step| context.host(step));
    Ok(())
}

/// An activation whose real numbers are what the host computes from its integers.
fn plain(context: &mut Context, id: TensorId, signal: &Signal) -> Lowered<TensorId> {
    let tensor = &context.graph.tensors[id];
    if signal.raw {
        return Ok(id);
    }
    if !signal.is_uniform() || signal.is_approximate() {
        return refuse("float functions follow the last quantiser", OUTPUT);
    }
    let value = |stored: i32| signal.value(stored - tensor.zero_point, 0, Side::Exact);
    let equals = |scale: f32| levels(tensor).all(|stored| scale * (stored - tensor.zero_point) as f32 == value(stored));
    let (own, other) = (tensor.scale, signal.value(1, 0, Side::Exact));
    if equals(own) {
        return Ok(id);
    }
    let used = context.graph.nodes.iter().any(|node| node.inputs.contains(&id)) || context.graph.inputs.contains(&id);
    let moved = context.graph.nodes.iter().any(|node| node.output == id && node.op.keeps_meaning());
    if other > 0.0 && other.is_normal() && equals(other) && !used && !moved && !context.graph.outputs.contains(&id) {
        context.graph.tensors[id].scale = other;
        return Ok(id);
    }
    refuse("float functions follow the last quantiser", OUTPUT)
}

/// Sums without a quantiser behind them, if they fit 16 bits and have one scale.
fn wide(context: &mut Context, sums: &Sums, signal: &Signal, name: &str) -> Lowered<TensorId> {
    let unquantised = |why: &str| Refusal { reason: format!("output {name:?} is not quantised and {why}"), fits: OUTPUT };
    let scale = signal.chain.first().filter(|link| link.function == Function::Mul && link.a.len() == 1).map(|link| link.a[0]);
    let Some(scale) = scale.filter(|scale| *scale > 0.0 && scale.is_normal()) else {
        return Err(unquantised("its channels differ in scale"));
    };
    if matches!(sums.kind, super::signal::SumsKind::Depthwise(_) | super::signal::SumsKind::Average { .. }) {
        return Err(unquantised("it is no convolution or matrix product"));
    }
    let mut bias = Vec::new();
    for (channel, [low, high]) in sums.reach.iter().enumerate() {
        let offset = (signal.value(0, channel, Side::Exact) / scale).round() as i32;
        let fits = |acc: i32| acc.checked_add(offset).is_some_and(|acc| i16::try_from(acc).is_ok());
        if !fits(*low) || !fits(*high) {
            return Err(unquantised(&format!("its sums reach from {low} to {high} in channel {channel}")));
        }
        let linear = |acc: i32| signal.value(acc, channel, Side::Exact) == scale * (acc + offset) as f32;
        if !(*low..=*high).all(linear) {
            return Err(unquantised(&format!("channel {channel} is no multiple of one scale")));
        }
        bias.push(sums.bias.get(channel).copied().unwrap_or(0) + offset);
    }
    if bias.iter().all(|bias| *bias == 0) {
        bias.clear();
    }
    let output = Output { bias, scales: vec![Scale::ONE], rounding: Rounding::Single, clamp: [i16::MIN, i16::MAX], thresholds: Vec::new() };
    let tensor = Tensor { wide: true, ..Tensor::int8(name, signal.stored.clone(), scale, 0) };
    context.emit_sums(sums, output, tensor)
}
