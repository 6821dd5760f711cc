use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;
use proptest::prelude::*;

use super::output::{self, Place};
use super::weights::{self, to_bytes};
use super::*;
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Graph, HostStep, Node, Op, Output, Padding, Staircase, Tensor, Window};

/// A seeded stream of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix(self.0)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn real(&mut self) -> f32 {
        f32::from_bits((self.below(60) as u32 + 90) << 23 | self.below(1 << 23) as u32)
    }

    /// Weights with one in `one_in` not zero, of `values` different ones.
    fn weights(&mut self, count: usize, one_in: u64, values: u64) -> Vec<i8> {
        (0..count).map(|_| if self.below(one_in) == 0 { splitmix(self.below(values)) as i8 } else { 0 }).collect()
    }

    fn scale(&mut self) -> Scale {
        Scale { multiplier: self.below(1 << 31) as i32, shift: -(self.below(31) as i8) }
    }

    /// An epilogue whose scales come from real ones, or from nowhere.
    fn output(&mut self, channels: usize, input: &Tensor, target: &Tensor) -> Output {
        let count = if self.below(2) == 0 { 1 } else { channels };
        let derived = self.below(2) == 0;
        let mut scale = || {
            let weight = f32::from_bits((120 + self.below(3) as u32) << 23 | self.below(1 << 23) as u32);
            let derived = derived.then(|| quantise_multiplier(f64::from(input.scale) * f64::from(weight) / f64::from(target.scale)));
            derived.flatten().filter(|scale| scale.shift <= 0).unwrap_or_else(|| self.scale())
        };
        let scales = (0..count).map(|_| scale()).collect();
        let width = self.below(20);
        let bias = if self.below(4) == 0 { Vec::new() } else { (0..channels).map(|_| (self.next() as i32 >> 12) >> width).collect() };
        let low = i16::from(-128 + self.below(100) as i8);
        if self.below(4) == 0 {
            let steps = 1 + self.below(5) as usize;
            let thresholds = (0..count).map(|_| self.staircase(steps)).collect();
            return Output { bias, scales: Vec::new(), rounding: Rounding::Double, clamp: [low, low + steps as i16], thresholds };
        }
        Output { bias, scales, rounding: Rounding::Double, clamp: [low, 127], thresholds: Vec::new() }
    }

    fn staircase(&mut self, count: usize) -> Staircase {
        let mut steps: Vec<i32> = (0..count).map(|_| self.next() as i32 >> 14).collect();
        steps.sort_unstable();
        Staircase { falling: self.below(2) == 0, steps }
    }

    /// A chain of operations of every kind over one image.
    fn graph(&mut self) -> Graph {
        let mut tensors = vec![self.tensor(0, vec![1, 7, 6, 4])];
        let mut nodes: Vec<Node> = Vec::new();
        for index in 1..=1 + self.below(12) as usize {
            let input = tensors[index - 1].clone();
            let channels = 1 + self.below(9) as usize;
            let mut same = Tensor { name: format!("tensor {index}"), ..input.clone() };
            let (one_in, values) = ([1, 2, 10, 100][self.below(4) as usize], [1, 7, 31, 256][self.below(4) as usize]);
            let (op, target) = match self.below(10) {
                0..=3 => {
                    let target = self.tensor(index, vec![1, 7, 6, channels]);
                    let window =
                        Window { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padding: Padding { top: 1, left: 1, bottom: 1, right: 1 } };
                    let weights = self.weights(9 * input.channels() * channels, one_in, values);
                    (Op::Conv { window, groups: 1, weights, output: self.output(channels, &input, &target) }, target)
                }
                4 => {
                    let target = self.tensor(index, input.shape.clone());
                    let window =
                        Window { kernel: [1, 3], stride: [1, 1], dilation: [1, 2], padding: Padding { top: 0, left: 2, bottom: 0, right: 2 } };
                    let weights = self.weights(3 * input.channels(), one_in, values);
                    (Op::Depthwise { window, weights, output: self.output(input.channels(), &input, &target) }, target)
                }
                5 => (Op::Table { table: Box::new(std::array::from_fn(|_| self.next() as i8)) }, self.tensor(index, input.shape.clone())),
                6 => {
                    let factors = (0..input.channels()).map(|_| self.below(511) as i16 - 255).collect();
                    let output = Output {
                        bias: Vec::new(),
                        scales: vec![self.scale()],
                        rounding: Rounding::Double,
                        clamp: [-128, 127],
                        thresholds: Vec::new(),
                    };
                    (Op::MulConstant { factors, output }, self.tensor(index, input.shape.clone()))
                }
                7 => {
                    let output = Output {
                        bias: Vec::new(),
                        scales: vec![self.scale()],
                        rounding: Rounding::Double,
                        clamp: [-128, 100],
                        thresholds: Vec::new(),
                    };
                    (Op::Add { inputs: [self.scale(), self.scale()], output }, self.tensor(index, input.shape.clone()))
                }
                8 => {
                    let window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding::default() };
                    (Op::MaxPool { window, clamp: [-3, 3] }, same)
                }
                _ => {
                    same.name = "a name of its own".to_owned();
                    (Op::Reshape, same)
                }
            };
            let inputs = if matches!(op, Op::Add { .. }) { vec![index - 1, index - 1] } else { vec![index - 1] };
            let name = if self.below(3) == 0 { format!("node \"{index}\"") } else { target.name.clone() };
            nodes.push(Node { name, op, inputs, output: index });
            tensors.push(target);
        }
        let last = tensors.len() - 1;
        let target = self.tensor(last + 1, vec![1, 5]);
        let weights = self.weights(5 * tensors[last].len(), 3, 15);
        let output = self.output(5, &tensors[last], &target);
        nodes.push(Node { name: target.name.clone(), op: Op::FullyConnected { weights, output }, inputs: vec![last], output: last + 1 });
        tensors.push(target);
        if self.below(2) == 0 {
            self.widened(&mut tensors, &mut nodes);
        }
        let nchw = HostStep::FromNchw { input: 0 };
        let integers = HostStep::Softmax { output: 0, beta: self.real(), scale: 1.0 / 256.0, zero_point: -128 };
        let dequantise = HostStep::Dequantise { output: 0 };
        let host = match self.below(2) {
            0 => vec![nchw, integers, dequantise],
            _ => vec![nchw, dequantise, HostStep::FloatSoftmax { output: 0 }, HostStep::ArgMax { output: 0, last: true }],
        };
        let tensors_end = tensors.len() - 1;
        Graph { name: "random".to_owned(), tensors, nodes, inputs: vec![0], outputs: vec![tensors_end], host }
    }

    /// Two layers more, to int16 and from there to int16.
    fn widened(&mut self, tensors: &mut Vec<Tensor>, nodes: &mut Vec<Node>) {
        for _ in 0..2 {
            let input = tensors.len() - 1;
            let target = Tensor { zero_point: 0, wide: true, ..self.tensor(input + 1, vec![1, 5]) };
            let scales = (0..5).map(|_| Scale { shift: 30 + self.below(33) as i8, ..self.scale() }).collect();
            let bias = (0..5).map(|_| self.next() as i32 >> 8).collect();
            let output = Output { bias, scales, rounding: Rounding::Single, clamp: [-(self.below(32768) as i16), 32767], thresholds: Vec::new() };
            let weights = self.weights(25, 2, 15);
            nodes.push(Node { name: target.name.clone(), op: Op::FullyConnected { weights, output }, inputs: vec![input], output: input + 1 });
            tensors.push(target);
        }
    }

    fn tensor(&mut self, index: usize, shape: Vec<usize>) -> Tensor {
        Tensor::int8(format!("tensor {index}"), shape, self.real(), self.below(256) as i32 - 128)
    }
}

proptest! {
    #[test]
    fn graphs_come_back(seed: u64) {
        let graph = Random(seed).graph();
        prop_assert_eq!(graph.check(), Ok(()));
        let written = write(&graph).unwrap();
        prop_assert!(recognises(&written.bytes));
        prop_assert_eq!(read(&written.bytes).unwrap(), graph);
    }

    #[test]
    fn weights_come_back(seed: u64, rows in 1usize..20, cols in 1usize..300, one_in in 1u64..2000, values in 1u64..300) {
        let weights = Random(seed).weights(rows * cols, one_in, values);
        let (bytes, _) = weights::encode(&weights, rows);
        prop_assert!(bytes.len() <= weights.len() + 1);
        prop_assert_eq!(weights::decode(&bytes, weights.len(), rows).unwrap(), weights);
    }

    #[test]
    fn every_real_number_comes_back(bits: u32) {
        let text = serde_json::to_string(&document::Real(f32::from_bits(bits))).unwrap();
        prop_assert_eq!(serde_json::from_str::<document::Real>(&text).unwrap().0.to_bits(), bits);
    }
}

#[test]
fn sparse_weights_by_hand() {
    // Twenty rows of ten weights, one of them 5: the run 199, the weight, the run 0 to one past the end.
    let mut weights = vec![0; 200];
    weights[199] = 5;
    let (bytes, form) = weights::encode(&weights, 20);
    assert_eq!(form, Form::SparseRows);
    // Two tables of 15 counts, the runs' with two codes of one bit for 0 and 199, the weights' with one code for 5; then 1, 0 and 0.
    assert_eq!(bytes.len(), 1 + (2 * 15 * 9 + 3 * 8 + 3usize).div_ceil(8));
    assert_eq!(bytes[1..3], [0b0000_0001, 0b0000_0000]);
    assert_eq!(weights::decode(&bytes, 200, 20).unwrap(), weights);
    assert!(weights::decode(&bytes, 198, 18).is_err() && weights::decode(&bytes, 220, 20).is_err());
    assert_eq!(weights::decode(&bytes, 1 << 26, 20), Err("there are too few bytes"));
}

#[test]
fn scales_from_real_ones_take_few_bits() {
    let tensor = |scale| Tensor::int8(String::new(), vec![1, 3], scale, 0);
    let (input, output) = (tensor(0.02), tensor(0.1));
    let place = Place { input: &input, output: &output };
    let of_real = |real: f32| quantise_multiplier(f64::from(input.scale) * f64::from(real) / f64::from(output.scale)).unwrap();
    let scales = vec![of_real(0.001), of_real(0.0011), of_real(0.0012)];
    let epilogue = Output { bias: vec![-4, 3, 0], scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
    let bits = output::encode(&epilogue, place);
    // Biases of three bits; the reals' exponents are equal, so only mantissas are left.
    assert_eq!(bits.len(), 1 + 5 + 3 * 3 + 1 + 1 + 8 + 4 + 3 * 23);
    assert_eq!(output::decode(&to_bytes(&bits), 3, place), Some((epilogue.bias.clone(), epilogue.scales.clone())));
    // A multiplier that no real scale leads to is stored as it is.
    let odd = Output { scales: vec![Scale { multiplier: 12345, shift: -3 }], ..epilogue };
    let bits = output::encode(&odd, place);
    assert_eq!(bits.len(), 1 + 5 + 3 * 3 + 1 + 1 + 31 + 8);
    assert_eq!(output::decode(&to_bytes(&bits), 3, place), Some((odd.bias, odd.scales)));
}
