//! Readers of the nodes that quantise: QONNX's, and QuantizeLinear with DequantizeLinear.

use super::constant::Kind;
use super::link::{Function, Link};
use super::lower::{Context, Lowered, refuse};
use super::model::Node;
use super::quantiser::{Method, Quantiser, Round};
use super::signal::{Signal, Source, SumsKind};

const BITS: &str = "1 to 8 bits, one positive scale and one whole zero point within the range";

/// Parameters that a Quant node has for activations and for weights.
pub struct Quant {
    pub range: [i32; 2],
    pub binary: bool,
    pub round: Round,
}

/// Width, sign and rounding of a Quant node.
pub fn quant_parameters(context: &mut Context, node: &Node, most: i32) -> Lowered<Quant> {
    let bits = context.scalar(node, 3)?;
    if bits.fract() != 0.0 || !(1.0..=most as f32).contains(&bits) {
        return refuse(format!("it has {bits} bits"), if most == 8 { "1 to 8 bits" } else { "1 to 32 bits" });
    }
    let (signed, narrow) = (node.int("signed", 1) != 0, node.int("narrow", 1) != 0);
    Ok(Quant { range: range(bits as u32, signed, narrow), binary: signed && bits == 1.0, round: rounding(node, "ROUND")? })
}

fn range(bits: u32, signed: bool, narrow: bool) -> [i32; 2] {
    let half = 1i64 << (bits - 1);
    let narrow = i64::from(narrow);
    let ends = if signed { [narrow - half, half - 1] } else { [0, 2 * half - 1 - narrow] };
    ends.map(|end| end.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
}

fn rounding(node: &Node, default: &str) -> Lowered<Round> {
    let name = node.text("rounding_mode", default);
    match Round::find(&name) {
        Some(round) => Ok(round),
        None => refuse(format!("its rounding mode is {name:?}"), "the rounding modes ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, HALF_UP and HALF_DOWN"),
    }
}

/// A zero point: a whole number that an int8 or uint8 tensor can have.
fn zero_point(value: f32, range: [i32; 2]) -> Lowered<i32> {
    let shift = if range[1] > 127 { 128.0 } else { 0.0 };
    if value.fract() == 0.0 && (-128.0..=127.0).contains(&(value - shift)) {
        return Ok(value as i32);
    }
    refuse(format!("its zero point is {value}"), BITS)
}

/// Quant: uniform quantisation.
pub fn quant(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (scale, zero) = (context.scalar(node, 1)?, context.scalar(node, 2)?);
    let Quant { range, binary, round } = quant_parameters(context, node, 8)?;
    let quantiser = match binary {
        true if zero == 0.0 => Quantiser::bipolar(Method::Sign, scale),
        true => return refuse(format!("it has 1 bit and zero point {zero}"), "zero point 0 with one bit"),
        false => Quantiser::new(Method::Quant { scale, round }, scale, zero_point(zero, range)?, range),
    };
    context.quantise(&signal, &quantiser, &node.outputs[0])
}

/// BipolarQuant: -scale below 0, otherwise scale.
pub fn bipolar_quant(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let scale = context.scalar(node, 1)?;
    context.quantise(&signal, &Quantiser::bipolar(Method::Sign, scale), &node.outputs[0])
}

/// Trunc, in both versions.
pub fn trunc(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let [scale, zero, bits, fourth] = [1, 2, 3, 4].map(|position| context.scalar(node, position));
    let (scale, zero, bits, fourth, round) = (scale?, zero?, bits?, fourth?, rounding(node, "FLOOR")?);
    if !scale.is_normal() || scale < 0.0 || zero.fract() != 0.0 || zero.abs() > 1e6 {
        return refuse(format!("it has scale {scale} and zero point {zero}"), "positive scales and whole zero points");
    }
    let version = context.model.versions.get(&node.domain).copied().unwrap_or(1);
    let second = node.inputs.len() > 5;
    if second != (version >= 2) {
        let reason = format!("it has {} inputs, which is not what version {version} of its domain has", node.inputs.len());
        return refuse(reason, "Trunc of version 1 with 5 inputs, or of version 2 with 6");
    }
    let quantiser = if second {
        let width = context.scalar(node, 5)?;
        let divisor = 2f32.powf((fourth / scale).log2().round_ties_even());
        let own = zero / divisor;
        if !(1.0..=8.0).contains(&width) || width.fract() != 0.0 || own.fract() != 0.0 {
            return refuse(format!("it has {width} output bits and zero point {own} after the division"), BITS);
        }
        let range = range(width as u32, node.int("signed", 1) != 0, node.int("narrow", 0) != 0);
        Quantiser::new(Method::Trunc { scale, zero_point: zero, divisor, round, clamps: true }, fourth, zero_point(own, range)?, range)
    } else {
        let divisor = 2f32.powf(bits - fourth);
        if !(1.0..=8.0).contains(&fourth) || fourth.fract() != 0.0 || zero != 0.0 {
            return refuse(format!("it has {fourth} output bits and zero point {zero}"), "1 to 8 output bits and zero point 0");
        }
        // The first version does not say whether there is a sign; its results tell.
        let method = |clamps| Method::Trunc { scale, zero_point: zero, divisor, round, clamps };
        let negative = sinks_below_zero(context, &signal, &Quantiser::new(method(false), scale, 0, [0, 127]));
        Quantiser::new(method(false), scale, 0, range(fourth as u32, negative, false))
    };
    context.quantise(&signal, &quantiser, &node.outputs[0])
}

/// Whether a quantiser gives negative integers somewhere.
fn sinks_below_zero(context: &Context, signal: &Signal, quantiser: &Quantiser) -> bool {
    use super::link::Side;
    let reach: Vec<[i32; 2]> = match &signal.source {
        Source::Sums(sums) => sums.reach.clone(),
        Source::Tensor(id) => {
            let tensor = &context.graph.tensors[*id];
            vec![tensor.range().map(|end| i32::from(end) - tensor.zero_point); signal.channels()]
        }
        Source::Input(_) | Source::Pair(_) | Source::Concat(_) | Source::Space(_) => return true,
    };
    let ends = |(channel, ends): (usize, &[i32; 2])| ends.iter().any(|acc| quantiser.store(signal.value(*acc, channel, Side::Exact), channel) < 0);
    reach.iter().enumerate().any(ends)
}

/// MultiThreshold: the number of thresholds not above the value.
pub fn multi_threshold(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let thresholds = context.constant(node, 1)?;
    let (scale, bias) = (node.float("out_scale", 1.0), node.float("out_bias", 0.0));
    let &[rows, columns] = &thresholds.shape[..] else {
        return refuse(format!("its thresholds have shape {:?}", thresholds.shape), "thresholds of shape [channels, steps]");
    };
    let layout = node.text("data_layout", "");
    let axis = if layout.is_empty() { 1 } else { layout.find('C').unwrap_or(1) };
    if rows != 1 && (signal.channel_axis() != Some(axis) || rows != signal.channels()) {
        return refuse(format!("it has thresholds for {rows} channels"), "thresholds for every channel, or for all channels together");
    }
    let values = thresholds.floats();
    if !(1..=255).contains(&columns) || values.iter().any(|value| value.is_nan()) || !scale.is_normal() || scale < 0.0 {
        return refuse(format!("it has {columns} thresholds and output scale {scale}"), "1 to 255 thresholds and positive scales");
    }
    let quantiser = if columns == 1 && bias == -scale / 2.0 {
        Quantiser::bipolar(Method::Threshold { thresholds: values }, scale / 2.0)
    } else {
        let offset = (bias / scale).round();
        let exact = |count: usize| scale * count as f32 + bias == (count as f32 + offset) * scale;
        let last = offset + columns as f32;
        if !(0..=columns).all(exact) || offset < -128.0 || last > if offset < 0.0 { 127.0 } else { 255.0 } {
            let reason = format!("it has output scale {scale} and output bias {bias} with {columns} thresholds");
            return refuse(reason, "output biases that are multiples of the output scale, and results of 8 bits");
        }
        let lists = values.chunks(columns).map(<[f32]>::to_vec).collect();
        Quantiser::new(Method::Thresholds { lists, offset: offset as i32 }, scale, 0, [offset as i32, last as i32])
    };
    context.quantise(&signal, &quantiser, &node.outputs[0])
}

/// Scale, zero point and type of a QuantizeLinear or DequantizeLinear node.
fn linear_parameters(context: &mut Context, node: &Node) -> Lowered<(f32, i32, Option<Kind>)> {
    let scale = context.scalar(node, 1)?;
    let zero = context.optional_constant(node, 2)?;
    let fits = "int8 and uint8 with one positive scale and one zero point";
    if !scale.is_normal() || scale < 0.0 || node.int("block_size", 0) != 0 {
        return refuse(format!("its scale is {scale}"), fits);
    }
    match zero {
        None => Ok((scale, 0, Kind::find(node.int("output_dtype", 0) as i32))),
        Some(zero) => match (zero.kind.byte_range(), zero.scalar()) {
            (Some(_), Some(value)) => Ok((scale, value as i32, Some(zero.kind))),
            _ => refuse(format!("its zero point is {:?} of shape {:?}", zero.kind, zero.shape), fits),
        },
    }
}

/// QuantizeLinear.
pub fn quantize_linear(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let mut signal = context.signal(node, 0)?;
    let (scale, zero, kind) = linear_parameters(context, node)?;
    let Some(range) = kind.unwrap_or(Kind::Uint8).byte_range() else {
        return refuse("its result is neither int8 nor uint8", "int8 and uint8");
    };
    let plain = Quantiser { unsigned: range[0] == 0, ..Quantiser::new(Method::Linear { scale }, scale, zero, range) };
    let quantiser = fused(&mut signal, &plain).unwrap_or(plain);
    let quantised = context.quantise(&signal, &quantiser, &node.outputs[0])?;
    Ok(Signal { chain: Vec::new(), raw: true, ..quantised })
}

/// A convolution or matrix product between DequantizeLinear and QuantizeLinear is computed by ONNX Runtime with one factor per channel; rectifiers
/// that the clamp covers are left out. A pool over the whole image is computed likewise.
fn fused(signal: &mut Signal, quantiser: &Quantiser) -> Option<Quantiser> {
    let (Source::Sums(sums), [first, rest @ ..]) = (&signal.source, &signal.chain[..]) else {
        return None;
    };
    let (count, rest) = match (sums.kind, rest) {
        (SumsKind::Average { global: true, .. }, [count, rest @ ..]) => (count.a[0], rest),
        (SumsKind::Average { .. }, _) => return None,
        (SumsKind::Conv(_) | SumsKind::Grouped(..) | SumsKind::Depthwise(_) | SumsKind::FullyConnected, _) => (1.0, rest),
    };
    let ends = quantiser.range.map(|end| (end - quantiser.zero_point) as f32 * quantiser.scale);
    let covered = |link: &Link| match link.function {
        Function::Relu => ends[0] >= 0.0,
        Function::Clip => link.a[0] <= ends[0] && ends[1] <= link.b[0],
        _ => false,
    };
    if first.function != Function::Mul || !rest.iter().all(covered) {
        return None;
    }
    let factors = first.a.iter().map(|product| product / (quantiser.scale * count)).collect();
    signal.chain.clear();
    Some(Quantiser { method: Method::Product { factors }, ..quantiser.clone() })
}

/// DequantizeLinear.
pub fn dequantize_linear(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    let (scale, zero, _) = linear_parameters(context, node)?;
    let (Source::Tensor(id), true) = (&signal.source, signal.raw) else {
        return refuse("it reads real numbers", "int8 or uint8 integers");
    };
    context.meaning(*id, scale, zero)?;
    Ok(context.activation(*id, &signal))
}
