//! A network without a model: steps as in a residual block, and one of every kind of lane operation.

use fretwork_hdl::config::WORDS;
use fretwork_hdl::shell::encode::{load, store};
use fretwork_hdl::step::{Channel, Conv, Epilogue, LaneOp, LaneWork, Operand, Region, Step, Window, Work};
use fretwork_hdl::{Accelerator, Images, core};
use fretwork_hdl::{Config, Kind};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::splitmix;

/// Lays tensors one after the other and encodes steps as they come.
pub struct Builder {
    accelerator: Accelerator,
    images: Images,
    configs: Vec<Config>,
    next: usize,
    seed: u64,
}

/// A residual block on a `size` x `size` image: load, two 3x3 convolutions, the second with tiles of zeros, addition, depthwise convolution with stride, maximum, padded
/// average, table, sum, matrix product, store. Returns the bytes of one inference's input as well.
pub fn residual([lanes, rows, cols]: [usize; 3], size: usize, channels: usize) -> (Accelerator, Images, usize) {
    let mut b = Builder { accelerator: Accelerator::with_shape(lanes, rows, cols), images: Images::default(), configs: Vec::new(), next: 3, seed: 1 };
    let same = Window { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin: [-1, -1] };
    let halving = Window { stride: [2, 2], origin: [0, 0], ..same };
    let pair = Window { kernel: [2, 2], stride: [2, 2], ..Window::POINT };

    let input = b.tensor(size, channels);
    b.push(Step { name: "load".into(), work: Work::Load, input, output: input, epilogue: None });
    let first = b.conv(input, size, channels, same, false);
    let second = b.conv(first, size, channels, same, true);
    let operand = |zero_point| Operand { zero_point, scale: Scale { multiplier: 1 << 30, shift: -1 } };
    let sum = b.lane(second, size, LaneOp::Add { second: input, operands: [operand(3), operand(-4)] }, Window::POINT, None);
    let taps = 9 * sum.words * lanes;
    let weights = b.bytes(taps);
    let half = size / 2;
    let depthwise = b.lane(sum, half, LaneOp::Mac { weights }, halving, None);
    let largest = b.lane(depthwise, half / 2, LaneOp::Max, pair, None);
    let average = b.lane(largest, half / 2, LaneOp::Sum, same, Some(9));
    let table: Vec<i8> = b.bytes(256);
    let index = b.images.table_index(&std::array::from_fn(|i| table[i]));
    let looked_up = b.lane(average, half / 2, LaneOp::Table { index }, Window::POINT, None);
    let whole = Window { kernel: [half / 2, half / 2], ..Window::POINT };
    let pooled = b.lane(looked_up, 1, LaneOp::Sum, whole, None);
    let output = b.conv(pooled, 1, 10, Window::POINT, false);
    b.push(Step { name: "store".into(), work: Work::Store, input: output, output, epilogue: None });
    b.finish(input.pixels() * input.words * lanes)
}

impl Builder {
    fn tensor(&mut self, size: usize, channels: usize) -> Region {
        let words = channels.div_ceil(self.accelerator.lanes);
        let region = Region { base: self.next, stride: words, height: size, width: size, words };
        self.next += region.pixels() * words;
        region
    }

    fn bytes(&mut self, count: usize) -> Vec<i8> {
        self.seed += 1 << 32;
        (0..count).map(|i| splitmix(self.seed + i as u64) as i8).collect()
    }

    /// With `pruned`, some weight tiles are zeros, the first one among them.
    fn conv(&mut self, input: Region, size: usize, channels: usize, window: Window, pruned: bool) -> Region {
        let output = self.tensor(size, channels);
        let lanes = self.accelerator.lanes;
        let in_channels = input.words * lanes;
        let taps = window.kernel[0] * window.kernel[1];
        let mut weights = self.bytes(channels * taps * in_channels);
        if pruned {
            let Accelerator { rows, cols, .. } = self.accelerator;
            let tile = |at: usize| [at / in_channels / taps / cols, at / in_channels % taps, at % in_channels / rows];
            let zeros = |at: usize| tile(at) == [0; 3] || tile(at).iter().sum::<usize>() % 3 == 1;
            weights.iter_mut().enumerate().filter(|(at, _)| zeros(*at)).for_each(|(_, weight)| *weight = 0);
        }
        let rows_per_tile = if size.is_multiple_of(2) { size / 2 } else { size };
        let conv = Conv { window, pad_value: 3, out_channels: channels, in_channels, weights, rows_per_tile };
        let epilogue = self.epilogue(output.words, Rounding::Double, Scale { multiplier: 1 << 30, shift: -8 }, false);
        self.push(Step { name: "conv".into(), work: Work::Conv(conv), input, output, epilogue: Some(epilogue) });
        output
    }

    /// With `counts`, the epilogue divides by the number of operands, of which there are at most so many.
    fn lane(&mut self, input: Region, size: usize, op: LaneOp, window: Window, counts: Option<usize>) -> Region {
        let output = self.tensor(size, input.words * self.accelerator.lanes);
        let shift = match op {
            LaneOp::Mac { .. } => 40,
            LaneOp::Add { .. } => 50,
            LaneOp::Max | LaneOp::Or | LaneOp::Sum | LaneOp::Table { .. } => 31,
        };
        let words = counts.map_or(output.words, |most| most + 1);
        let epilogue = self.epilogue(words, Rounding::Single, Scale { multiplier: 1 << 30, shift }, counts.is_some());
        let work = Work::Lane(LaneWork { op, window, pad_value: 3 });
        self.push(Step { name: "lane".into(), work, input, output, epilogue: Some(epilogue) });
        output
    }

    fn epilogue(&mut self, words: usize, rounding: Rounding, scale: Scale, by_count: bool) -> Epilogue {
        let bias = self.bytes(words * self.accelerator.lanes);
        let channels = bias.into_iter().map(|bias| Channel { bias: i32::from(bias) * 16, scale }).collect();
        Epilogue { by_count, ..Epilogue::scaled(channels, rounding, -2, [-120, 119]) }
    }

    fn push(&mut self, step: Step) {
        let kind = match step.work {
            Work::Load => Kind::Load,
            Work::Store => Kind::Store,
            Work::Conv(_) => Kind::Systolic,
            Work::Lane(_) => Kind::Lane,
            Work::Sparse(_) => Kind::Eie,
            Work::Xnor(_) => Kind::Xnor,
            Work::Shift(_) => Kind::Shift,
        };
        self.configs.push(match core(kind) {
            Some(core) => core.encode(&step, &self.accelerator, &mut self.images),
            None if kind == Kind::Load => load(&step),
            None => store(&step),
        });
    }

    fn finish(mut self, input_bytes: usize) -> (Accelerator, Images, usize) {
        if let Some(last) = self.configs.last_mut() {
            last.last = true;
        }
        self.configs.iter().for_each(|config| self.images.push_step(config));
        let (a, images) = (&mut self.accelerator, &self.images);
        a.activation_words = self.next;
        a.weight_words = images.weights.len() / a.weight_word_bytes();
        a.tile_words = images.tiles.len();
        a.lane_weight_words = images.lane_weights.len() / a.lanes;
        a.param_words = images.params.len() / a.lanes;
        a.tables = images.tables.len() / 256;
        a.steps = images.steps.len() / WORDS;
        (self.accelerator, self.images, input_bytes)
    }
}
