//! Float networks of a few nodes, made for tests.

use prost::Message;

use super::network::{Array, Network};
use crate::import::onnx::schema;

/// A network node by node; every node's output has the node's name.
#[derive(Default)]
pub struct Builder {
    graph: schema::Graph,
}

impl Builder {
    /// With one input "x".
    pub fn new(shape: &[usize]) -> Builder {
        let dim = shape.iter().map(|size| schema::Dimension { value: Some(*size as i64), name: None }).collect();
        let tensor = Some(schema::TensorType { element: Some(1), shape: Some(schema::Shape { dim }) });
        let input = schema::ValueInfo { name: Some("x".to_owned()), kind: Some(schema::Type { tensor }) };
        Builder { graph: schema::Graph { input: vec![input], ..schema::Graph::default() } }
    }

    /// An operator.
    pub fn node(mut self, op: &str, name: &str, inputs: &[&str], ints: &[(&str, &[i64])]) -> Builder {
        let attribute = |(name, values): &(&str, &[i64])| schema::Attribute {
            name: Some((*name).to_owned()),
            i: (values.len() == 1).then(|| values[0]),
            ints: if values.len() == 1 { Vec::new() } else { values.to_vec() },
            ..schema::Attribute::default()
        };
        self.graph.node.push(schema::Node {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![name.to_owned()],
            name: Some(name.to_owned()),
            op_type: Some(op.to_owned()),
            attribute: ints.iter().map(attribute).collect(),
            domain: None,
        });
        self
    }

    /// A constant of real numbers.
    pub fn constant(mut self, name: &str, shape: &[usize], values: &[f32]) -> Builder {
        let dims = shape.iter().map(|size| *size as i64).collect();
        let tensor =
            schema::Tensor { dims, data_type: Some(1), float_data: values.to_vec(), name: Some(name.to_owned()), ..schema::Tensor::default() };
        self.graph.initializer.push(tensor);
        self
    }

    /// A constant of whole numbers.
    pub fn integers(mut self, name: &str, values: &[i64]) -> Builder {
        let (dims, name) = (vec![values.len() as i64], Some(name.to_owned()));
        self.graph.initializer.push(schema::Tensor { dims, data_type: Some(7), int64_data: values.to_vec(), name, ..schema::Tensor::default() });
        self
    }

    /// A layer that reads `input`; weights `[out][in][height][width]` or `[out][in]`, biases 0.
    pub fn layer(self, name: &str, input: &str, shape: &[usize], weights: &[f32]) -> Builder {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let (op, ints): (&str, &[(&str, &[i64])]) = if shape.len() == 4 { ("Conv", &[]) } else { ("Gemm", &[("transB", &[1])]) };
        let made = self.constant(&weight, shape, weights).constant(&bias, &[shape[0]], &vec![0.0; shape[0]]);
        made.node(op, name, &[input, &weight, &bias], ints)
    }

    /// The network whose output is `output`.
    pub fn read(mut self, output: &str) -> Network {
        self.graph.output.push(schema::ValueInfo { name: Some(output.to_owned()), kind: None });
        let versions = vec![schema::OperatorSet { domain: None, version: Some(13) }];
        let file = schema::Model { graph: Some(self.graph), opset_import: versions, functions: Vec::new() };
        Network::read(&file.encode_to_vec(), "test").unwrap_or_else(|error| panic!("{error}"))
    }
}

/// The only output for the only input with these values.
pub fn run(network: &Network, values: &[f32]) -> Vec<f32> {
    let input = Array::from_shape_vec(network.inputs()[0].1.clone(), values.to_vec()).unwrap();
    network.run(&[input]).unwrap_or_else(|error| panic!("{error}"))[&network.outputs()[0]].iter().copied().collect()
}
