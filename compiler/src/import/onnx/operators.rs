//! Which reader takes which node.

use super::lower::{Context, Lowered, Value, refuse};
use super::model::Node;
use super::{channels, elementwise, fold, qlinear, quantisers, shapes, space, tails, weighted};

/// Everything that is supported, for messages.
pub const SUPPORTED: &str = "Add, ArgMax, AveragePool, BatchNormalization, BipolarQuant, Clip, Concat, Constant, Conv, DepthToSpace, DequantizeLinear, Div, Dropout, \
    Flatten, Gather, Gemm, GlobalAveragePool, Identity, LeakyRelu, MatMul, MaxPool, Mul, MultiThreshold, Pad, QGemm, QLinearAdd, QLinearAveragePool, \
    QLinearConcat, QLinearConv, QLinearGlobalAveragePool, QLinearLeakyRelu, QLinearMatMul, QLinearSigmoid, \
    Quant, QuantizeLinear, ReduceMean, Relu, Reshape, Resize, Sigmoid, Sign, Slice, Softmax, Split, Squeeze, Sub, Tanh, Transpose, Trunc, Unsqueeze, Upsample";

/// Domains of operators.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Standard,
    Microsoft,
    Qonnx,
    Other,
}

impl Domain {
    fn find(name: &str) -> Domain {
        match name {
            "" | "ai.onnx" => Domain::Standard,
            "com.microsoft" => Domain::Microsoft,
            "qonnx.custom_op.general" | "onnx.brevitas" | "finn.custom_op.general" => Domain::Qonnx,
            _ => Domain::Other,
        }
    }
}

/// The value of a node's first output.
pub fn read(context: &mut Context, node: &Node) -> Lowered<Value> {
    if node.outputs.first().is_none_or(String::is_empty) {
        return refuse("it has no output", "operators with an output");
    }
    for extra in node.outputs[1..].iter().filter(|name| !name.is_empty()) {
        let model = context.model;
        if model.outputs.contains(extra) || model.nodes.iter().any(|reader| reader.inputs.contains(extra)) {
            return refuse(format!("its second output {extra:?} is used"), "operators of which only the first output is used");
        }
    }
    let domain = Domain::find(&node.domain);
    if matches!(&node.op[..], "If" | "Loop" | "Scan") {
        return unknown();
    }
    let names: Vec<&String> = node.inputs.iter().filter(|name| !name.is_empty()).collect();
    let mut constant = true;
    for name in names {
        constant &= matches!(context.value(name)?, Value::Constant(_));
    }
    if constant && domain != Domain::Other {
        return fold::fold(context, node).map(Value::Constant);
    }
    if domain == Domain::Standard && node.op == "Shape" {
        return shapes::shape_of(context, node);
    }
    let signal = match domain {
        Domain::Standard => standard(context, node),
        Domain::Microsoft => microsoft(context, node),
        Domain::Qonnx => qonnx(context, node),
        Domain::Other => unknown(),
    };
    signal.map(Value::Signal)
}

fn unknown<T>() -> Lowered<T> {
    refuse("this operator is not known to the importer", SUPPORTED)
}

fn standard(context: &mut Context, node: &Node) -> Lowered<super::signal::Signal> {
    match &node.op[..] {
        "Conv" => weighted::conv(context, node),
        "MatMul" => weighted::matmul(context, node),
        "Gemm" => weighted::gemm(context, node),
        "AveragePool" | "GlobalAveragePool" | "ReduceMean" => weighted::average(context, node),
        "Add" | "Sub" | "Mul" | "Div" => elementwise::arithmetic(context, node),
        "BatchNormalization" => elementwise::batch_normalisation(context, node),
        "Relu" | "LeakyRelu" | "Clip" | "Sigmoid" | "Tanh" | "Sign" => elementwise::unary(context, node),
        "Identity" | "Dropout" | "Cast" => elementwise::identity(context, node),
        "MaxPool" => shapes::max_pool(context, node),
        "Pad" => shapes::pad(context, node),
        "Concat" => shapes::concat(context, node),
        "Resize" | "Upsample" => space::resize(context, node),
        "DepthToSpace" => space::depth_to_space(context, node),
        "Split" | "Slice" | "Gather" => channels::select(context, node),
        "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => shapes::reshape(context, node),
        "Transpose" => shapes::transpose(context, node),
        "QuantizeLinear" => quantisers::quantize_linear(context, node),
        "DequantizeLinear" => quantisers::dequantize_linear(context, node),
        "QLinearConv" => qlinear::conv(context, node),
        "QLinearMatMul" => qlinear::matmul(context, node),
        "Softmax" | "ArgMax" => tails::read(context, node),
        "LogSoftmax" | "TopK" => refuse(
            "its result depends on the runtime's floating point",
            "models that end with the logits (cut this node off: the largest logit has the largest probability)",
        ),
        "Quant" | "BipolarQuant" | "Trunc" | "MultiThreshold" => {
            refuse("it lies in the standard domain", "Quant, BipolarQuant, Trunc and MultiThreshold of domain qonnx.custom_op.general")
        }
        _ => unknown(),
    }
}

fn microsoft(context: &mut Context, node: &Node) -> Lowered<super::signal::Signal> {
    match &node.op[..] {
        "QLinearAdd" => qlinear::add(context, node),
        "QLinearGlobalAveragePool" => qlinear::global_average(context, node),
        "QGemm" => qlinear::gemm(context, node),
        "QLinearConcat" => qlinear::concat(context, node),
        "QLinearAveragePool" | "QLinearSigmoid" | "QLinearLeakyRelu" => qlinear::real(context, node),
        "QuantizeLinear" => quantisers::quantize_linear(context, node),
        "DequantizeLinear" => quantisers::dequantize_linear(context, node),
        _ => unknown(),
    }
}

fn qonnx(context: &mut Context, node: &Node) -> Lowered<super::signal::Signal> {
    match &node.op[..] {
        "Quant" | "IntQuant" => quantisers::quant(context, node),
        "BipolarQuant" => quantisers::bipolar_quant(context, node),
        "Trunc" => quantisers::trunc(context, node),
        "MultiThreshold" => quantisers::multi_threshold(context, node),
        _ => unknown(),
    }
}
