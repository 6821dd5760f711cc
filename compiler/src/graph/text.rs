//! The graph's text form: stable, one line per tensor and a few per node, for golden tests and for reading.
//! Weights are shown as their number and a hash.

use std::fmt::{Display, Formatter, Result};

use fretwork_sim::requantise::{Rounding, Scale};

use super::{Axis, Graph, HostRounding, HostStep, Levels, Node, Op, Output, Padding, Tensor, Window};

impl Display for Graph {
    fn fmt(&self, f: &mut Formatter) -> Result {
        writeln!(f, "graph {}", self.name)?;
        for id in &self.inputs {
            writeln!(f, "input %{id} {}", self.tensors[*id])?;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            writeln!(f, "node {index} {} -> %{} {}", call(node), node.output, self.tensors[node.output])?;
            write!(f, "{}", node.op)?;
        }
        for id in &self.outputs {
            writeln!(f, "output %{id}")?;
        }
        self.host.iter().try_for_each(|step| writeln!(f, "host {step}"))
    }
}

/// `conv %1 %2`.
fn call(node: &Node) -> String {
    node.inputs.iter().fold(node.op.name().to_owned(), |text, id| format!("{text} %{id}"))
}

impl Display for Tensor {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let kind = if self.wide { " int16" } else { "" };
        write!(f, "{:?} {:?}{kind} scale {} zero {}", self.name, self.shape, self.scale, self.zero_point)?;
        if self.unsigned {
            write!(f, " unsigned")?;
        }
        match self.levels {
            Levels::All => Ok(()),
            Levels::Range([low, high]) => write!(f, " in {low}..={high}"),
            Levels::Bipolar => write!(f, " bipolar"),
        }
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Op::Conv { window, groups, weights, output } => {
                let groups = if *groups == 1 { String::new() } else { format!(" groups {groups}") };
                writeln!(f, "    {window}{groups}")?;
                writeln!(f, "    weights {} {output}", digest(weights))
            }
            Op::Depthwise { window, weights, output } => {
                writeln!(f, "    {window}")?;
                writeln!(f, "    weights {} {output}", digest(weights))
            }
            Op::FullyConnected { weights, output } => {
                writeln!(f, "    weights {} {output}", digest(weights))
            }
            Op::Add { inputs: [a, b], output } => writeln!(f, "    inputs {} {} {output}", scale(a), scale(b)),
            Op::MulConstant { factors, output } => {
                writeln!(f, "    factors {} {output}", digest(factors))
            }
            Op::AveragePool { window, clamp } | Op::MaxPool { window, clamp } => {
                writeln!(f, "    {window} clamp {}..={}", clamp[0], clamp[1])
            }
            Op::Mean { scale: factor } => writeln!(f, "    scale {}", scale(factor)),
            Op::Pad { padding, value } => writeln!(f, "    {padding} value {value}"),
            Op::Concat | Op::Reshape => Ok(()),
            Op::Select { channels } => writeln!(f, "    channels {}", digest(&numbers(channels))),
            Op::Displace { offsets } => writeln!(f, "    offsets {}", digest(offsets.as_flattened())),
            Op::Interleave { axis: Axis::Rows } => writeln!(f, "    rows"),
            Op::Interleave { axis: Axis::Columns } => writeln!(f, "    columns"),
            Op::Table { table } => writeln!(f, "    table {}", digest(&table[..])),
        }
    }
}

impl Display for Window {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let Window { kernel, stride, dilation, padding } = self;
        write!(f, "kernel {}x{} stride {}x{}", kernel[0], kernel[1], stride[0], stride[1])?;
        write!(f, " dilation {}x{} {padding}", dilation[0], dilation[1])
    }
}

impl Display for Padding {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "padding top {} left {} bottom {} right {}", self.top, self.left, self.bottom, self.right)
    }
}

impl Display for Output {
    fn fmt(&self, f: &mut Formatter) -> Result {
        if !self.bias.is_empty() {
            write!(f, "bias {} ", digest(&self.bias))?;
        }
        if !self.thresholds.is_empty() {
            let falling = self.thresholds.iter().filter(|stairs| stairs.falling).count();
            let steps: Vec<i32> =
                self.thresholds.iter().flat_map(|stairs| [i32::from(stairs.falling)].into_iter().chain(stairs.steps.iter().copied())).collect();
            return write!(
                f,
                "thresholds {} falling {falling} #{:08x} clamp {}..={}",
                self.thresholds.len(),
                hash(&steps),
                self.clamp[0],
                self.clamp[1]
            );
        }
        match &self.scales[..] {
            [one] => write!(f, "scale {}", scale(one))?,
            many => {
                let words: Vec<i32> = many.iter().flat_map(|s| [s.multiplier, i32::from(s.shift)]).collect();
                write!(f, "scales {} #{:08x}", many.len(), hash(&words))?;
            }
        }
        let rounding = match self.rounding {
            Rounding::Double => "double",
            Rounding::Single => "single",
            Rounding::NearestEven => "nearest_even",
            Rounding::Float => "float",
        };
        write!(f, " {rounding} clamp {}..={}", self.clamp[0], self.clamp[1])
    }
}

impl Display for HostStep {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            HostStep::Quantise { input, rounding: HostRounding::HalfAway } => write!(f, "quantise input {input}"),
            HostStep::Quantise { input, rounding: HostRounding::HalfEven } => write!(f, "quantise input {input} halves to even"),
            HostStep::FromNchw { input } => write!(f, "transpose input {input} from NCHW"),
            HostStep::ToNchw { output } => write!(f, "transpose output {output} to NCHW"),
            HostStep::Dequantise { output } => write!(f, "dequantise output {output}"),
            HostStep::Softmax { output, beta, scale, zero_point } => {
                write!(f, "softmax output {output} beta {beta} scale {scale} zero {zero_point}")
            }
            HostStep::FloatSoftmax { output } => write!(f, "softmax output {output} in floating point"),
            HostStep::ArgMax { output, last } => write!(f, "argmax output {output}{}", if *last { ", last of equals" } else { "" }),
            HostStep::Logistic { output, scale, zero_point } => write!(f, "logistic output {output} scale {scale} zero {zero_point}"),
        }
    }
}

/// `multiplier>>shift` as the numbers stand in the graph.
fn scale(scale: &Scale) -> String {
    format!("{}*2^{}", scale.multiplier, scale.shift)
}

/// Channels as the hash takes them.
fn numbers(channels: &[usize]) -> Vec<i32> {
    channels.iter().map(|channel| *channel as i32).collect()
}

/// Number and hash.
fn digest<T: Copy + Into<i32>>(values: &[T]) -> String {
    format!("{} #{:08x}", values.len(), hash(values))
}

/// 32-bit FNV-1a over the values' little-endian bytes as i32.
fn hash<T: Copy + Into<i32>>(values: &[T]) -> u32 {
    let bytes = values.iter().flat_map(|value| (*value).into().to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
