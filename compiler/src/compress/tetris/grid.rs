//! A layer's weights in tiles.

use std::collections::HashMap;

use super::Options;
use crate::import::onnx::float::{Layer, Network, Role};

/// What changes places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Output channels.
    Outputs,
    /// Input channels.
    Inputs,
}

/// Magnitudes of a layer's weights, and which tiles are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Number of the layer.
    pub layer: usize,
    taps: usize,
    inputs: usize,
    outputs: usize,
    /// Columns of the layer's weights for each input.
    columns: usize,
    /// Magnitudes `[output][input][tap]`, over their sum.
    values: Vec<f64>,
    /// Inputs and outputs of a tile.
    tile: [usize; 2],
    /// Tiles that are kept.
    keep: usize,
    /// Which: `[output tile][tap][input tile]`.
    kept: Vec<bool>,
}

/// Positions of the kernel and input channels of a layer as the array takes it.
pub fn extents(network: &Network, node: usize, shapes: &HashMap<String, Vec<usize>>) -> Result<[usize; 2], String> {
    let Some(number) = network.layer(node) else { return Err("it is no layer".to_owned()) };
    let layer = &network.layers()[number];
    if network.groups(node) > 1 {
        return Err(format!("it computes {} groups of channels", network.groups(node)));
    }
    let Some(mut source) = network.operands(node).first().copied() else { return Err("it reads a constant".to_owned()) };
    while let Some(moves) = (0..node).find(|earlier| network.output(*earlier) == source && network.role(*earlier) == Role::Move) {
        let Some(operand) = network.operands(moves).first().copied() else { break };
        let flattens = shapes.get(source).map(Vec::len) != shapes.get(operand).map(Vec::len);
        match network.operator(moves) {
            "Transpose" => return Err("its inputs are transposed".to_owned()),
            // What changes an image stays behind it.
            _ if !flattens && layer.shape.len() == 2 && shapes.get(source).map(Vec::len) == Some(4) => break,
            _ => source = operand,
        }
    }
    let first = network.inputs().iter().any(|(name, _)| name == source);
    match (&layer.shape[..], shapes.get(source).map(Vec::as_slice)) {
        ([_, inputs, height, width], _) if !first => Ok([height * width, *inputs]),
        ([_, _, _, _], _) => Err("it reads an input of the network, whose pixels are packed".to_owned()),
        (_, Some([_, channels, height, width])) if channels * height * width == layer.cols() => match (first, channels * height * width) {
            (false, _) => Ok([height * width, *channels]),
            (true, all) if *channels == 1 || height * width == 1 => Ok([1, all]),
            (true, _) => Err("it reads an image that is an input of the network, whose pixels are packed".to_owned()),
        },
        _ => Ok([1, layer.cols()]),
    }
}

impl Grid {
    /// The tiles of a layer of these positions and inputs.
    pub fn new(layer: &Layer, number: usize, [taps, inputs]: [usize; 2], options: &Options) -> Grid {
        let total: f64 = layer.weights.iter().map(|weight| f64::from(weight.abs())).sum();
        let values = layer.weights.iter().map(|weight| f64::from(weight.abs()) / total.max(f64::MIN_POSITIVE)).collect();
        let outputs = layer.rows();
        let count = taps * inputs.div_ceil(options.tile[0]) * outputs.div_ceil(options.tile[1]);
        let keep = ((count as f64 * options.density).round() as usize).clamp(1, count);
        let columns = if layer.shape.len() == 2 { taps } else { 1 };
        let mut grid = Grid { layer: number, columns, taps, inputs, outputs, values, tile: options.tile, keep, kept: vec![true; count] };
        grid.choose();
        grid
    }

    fn tiles(&self) -> [usize; 2] {
        [self.inputs.div_ceil(self.tile[0]), self.outputs.div_ceil(self.tile[1])]
    }

    /// The tile of a weight.
    fn tile_of(&self, output: usize, tap: usize, input: usize) -> usize {
        (output / self.tile[1] * self.taps + tap) * self.tiles()[0] + input / self.tile[0]
    }

    /// All weights: output, input, tap, magnitude.
    fn entries(&self) -> impl Iterator<Item = (usize, usize, usize, f64)> + '_ {
        self.values.iter().enumerate().map(|(index, value)| {
            let (output, input, tap) = self.place(index);
            (output, input, tap, *value)
        })
    }

    /// Output, input and tap of a weight.
    fn place(&self, index: usize) -> (usize, usize, usize) {
        (index / self.taps / self.inputs, index / self.taps % self.inputs, index % self.taps)
    }

    /// Keeps the tiles of the largest magnitude.
    pub fn choose(&mut self) {
        let mut sums = vec![0.0; self.kept.len()];
        self.entries().for_each(|(output, input, tap, value)| sums[self.tile_of(output, tap, input)] += value);
        let mut order: Vec<usize> = (0..sums.len()).collect();
        order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]).then(a.cmp(b)));
        self.kept.fill(false);
        order.into_iter().take(self.keep).for_each(|tile| self.kept[tile] = true);
    }

    /// Part of the magnitude that is lost.
    pub fn loss(&self) -> f64 {
        self.entries().filter(|(output, input, tap, _)| !self.kept[self.tile_of(*output, *tap, *input)]).map(|entry| entry.3).sum()
    }

    /// Tiles that are kept, and all.
    pub fn counts(&self) -> [usize; 2] {
        [self.keep, self.kept.len()]
    }

    /// Number of outputs or inputs.
    pub fn extent(&self, side: Side) -> usize {
        match side {
            Side::Outputs => self.outputs,
            Side::Inputs => self.inputs,
        }
    }

    /// The row of tiles in which an output is, or the column in which an input is.
    pub fn tile_at(&self, side: Side, place: usize) -> usize {
        match side {
            Side::Outputs => place / self.tile[1],
            Side::Inputs => place / self.tile[0],
        }
    }

    /// Places among a layer's rows or columns as outputs or inputs; of a matrix product behind an image an input is a column for every tap.
    pub fn places(&self, side: Side, own: &[usize]) -> Vec<usize> {
        match side {
            Side::Outputs => own.to_vec(),
            Side::Inputs => {
                let mut places: Vec<usize> = own.iter().map(|place| place / self.columns).collect();
                places.dedup();
                places
            }
        }
    }

    /// What each output or input would lose in each row or column of tiles: `[place][tile]`.
    pub fn losses(&self, side: Side) -> Vec<Vec<f64>> {
        let [across, down] = self.tiles();
        let tiles = [down, across][side as usize];
        let mut losses = vec![vec![0.0; tiles]; self.extent(side)];
        for (output, input, tap, value) in self.entries() {
            let (place, tile) = match side {
                Side::Outputs => (output, tap * across + input / self.tile[0]),
                Side::Inputs => (input, (output / self.tile[1] * self.taps + tap) * across),
            };
            let step = [self.taps * across, 1][side as usize];
            for (number, loss) in losses[place].iter_mut().enumerate() {
                *loss += if self.kept[tile + number * step] { 0.0 } else { value };
            }
        }
        losses
    }

    /// Magnitude of each output or input.
    pub fn norms(&self, side: Side) -> Vec<f64> {
        let mut norms = vec![0.0; self.extent(side)];
        self.entries().for_each(|(output, input, _, value)| norms[[output, input][side as usize]] += value);
        norms
    }

    /// Outputs or inputs in another order: what comes to each place.
    pub fn permute(&mut self, side: Side, order: &[usize]) {
        let from = |index: usize| {
            let (output, input, tap) = self.place(index);
            let (output, input) = if side == Side::Outputs { (order[output], input) } else { (output, order[input]) };
            (output * self.inputs + input) * self.taps + tap
        };
        self.values = (0..self.values.len()).map(|index| self.values[from(index)]).collect();
    }

    /// Zeroes the weights of a layer in all tiles that are not kept.
    pub fn zero(&self, layer: &mut Layer) {
        for (output, input, tap, _) in self.entries() {
            if !self.kept[self.tile_of(output, tap, input)] {
                layer.weights[(output * self.inputs + input) * self.taps + tap] = 0.0;
            }
        }
    }
}
