//! The graph as JSON, without its weights. Lists stand for structures where there are many; a key that is absent stands for nothing.
//!
//! ```json
//! {"version": 1, "name": "lenet5",
//!  "tensors": [["input", [1, 28, 28, 1], 0.0039, -128]],          name, shape, scale, zero point
//!  "nodes": [{"op": {"conv": {"window": [5,5, 1,1, 1,1, 2,2,2,2], "rounding": "double", "clamp": [-128, 127]}}, "in": [0], "out": 1}],
//!  "inputs": [0], "outputs": [1],
//!  "wide": [0, 1],                                                tensors of 16 bits
//!  "unsigned": [0],                                               tensors whose integers are the elements plus 128
//!  "levels": [[1, 0, 3], [2, 1, -1]],                             lowest and highest element; 1, -1 for -1 and 1
//!  "host": [{"from_nchw": 0}, {"softmax": [0, 1.0, 0.0039, -128]}]}  input; output, beta, scale, zero point
//! ```
//!
//! A window is kernel, stride and dilation (vertical, horizontal) and padding (top, left, bottom, right). A scale inside an operation is
//! `[multiplier, shift]`. With `"thresholds": true` node `n` has an int32 tensor `n.h`: per channel 1 when it falls, the number of steps, the
//! steps. A padding's value is its zero point when there is none. `{"select": [1, 0]}` lists channels, `{"displace": [[-1, 0]]}` dy and dx of each. Left
//! out are 1 for a convolution's groups, a rounding that is `double`, a clamp that is -128 to 127, a host without work, a list of no tensors of 16
//! bits, and a node's name that is its output's.

use fretwork_sim::requantise::{Rounding, Scale};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::graph::{HostRounding, HostStep, Padding, Window};

/// Levels that stand for -1 and 1: an empty range.
pub const BIPOLAR: [i8; 2] = [1, -1];

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The graph.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub version: u32,
    pub name: String,
    pub tensors: Vec<(String, Vec<u32>, Real, i16)>,
    pub nodes: Vec<NodeEntry>,
    pub inputs: Vec<u32>,
    pub outputs: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wide: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsigned: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(u32, i8, i8)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host: Vec<HostEntry>,
}

/// A node.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub op: OpEntry,
    #[serde(rename = "in")]
    pub inputs: Vec<u32>,
    #[serde(rename = "out")]
    pub output: u32,
}

/// An operation.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OpEntry {
    Conv {
        window: WindowEntry,
        #[serde(default = "one", skip_serializing_if = "is_one")]
        groups: u32,
        #[serde(flatten)]
        range: Range,
    },
    Depthwise {
        window: WindowEntry,
        #[serde(flatten)]
        range: Range,
    },
    FullyConnected(Range),
    Add {
        inputs: [ScaleEntry; 2],
        scales: Vec<ScaleEntry>,
        #[serde(flatten)]
        range: Range,
    },
    MulConstant {
        scales: Vec<ScaleEntry>,
        #[serde(flatten)]
        range: Range,
    },
    AveragePool {
        window: WindowEntry,
        #[serde(flatten)]
        range: Range,
    },
    MaxPool {
        window: WindowEntry,
        #[serde(flatten)]
        range: Range,
    },
    Mean {
        scale: ScaleEntry,
    },
    Pad {
        padding: [u16; 4],
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<i8>,
    },
    Concat,
    Select(Vec<u32>),
    Displace(Vec<[i8; 2]>),
    InterleaveRows,
    InterleaveColumns,
    Reshape,
    Table,
}

/// Rounding and clamp.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Range {
    #[serde(default = "double", skip_serializing_if = "is_double")]
    pub rounding: Rounding,
    #[serde(default = "full", skip_serializing_if = "is_full")]
    pub clamp: [i16; 2],
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub thresholds: bool,
}

fn double() -> Rounding {
    Rounding::Double
}

fn is_double(rounding: &Rounding) -> bool {
    *rounding == Rounding::Double
}

fn one() -> u32 {
    1
}

fn is_one(groups: &u32) -> bool {
    *groups == 1
}

fn full() -> [i16; 2] {
    [-128, 127]
}

fn is_full(clamp: &[i16; 2]) -> bool {
    *clamp == full()
}

/// Kernel, stride, dilation, padding.
pub type WindowEntry = [u16; 10];

/// Multiplier and shift.
pub type ScaleEntry = (i32, i8);

/// Work of the host.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostEntry {
    Quantise(u32),
    /// Halves to even.
    QuantiseEven(u32),
    Dequantise(u32),
    FromNchw(u32),
    ToNchw(u32),
    Softmax(u32, Real, Real, i32),
    Logistic(u32, Real, i32),
    FloatSoftmax(u32),
    /// Whether the last of equal values counts.
    ArgMax(u32, bool),
}

/// A real number that JSON gives back to the bit: a number, or its bits as a string where the number would not do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Real(pub f32);

#[derive(Deserialize)]
#[serde(untagged)]
enum RealEntry {
    Number(f64),
    Bits(String),
}

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let back = serde_json::to_string(&self.0).ok().and_then(|text| serde_json::from_str::<f64>(&text).ok());
        if back.is_some_and(|back| (back as f32).to_bits() == self.0.to_bits()) {
            serializer.serialize_f32(self.0)
        } else {
            serializer.serialize_str(&format!("{:08x}", self.0.to_bits()))
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Real, D::Error> {
        match RealEntry::deserialize(deserializer)? {
            RealEntry::Number(value) => Ok(Real(value as f32)),
            RealEntry::Bits(text) => u32::from_str_radix(&text, 16)
                .map(|bits| Real(f32::from_bits(bits)))
                .map_err(|_| serde::de::Error::custom("a number's bits are not hexadecimal")),
        }
    }
}

/// The entry of a scale.
pub fn scale_entry(scale: Scale) -> ScaleEntry {
    (scale.multiplier, scale.shift)
}

/// The scale of an entry.
pub fn scale((multiplier, shift): ScaleEntry) -> Scale {
    Scale { multiplier, shift }
}

/// The window of an entry.
pub fn window(entry: WindowEntry) -> Window {
    let [kh, kw, sh, sw, dh, dw, top, left, bottom, right] = entry.map(usize::from);
    Window { kernel: [kh, kw], stride: [sh, sw], dilation: [dh, dw], padding: Padding { top, left, bottom, right } }
}

/// The padding of an entry.
pub fn padding(entry: [u16; 4]) -> Padding {
    let [top, left, bottom, right] = entry.map(usize::from);
    Padding { top, left, bottom, right }
}

/// The host step of an entry.
pub fn host_step(entry: HostEntry) -> HostStep {
    match entry {
        HostEntry::Quantise(input) => HostStep::Quantise { input: input as usize, rounding: HostRounding::HalfAway },
        HostEntry::QuantiseEven(input) => HostStep::Quantise { input: input as usize, rounding: HostRounding::HalfEven },
        HostEntry::FromNchw(input) => HostStep::FromNchw { input: input as usize },
        HostEntry::ToNchw(output) => HostStep::ToNchw { output: output as usize },
        HostEntry::Dequantise(output) => HostStep::Dequantise { output: output as usize },
        HostEntry::Softmax(output, Real(beta), Real(scale), zero_point) => HostStep::Softmax { output: output as usize, beta, scale, zero_point },
        HostEntry::FloatSoftmax(output) => HostStep::FloatSoftmax { output: output as usize },
        HostEntry::ArgMax(output, last) => HostStep::ArgMax { output: output as usize, last },
        HostEntry::Logistic(output, Real(scale), zero_point) => HostStep::Logistic { output: output as usize, scale, zero_point },
    }
}
