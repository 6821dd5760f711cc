//! Layers to steps: each layer's weights and parameters in the order of the bytes that they meet, split where an output does not divide
//! into equal pixel tiles.

use super::accumulate::{channels, check_range};
use super::affine::{Reach, multiply};
use super::error::PlanError;
use super::layers::{Layer, LayerWork, Lowered, PlacedId};
use super::sparse::{Choice, CoreChoice};
use crate::graph::{Graph, Levels, Output, Staircase, Tensor};
use fretwork_hdl::accelerator::MAX_THRESHOLD_BITS;
use fretwork_hdl::systolic::accumulator_bits;
use fretwork_hdl::{Accelerator, Binary, Channel, Conv, Epilogue, Images, Kind, LaneOp, LaneWork, Operand, Region, Step, Window, Work};
use fretwork_sim::requantise::{Rounding, Scale};

/// The part of a tensor that a step covers.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    /// The tensor.
    pub placed: PlacedId,
    /// First row of its image.
    pub first_row: usize,
    /// First byte of its pixels; of packed tensors the first bit.
    pub first_byte: usize,
    /// Bytes of its pixels, or bits.
    pub bytes: usize,
}

/// The program's steps before encoding; all lists have one entry per step but `tables`.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// The steps.
    pub steps: Vec<Step>,
    /// Executing units.
    pub kinds: Vec<Kind>,
    /// Operations that the network asks for.
    pub operations: Vec<u64>,
    /// Of these, those whose weights lie in tiles that the array leaves out.
    pub skipped: Vec<u64>,
    /// What of a tensor a step reads (store) or writes (all others).
    pub covers: Vec<Cover>,
    /// Choices between the array and other cores.
    pub choices: Vec<Choice>,
    /// Look-up tables, 256 bytes each.
    pub tables: Vec<i8>,
}

impl Placed {
    /// Width of the array's partial sums that every step fits.
    pub fn accumulator_bits(&self) -> usize {
        let bits = self.steps.iter().filter_map(|step| match &step.work {
            Work::Conv(conv) => Some(accumulator_bits(conv)),
            Work::Load | Work::Store | Work::Lane(_) | Work::Sparse(_) | Work::Xnor(_) | Work::Shift(_) => None,
        });
        bits.max().unwrap_or(17)
    }

    pub(super) fn push(&mut self, step: Step, kind: Kind, operations: u64, covers: Cover) {
        self.steps.push(step);
        self.kinds.push(kind);
        self.operations.push(operations);
        self.skipped.push(0);
        self.covers.push(covers);
    }
}

/// The epilogue as the hardware has it: more steps than it compares with become a multiplication.
///
/// # Errors
/// A layer with a channel that no multiplication equals.
pub(super) fn multiplied(layer: &Layer, epilogue: Epilogue, reach: &[Option<[i64; 2]>]) -> Result<Epilogue, PlanError> {
    let steps = epilogue.stairs.iter().map(|stairs| stairs.steps.len()).max().unwrap_or(0);
    if steps < 1 << MAX_THRESHOLD_BITS {
        return Ok(epilogue);
    }
    multiply(&epilogue, reach).map_err(|channel| {
        let most = (1 << MAX_THRESHOLD_BITS) - 1;
        let why = format!("its output steps {steps} times, and for channel {channel} no multiplication steps at the same sums");
        PlanError::unsupported(&layer.name, why, format!("outputs of up to {most} steps, or scales whose roundings do not fall between two sums"))
    })
}

const NO_REGION: Region = Region { base: 0, stride: 1, height: 1, width: 1, words: 1 };

pub(super) struct Builder<'a> {
    graph: &'a Graph,
    pub lowered: &'a Lowered,
    pub accelerator: &'a Accelerator,
    pub choice: CoreChoice,
    pub placed: Placed,
    tables: Images,
}

/// Steps for all layers, loads first, stores last.
pub fn steps(graph: &Graph, lowered: &Lowered, accelerator: &Accelerator, choice: CoreChoice) -> Result<Placed, PlanError> {
    let mut builder = Builder { graph, lowered, accelerator, choice, placed: Placed::default(), tables: Images::default() };
    for input in &lowered.inputs {
        let name = format!("load {}", graph.tensors[input.tensor].name);
        let output = builder.region(input.placed);
        let step = Step { name, work: Work::Load, input: NO_REGION, output, epilogue: None };
        builder.placed.push(step, Kind::Load, 0, builder.whole(input.placed));
    }
    for layer in &lowered.layers {
        builder.layer(layer)?;
    }
    for output in &lowered.outputs {
        let name = format!("store {}", graph.tensors[output.tensor].name);
        let input = builder.region(output.placed);
        let step = Step { name, work: Work::Store, input, output: NO_REGION, epilogue: None };
        builder.placed.push(step, Kind::Store, 0, builder.whole(output.placed));
    }
    let mut placed = builder.placed;
    placed.tables = builder.tables.tables;
    Ok(placed)
}

impl Builder<'_> {
    pub(super) fn whole(&self, placed: PlacedId) -> Cover {
        let tensor = &self.lowered.tensors[placed];
        let bytes = tensor.words * self.accelerator.lanes * if tensor.packed { 8 } else { 1 };
        Cover { placed, first_row: 0, first_byte: 0, bytes }
    }

    pub fn region(&self, placed: PlacedId) -> Region {
        let tensor = &self.lowered.tensors[placed];
        let buffer = &self.lowered.buffers[tensor.buffer];
        let [height, width] = tensor.image;
        Region { base: buffer.base + tensor.offset, stride: buffer.words * tensor.pitch, height, width, words: tensor.words }
    }

    pub(super) fn tensor(&self, placed: PlacedId) -> &Tensor {
        &self.graph.tensors[self.lowered.tensors[placed].tensor]
    }

    pub fn zero_point(&self, placed: PlacedId) -> i8 {
        self.tensor(placed).zero_point as i8
    }

    pub(super) fn map(&self, placed: PlacedId) -> &[usize] {
        &self.lowered.tensors[placed].map
    }

    /// Parameters for the activations of a stored pixel from those of its channels.
    pub(super) fn spread<T: Clone>(&self, placed: PlacedId, channels: &[T], pad: T) -> Vec<T> {
        let mut stored = vec![pad; self.accumulator_words(&self.region(placed), placed) * self.accelerator.lanes];
        for (position, channel) in self.lowered.tensors[placed].positions().into_iter().zip(channels) {
            stored[position] = channel.clone();
        }
        stored
    }

    pub(super) fn epilogue(&self, layer: &Layer, channels: &[Channel], output: &Output) -> Epilogue {
        let tensor = &self.lowered.tensors[layer.output];
        let channels = self.spread(layer.output, channels, Channel::PAD);
        let scaled = Epilogue::scaled(channels, output.rounding, self.zero_point(layer.output), output.clamp);
        let stairs = match &output.thresholds[..] {
            [] => Vec::new(),
            [one] => self.spread(layer.output, &vec![one.clone(); tensor.channels()], Staircase::default()),
            own => self.spread(layer.output, own, Staircase::default()),
        };
        let bipolar = !stairs.is_empty() && self.tensor(layer.output).levels == Levels::Bipolar;
        let binary = bipolar.then_some(if tensor.packed { Binary::Bits } else { Binary::Bytes });
        Epilogue { wide: tensor.wide, stairs, binary, ..scaled }
    }

    /// Lowest and highest sums where the channels are stored.
    pub(super) fn reach(&self, layer: &Layer, reach: &[[i64; 2]]) -> Reach {
        self.spread(layer.output, &reach.iter().copied().map(Some).collect::<Vec<_>>(), None)
    }

    fn layer(&mut self, layer: &Layer) -> Result<(), PlanError> {
        match &layer.work {
            LayerWork::Conv { window, weights, outside, output } => self.conv(layer, *window, weights, *outside, output),
            LayerWork::Depthwise { window, weights, output } => self.depthwise(layer, *window, weights, output),
            LayerWork::Add { scales, output } => self.add(layer, *scales, output),
            LayerWork::Average { window, clamp } => self.average(layer, *window, *clamp),
            LayerWork::Mean { scale } => self.mean(layer, *scale),
            LayerWork::Max { window, .. } if self.lowered.tensors[layer.output].packed => {
                // Bits outside the image are no maximum of any.
                let words = self.lowered.tensors[layer.output].words;
                let channels = vec![Channel { bias: 0, scale: Scale::ONE }; words * self.accelerator.lanes];
                self.lane(layer, LaneOp::Or, *window, 0, Epilogue::scaled(channels, Rounding::Single, 0, [-128, 127]));
                Ok(())
            }
            LayerWork::Max { window, clamp, outside } => {
                let epilogue = self.identity(layer, *clamp);
                self.lane(layer, LaneOp::Max, *window, *outside, epilogue);
                Ok(())
            }
            LayerWork::Copy => {
                // Every pixel has one operand: one parameter word for all channel words.
                let word = |channel: Channel| vec![channel; self.accelerator.lanes];
                let channels = [word(Channel::PAD), word(Channel { bias: 0, scale: Scale::ONE })].concat();
                let epilogue = Epilogue { by_count: true, ..Epilogue::scaled(channels, Rounding::Single, 0, [-128, 127]) };
                self.lane(layer, LaneOp::Max, Window::POINT, 0, epilogue);
                Ok(())
            }
            LayerWork::Table { table } => {
                let index = self.tables.table_index(table);
                let epilogue = self.identity(layer, [i8::MIN, i8::MAX]);
                self.lane(layer, LaneOp::Table { index }, Window::POINT, 0, epilogue);
                Ok(())
            }
        }
    }

    /// Values pass unchanged but for the clamp.
    pub(super) fn identity(&self, layer: &Layer, clamp: [i8; 2]) -> Epilogue {
        let channels = vec![Channel { bias: 0, scale: Scale::ONE }; self.map(layer.output).len()];
        let channels = self.spread(layer.output, &channels, Channel::PAD);
        Epilogue::scaled(channels, Rounding::Single, 0, clamp.map(i16::from))
    }

    pub(super) fn lane(&mut self, layer: &Layer, op: LaneOp, window: Window, pad_value: i8, epilogue: Epilogue) {
        let step = Step {
            name: layer.name.clone(),
            work: Work::Lane(LaneWork { op, window, pad_value }),
            input: self.region(layer.inputs[0]),
            output: self.region(layer.output),
            epilogue: Some(epilogue),
        };
        self.placed.push(step, Kind::Lane, layer.operations, self.whole(layer.output));
    }

    fn conv(&mut self, layer: &Layer, window: Window, weights: &[i8], pad_value: i8, output: &Output) -> Result<(), PlanError> {
        let input = layer.inputs[0];
        let (channels_in, channels_out) = (self.lowered.tensors[input].channels(), self.lowered.tensors[layer.output].channels());
        let taps = window.kernel[0] * window.kernel[1];
        let reduction = taps * channels_in;
        let row = |channel: usize| weights[channel * reduction..][..reduction].iter().copied();
        let (channels, reach) = channels(&layer.name, output, self.tensor(input), channels_out, row)?;
        let reach = self.reach(layer, &reach);
        if layer.binary {
            let epilogue = self.epilogue(layer, &channels, output);
            return self.xnor(layer, window, weights, pad_value, epilogue, &reach);
        }
        let conv = self.lowered.tensors[input].conv(&self.lowered.tensors[layer.output], window, weights, pad_value);
        let epilogue = self.epilogue(layer, &channels, output);
        if layer.shift {
            return self.shift(layer, conv, epilogue, &reach);
        }
        let biases = if output.bias.is_empty() { Vec::new() } else { self.spread(layer.output, &output.bias, 0) };
        if !self.sparse(layer, &conv, &biases, &epilogue, &reach)? {
            let epilogue = multiplied(layer, epilogue, &reach)?;
            self.tiles(layer, conv, epilogue);
        }
        Ok(())
    }

    /// One step when the output divides into equal pixel tiles that keep the array busy, otherwise a second one for the rows that remain.
    fn tiles(&mut self, layer: &Layer, conv: Conv, epilogue: Epilogue) {
        let (input, output) = (self.region(layer.inputs[0]), self.region(layer.output));
        let fits = (self.accelerator.acc_depth / output.width).clamp(1, output.height);
        let even = (1..=fits).rev().find(|rows| output.height % rows == 0).unwrap_or(1);
        let busy = even * output.width >= self.accelerator.rows.min(fits * output.width);
        let rows_per_tile = if busy { even } else { fits };
        let whole = output.height / rows_per_tile * rows_per_tile;
        let parts = [(0, whole, rows_per_tile), (whole, output.height - whole, output.height - whole)];
        let [source, target] = [layer.inputs[0], layer.output].map(|placed| &self.lowered.tensors[placed]);
        let kept = source.kept_weights(target, &conv, self.accelerator);
        for (first, height, rows_per_tile) in parts.into_iter().filter(|(_, height, _)| *height > 0) {
            let mut conv = Conv { rows_per_tile, ..conv.clone() };
            conv.window.origin[0] += (first * conv.window.stride[0]) as isize;
            let base = output.base + first * output.width * output.stride;
            let step = Step {
                name: layer.name.clone(),
                work: Work::Conv(conv),
                input,
                output: Region { base, height, ..output },
                epilogue: Some(epilogue.clone()),
            };
            let operations = layer.operations * height as u64 / output.height as u64;
            self.placed.push(step, Kind::Systolic, operations, Cover { first_row: first, ..self.whole(layer.output) });
            if let Some(own) = self.placed.skipped.last_mut() {
                *own = operations.saturating_sub(kept * (height * output.width) as u64);
            }
        }
    }

    fn add(&mut self, layer: &Layer, scales: [Scale; 2], output: &Output) -> Result<(), PlanError> {
        let operand = |k: usize| Operand { zero_point: self.zero_point(layer.inputs[k]), scale: scales[k] };
        let operands = [operand(0), operand(1)];
        let second = self.region(layer.inputs[1]);
        let largest = 2 * (255i64 << 20);
        check_range(&layer.name, 0, -largest, largest, output.scales[0], output.rounding)?;
        let channels = vec![Channel { bias: 0, scale: output.scales[0] }; self.map(layer.output).len()];
        let epilogue = self.epilogue(layer, &channels, output);
        self.lane(layer, LaneOp::Add { second, operands }, Window::POINT, 0, epilogue);
        Ok(())
    }
}
