//! Readers of element-wise operators: each adds a float function to its input's chain.

use super::link::{Function, Link};
use super::lower::{Context, Lowered, Value, refuse};
use super::model::Node;
use super::pairs;
use super::signal::Signal;

/// The signal, which has to be of real numbers.
fn real(signal: Signal) -> Lowered<Signal> {
    if signal.raw { refuse("it computes with integers", "real numbers (DequantizeLinear in front)") } else { Ok(signal) }
}

/// Add, Sub, Mul and Div with a constant; Add of two activations.
pub fn arithmetic(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let (a, b) = (context.input(node, 0)?, context.input(node, 1)?);
    let (signal, constant, second) = match (a, b) {
        (Value::Signal(signal), Value::Constant(constant)) => (real(signal)?, constant, true),
        (Value::Constant(constant), Value::Signal(signal)) => (real(signal)?, constant, false),
        (Value::Signal(a), Value::Signal(b)) if node.op == "Add" => return pairs::add(context, real(a)?, real(b)?),
        _ => return refuse("both sides are computed", "Add of two activations; Sub, Mul and Div with a constant"),
    };
    let values = signal.per_channel(&constant)?;
    let function = match (&node.op[..], second) {
        ("Add", _) => Function::Add,
        ("Mul", _) => Function::Mul,
        ("Sub", true) => Function::Sub,
        ("Sub", false) => Function::SubFrom,
        ("Div", true) => Function::Div,
        _ => return refuse("it divides a constant by an activation", "division by a constant"),
    };
    Ok(signal.linked(Link::with(function, values)))
}

/// BatchNormalization as ONNX Runtime computes it: factor and offset first, then one multiplication and one addition.
pub fn batch_normalisation(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = real(context.signal(node, 0)?)?;
    if node.int("training_mode", 0) != 0 || node.int("spatial", 1) == 0 {
        return refuse("it is in training mode, or not over channels", "BatchNormalization for inference, over channels");
    }
    let mut lists = Vec::new();
    for position in 1..=4 {
        let constant = context.constant(node, position)?;
        let channels = signal.shape.get(1).copied().unwrap_or(0);
        if constant.values.len() != channels {
            return refuse(format!("input {position} has {} values for {channels} channels", constant.values.len()), "one value per channel");
        }
        let mut shape = vec![1; signal.shape.len()];
        shape[1] = channels;
        signal.per_channel(&constant.reshaped(shape))?;
        lists.push(constant.floats());
    }
    let epsilon = node.float("epsilon", 1e-5);
    let factor = |c: usize| (1.0 / (lists[3][c] + epsilon).sqrt()) * lists[0][c];
    let a: Vec<f32> = (0..lists[0].len()).map(factor).collect();
    let b = (0..a.len()).map(|c| lists[1][c] - lists[2][c] * a[c]).collect();
    Ok(signal.linked(Link { function: Function::Affine, a, b }))
}

/// Functions of one input.
pub fn unary(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = real(context.signal(node, 0)?)?;
    let link = match &node.op[..] {
        "Relu" => Link::plain(Function::Relu),
        "Sigmoid" => Link::plain(Function::Sigmoid),
        "Tanh" => Link::plain(Function::Tanh),
        "Sign" => Link::plain(Function::Sign),
        "LeakyRelu" => {
            let alpha = node.float("alpha", 0.01);
            if !(0.0..=f32::MAX).contains(&alpha) {
                return refuse(format!("its alpha is {alpha}"), "LeakyRelu that never falls (alpha of at least 0)");
            }
            Link::with(Function::LeakyRelu, vec![alpha])
        }
        _ => clip(context, node)?,
    };
    Ok(signal.linked(link))
}

fn clip(context: &mut Context, node: &Node) -> Lowered<Link> {
    let mut limits = [node.float("min", f32::MIN), node.float("max", f32::MAX)];
    for (position, limit) in limits.iter_mut().enumerate() {
        if let Some(constant) = context.optional_constant(node, position + 1)? {
            match constant.scalar().filter(|value| !value.is_nan()) {
                Some(value) => *limit = value,
                None => return refuse("its limits are no single numbers", "Clip with one lower and one upper limit"),
            }
        }
    }
    Ok(Link { function: Function::Clip, a: vec![limits[0]], b: vec![limits[1]] })
}

/// Identity, Dropout (which does nothing outside training) and Cast to the type that is there.
pub fn identity(context: &mut Context, node: &Node) -> Lowered<Signal> {
    let signal = context.signal(node, 0)?;
    if node.op == "Dropout" {
        let training = context.optional_constant(node, 2)?.and_then(|training| training.scalar());
        if training.is_some_and(|training| training != 0.0) {
            return refuse("it is in training mode", "Dropout for inference");
        }
    }
    if node.op == "Cast" && (signal.raw || node.int("to", 1) != 1) {
        return refuse(format!("it casts an activation to type number {}", node.int("to", 1)), "Cast of constants; QuantizeLinear for activations");
    }
    Ok(signal)
}
