use fretwork_sim::requantise::{Rounding, Scale};
use proptest::prelude::*;

use super::fixed_point::{logistic_table, quantise_multiplier, tanh_table};
use super::host::Value;
use super::*;

const HALF: Scale = Scale { multiplier: 1 << 30, shift: 0 };

fn tensor(name: &str, shape: &[usize]) -> Tensor {
    Tensor::int8(name.to_owned(), shape.to_vec(), 0.5, 3)
}

/// One fully connected layer of four inputs and two outputs.
fn layer() -> Graph {
    let output = Output { bias: vec![1, 2], scales: vec![HALF], rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
    let op = Op::FullyConnected { weights: vec![1; 8], output };
    Graph {
        name: "layer".to_owned(),
        tensors: vec![tensor("in", &[1, 4]), tensor("out", &[1, 2])],
        nodes: vec![Node { name: "out".to_owned(), op, inputs: vec![0], output: 1 }],
        inputs: vec![0],
        outputs: vec![1],
        host: Vec::new(),
    }
}

/// Whether the check finds what `change` breaks, and says so with `part`.
fn check(change: impl Fn(&mut Graph), part: &str) {
    let mut graph = layer();
    change(&mut graph);
    let message = graph.check().unwrap_err().to_string();
    assert!(message.contains(part), "{message}");
}

fn output(graph: &mut Graph) -> &mut Output {
    match &mut graph.nodes[0].op {
        Op::FullyConnected { output, .. } => output,
        op => panic!("{}", op.name()),
    }
}

#[test]
fn a_sound_graph_passes_and_is_evaluated() {
    let graph = layer();
    assert_eq!(graph.check(), Ok(()));
    assert_eq!(evaluate(&graph, &[vec![4, 4, 5, 5]])[1], [7, 7]);
}

#[test]
fn every_broken_invariant_is_named() {
    check(|g| g.tensors[0].shape[0] = 2, "tensor \"in\": shape [2, 4]");
    check(|g| g.tensors[1].scale = 0.0, "scale 0 is not a positive");
    check(|g| g.tensors[1].zero_point = 128, "-128..=127");
    check(|g| g.tensors[1].shape[1] = 3, "there are 8 weights instead of 12");
    check(|g| g.nodes[0].inputs = vec![0, 0], "reads 2 activations instead of 1");
    check(|g| g.nodes[0].inputs = vec![1], "%1 is read before it is computed");
    check(|g| g.nodes[0].output = 0, "%0 is computed twice");
    check(|g| g.nodes[0].output = 9, "%9 does not exist");
    check(|g| g.outputs = vec![2], "%2 does not exist");
    check(|g| g.outputs.clear(), "no outputs");
    check(|g| g.host.push(HostStep::Dequantise { output: 1 }), "dequantise output 1");
    check(|g| output(g).bias = vec![1], "1 biases instead of 2");
    check(|g| output(g).scales = vec![HALF; 3], "3 scales instead of 2");
    check(|g| output(g).scales[0].shift = 31, "shift 31 is out of range");
    check(|g| output(g).clamp = [4, 3], "clamp 4..=3 is empty");
    check(|g| output(g).clamp = [0, 128], "the clamp 0..=128 leaves the output's -128..=127");
    check(|g| g.tensors[0].wide = true, "zero point 3 of an int16 tensor is not 0");
    check(|g| g.host.push(HostStep::Logistic { output: 7, scale: 1.0, zero_point: 0 }), "names an input or output that does not exist");
    check(|g| g.host.push(HostStep::FromNchw { input: 0 }), "`transpose input 0 from NCHW` is defined for images, the shape is [1, 4]");
    check(|g| g.host.push(HostStep::FloatSoftmax { output: 0 }), "`softmax output 0 in floating point` stands behind another one");
    check(|g| g.host.extend([HostStep::ArgMax { output: 0, last: true }, HostStep::Dequantise { output: 0 }]), "`dequantise output 0` stands");
    check(|g| output(g).bias[1] = i32::MAX, "node \"out\" (fully_connected): the accumulator of channel 1");
    check(|g| g.nodes[0].op = Op::Reshape, "shape [1, 2] instead of [1, 4]");
    check(|g| g.nodes[0].op = Op::Mean { scale: HALF }, "shape [1, 4] is not NHWC");
}

/// Makes a tensor int16.
fn widen(graph: &mut Graph, tensor: usize) {
    (graph.tensors[tensor].wide, graph.tensors[tensor].zero_point) = (true, 0);
}

#[test]
fn int16_on_either_side() {
    let mut graph = layer();
    (0..2).for_each(|tensor| widen(&mut graph, tensor));
    output(&mut graph).clamp = [-32768, 20000];
    assert_eq!(graph.check(), Ok(()));
    let input = graph.tensors[0].value(&[30000, 20000, -4, 1]);
    let value = &evaluate(&graph, std::slice::from_ref(&input))[1];
    assert_eq!((value.len(), graph.tensors[1].elements(value)), (4, vec![20000, 20000]));
    (graph.tensors[1].wide, output(&mut graph).clamp) = (false, [-128, 127]);
    assert_eq!(evaluate(&graph, &[graph.tensors[0].value(&[300, 2, -301, 4])])[1], [3, 4]);
}

#[test]
fn int16_is_refused_where_there_is_no_kernel() {
    let table = Op::Table { table: Box::new([0; 256]) };
    check(
        |g| {
            widen(g, 0);
            (g.nodes[0].op, g.tensors[1].shape) = (table.clone(), vec![1, 4]);
        },
        "node \"out\" (table): tensor %0 is int16, the operation is defined for int8",
    );
    check(
        |g| {
            widen(g, 1);
            (g.nodes[0].op, g.tensors[1].shape) = (Op::Reshape, vec![1, 4]);
        },
        "differ in scale, zero point or width",
    );
    let sigmoid = |g: &mut Graph| {
        widen(g, 1);
        g.host.push(HostStep::Logistic { output: 0, scale: 1.0 / 256.0, zero_point: -128 });
    };
    check(sigmoid, "is defined for int8, the output is int16");
    check(
        |g| {
            widen(g, 0);
            if let Op::FullyConnected { weights, .. } = &mut g.nodes[0].op {
                *weights = vec![127; 8];
                output(g).bias = vec![0, i32::MAX - 127 * 4 * 32768 + 1];
            }
        },
        "the accumulator of channel 1 can reach 2147483648",
    );
}

#[test]
fn sigmoid_and_tanh_are_near_the_real_functions() {
    let (sigmoid, tanh) = (logistic_table(0.05, 0).unwrap(), tanh_table(0.05, 0).unwrap());
    for (index, a) in (-128..=127).enumerate() {
        let real = f64::from(a) * 0.05;
        assert!((f64::from(sigmoid[index]) + 128.0 - 256.0 / (1.0 + (-real).exp())).abs() < 1.01, "{a}");
        assert!((f64::from(tanh[index]) - 128.0 * real.tanh()).abs() < 1.01, "{a}");
    }
}

#[test]
fn rows_and_columns_in_turn() {
    let mut graph = layer();
    graph.tensors = ["a", "b", "out"].iter().map(|name| tensor(name, &[1, 2, 2, 1])).collect();
    (graph.inputs, graph.outputs) = (vec![0, 1], vec![2]);
    let inputs = [vec![1, 2, 3, 4], vec![5, 6, 7, 8]];
    let cases = [(Axis::Rows, [1, 4, 2, 1], [1, 2, 5, 6, 3, 4, 7, 8]), (Axis::Columns, [1, 2, 4, 1], [1, 5, 2, 6, 3, 7, 4, 8])];
    for (axis, shape, expected) in cases {
        graph.tensors[2].shape = shape.to_vec();
        graph.nodes[0] = Node { name: "out".to_owned(), op: Op::Interleave { axis }, inputs: vec![0, 1], output: 2 };
        assert_eq!((graph.check(), evaluate(&graph, &inputs)[2].clone()), (Ok(()), expected.to_vec()));
    }
    graph.tensors[1].shape = vec![1, 2, 2, 2];
    assert!(graph.check().unwrap_err().to_string().contains("shape [1, 2, 2, 2] instead of [1, 2, 2, 1]"));
}

#[test]
fn softmax_and_argmax_of_rows() {
    let mut graph = layer();
    graph.host = vec![HostStep::Dequantise { output: 0 }, HostStep::FloatSoftmax { output: 0 }];
    assert_eq!(graph.check(), Ok(()));
    // The scale is 0.5: logits 0 and 1.
    let expected = [1.0 / (1.0 + 1f64.exp()), 1.0 / (1.0 + (-1f64).exp())].map(|p| p as f32);
    assert_eq!(host::finish(&graph, &[vec![3, 5]]), [Value::Float(expected.to_vec())]);
    let far = host::float_softmax(&[1e30, -1e30, 0.0, 0.0], 2);
    assert_eq!(far, [1.0, 0.0, 0.5, 0.5]);
    for (last, index) in [(false, [1, 0]), (true, [1, 2])] {
        assert_eq!(host::arg_max(&Value::Int8(vec![-9, 4, 3, 7, 7, 7]), 3, last), index);
        graph.host = vec![HostStep::ArgMax { output: 0, last }];
        assert_eq!((graph.check(), host::finish(&graph, &[vec![1, 1]])), (Ok(()), vec![Value::Int64(vec![i64::from(last)])]));
    }
}

proptest! {
    #[test]
    fn multipliers_are_near_the_factor(real in 1e-9f64..1e9) {
        let scale = quantise_multiplier(real).unwrap();
        let back = f64::from(scale.multiplier) * 2f64.powi(i32::from(scale.shift) - 31);
        prop_assert!(scale.multiplier >= 1 << 30);
        prop_assert!((back - real).abs() <= real * 2f64.powi(-31));
    }
}
