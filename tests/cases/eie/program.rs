//! Random programs for the sparse engine: a load, sparse layers one after the other, a store.

use fretwork_hdl::eie::Eie;
use fretwork_hdl::{Accelerator, Channel, Epilogue, Images, Kind, Region, Sparse, Step, Window, Work, core, shell};
use fretwork_sim::requantise::{Rounding, Scale, requantise};
use fretwork_sim::stalls::Stalls;
use fretwork_tests::choices::Choices;

/// Words of activation memory of every program.
pub const ACTIVATION_WORDS: usize = 4096;
/// Address of the first layer's output; the input lies below.
const FIRST_OUTPUT: usize = 200;

/// The engine's parameters that differ from suite to suite.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub lanes: usize,
    pub pes: usize,
    pub queue_depth: usize,
    pub index_bits: usize,
    /// 0 for plain int8 weights.
    pub codebook_bits: usize,
    pub registers: usize,
    /// 8, or 16 for layers of both widths.
    pub act_bits: usize,
    /// Source registers per element; 0 for none.
    pub sources: usize,
}

/// A program, its inputs and what the layers are.
pub struct Program {
    pub accelerator: Accelerator,
    pub images: Images,
    pub layers: Vec<Step>,
    pub steps: usize,
    pub inputs: Vec<Vec<u8>>,
    pub stalls: Stalls,
}

/// Memories large enough for every program, so that all of a shape share one `top.sv`.
pub fn accelerator(shape: &Shape) -> Accelerator {
    let mut eie = Eie::with_pes(shape.pes);
    (eie.queue_depth, eie.index_bits, eie.registers) = (shape.queue_depth, shape.index_bits, shape.registers);
    (eie.act_bits, eie.sources) = (shape.act_bits, shape.sources);
    (eie.plain, eie.code_bits) = if shape.codebook_bits == 0 { (true, 8) } else { (false, shape.codebook_bits) };
    (eie.entry_words, eie.pointers, eie.codebooks, eie.image_words) = (4096, 8192, 4, 65_536);
    let mut accelerator = Accelerator::with_shape(shape.lanes, 4, 4);
    (accelerator.acc_depth, accelerator.activation_words) = (64, ACTIVATION_WORDS);
    (accelerator.weight_words, accelerator.lane_weight_words, accelerator.param_words, accelerator.steps) = (64, 4, 128, 8);
    accelerator.eie = Some(eie);
    accelerator
}

/// Draws a program.
pub fn draw(shape: &Shape, seed: u64) -> Program {
    let mut choices = Choices::random(seed);
    let c = &mut choices;
    let accelerator = accelerator(shape);
    let mut images = Images::default();
    let (height, width, words) = (1 + c.below(5), 1 + c.below(5), 1 + c.below(3));
    let first = Region { base: 0, stride: words, height, width, words };
    let mut configs = vec![shell::encode::load(&plain("load", Work::Load, first))];
    let mut wide = shape.act_bits == 16 && c.chance(50);
    let (mut input, mut zero_point, mut next) = (first, if wide { 0 } else { c.within(-100, 100) as i8 }, FIRST_OUTPUT);
    let input_zero_point = zero_point;
    let mut layers: Vec<Step> = Vec::new();
    for _ in 0..1 + c.below(3) {
        let (step, out_zero_point) = layer(c, shape, input, (wide, zero_point), next);
        wide = step.epilogue.as_ref().is_some_and(|epilogue| epilogue.wide);
        next += step.output.stride * step.output.pixels() + 3;
        let engine = core(Kind::Eie).expect("a core");
        engine.fits(&step, &accelerator).unwrap_or_else(|misfit| panic!("{misfit}"));
        configs.push(engine.encode(&step, &accelerator, &mut images));
        (input, zero_point) = (step.output, out_zero_point);
        layers.push(step);
    }
    configs.push(shell::encode::store(&plain("store", Work::Store, input)));
    let last = configs.len() - 1;
    configs[last].last = true;
    configs.iter().for_each(|config| images.push_step(config));
    let bytes = first.pixels() * words * shape.lanes;
    let inputs = (0..2).map(|_| stream(c, bytes, input_zero_point)).collect();
    let stalls = if c.chance(50) { Stalls::NONE } else { Stalls { seed, probability: 0.3 } };
    Program { accelerator, images, layers, steps: configs.len(), inputs, stalls }
}

fn plain(name: &str, work: Work, region: Region) -> Step {
    Step { name: name.into(), work, input: region, output: region, epilogue: None }
}

/// Activations of which a random share is the zero point.
fn stream(c: &mut Choices, bytes: usize, zero_point: i8) -> Vec<u8> {
    let zeros = c.below(101);
    (0..bytes).map(|_| if c.chance(zeros) { zero_point as u8 } else { c.below(256) as u8 }).collect()
}

fn layer(c: &mut Choices, shape: &Shape, input: Region, (wide, zero_point): (bool, i8), base: usize) -> (Step, i8) {
    let lanes = shape.lanes;
    let kernel = [1 + c.below(input.height.min(3)), 1 + c.below(input.width.min(3))];
    let pad = c.below(2);
    let [height, width] = [input.height + 2 * pad - kernel[0] + 1, input.width + 2 * pad - kernel[1] + 1];
    let words = 1 + c.below((shape.pes * shape.registers / lanes).min(4));
    let out_channels = (words - 1) * lanes + 1 + c.below(lanes);
    let in_channels = if wide { input.words * lanes / 2 - c.below(lanes / 2) } else { input.words * lanes - c.below(lanes) };
    let wide_out = shape.act_bits == 16 && c.chance(50);
    let out_words = words * if wide_out { 2 } else { 1 };
    let output = Region { base, stride: out_words + c.below(2), height, width, words: out_words };
    let mut weights = weights(c, shape, out_channels * kernel[0] * kernel[1] * in_channels);
    if wide {
        fit_wide(&mut weights, kernel[0] * kernel[1] * in_channels);
    }
    let window = Window { kernel, origin: [-(pad as isize); 2], ..Window::POINT };
    let sparse = Sparse { window, pad_value: zero_point, out_channels, in_channels, wide, weights };
    let out_zero_point = if wide_out { 0 } else { c.within(-100, 100) as i8 };
    let mut channels = vec![Channel::PAD; words * lanes];
    for channel in channels.iter_mut().take(out_channels) {
        let scale = Scale { multiplier: c.within(1 << 30, i64::from(i32::MAX)) as i32, shift: c.within(-14, -3) as i8 };
        *channel = Channel { bias: c.within(-500_000, 500_000) as i32, scale };
    }
    let [low, high] = if wide_out { [i16::MIN, i16::MAX] } else { [-128, 127] };
    let clamp = [if c.chance(50) { low } else { i16::from(out_zero_point) }, high];
    let epilogue = Epilogue { wide: wide_out, ..Epilogue::scaled(channels, Rounding::Double, out_zero_point, clamp) };
    (Step { name: "sparse".into(), work: Work::Sparse(sparse), input, output, epilogue: Some(epilogue) }, out_zero_point)
}

/// From no weight at all to all of them, with values of one codebook.
fn weights(c: &mut Choices, shape: &Shape, count: usize) -> Vec<i16> {
    let density = c.pick(&[0, 1, 10, 30, 60, 100]);
    let values: Vec<i16> = match shape.codebook_bits {
        0 => (-128..=127).collect(),
        bits => (1..1usize << bits).map(|_| c.within(-4096, 4095) as i16).collect(),
    };
    (0..count).map(|_| if c.chance(density) { c.pick(&values) } else { 0 }).collect()
}

/// Keeps of every row only the first weights with which sums over 16-bit activations stay within 32 bits, the bias included.
fn fit_wide(weights: &mut [i16], row: usize) {
    for row in weights.chunks_mut(row) {
        let mut left = 60_000;
        for w in row.iter_mut() {
            left -= i32::from(w.unsigned_abs());
            *w = if left < 0 { 0 } else { *w };
        }
    }
}

impl Program {
    /// The activation memory after one inference, by plain loops over the layers' own weights.
    pub fn kernels(&self, input: &[u8]) -> Vec<i8> {
        let lanes = self.accelerator.lanes;
        let mut memory = vec![0i8; ACTIVATION_WORDS * lanes];
        memory.iter_mut().zip(input).for_each(|(to, &from)| *to = from as i8);
        for step in &self.layers {
            let (Work::Sparse(sparse), Some(epilogue)) = (&step.work, &step.epilogue) else { continue };
            for pixel in 0..step.output.pixels() {
                let at = [pixel / step.output.width, pixel % step.output.width];
                let bytes = if epilogue.wide { 2 } else { 1 };
                for row in 0..step.output.words * lanes / bytes {
                    let sum = if row < sparse.out_channels { sum(sparse, &step.input, lanes, &memory, at, row) } else { 0 };
                    let channel = epilogue.channels[row];
                    let scaled = requantise(sum + channel.bias, channel.scale, epilogue.rounding) + i32::from(epilogue.zero_point);
                    let out = scaled.clamp(i32::from(epilogue.clamp[0]), i32::from(epilogue.clamp[1]));
                    let first = (step.output.base + pixel * step.output.stride) * lanes + row * bytes;
                    out.to_le_bytes()[..bytes].iter().enumerate().for_each(|(at, &byte)| memory[first + at] = byte as i8);
                }
            }
        }
        memory
    }
}

fn sum(sparse: &Sparse, input: &Region, lanes: usize, memory: &[i8], [oy, ox]: [usize; 2], row: usize) -> i32 {
    let [kh, kw] = sparse.window.kernel;
    let mut sum = 0;
    for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
        let (y, x) = ((oy + ky) as isize + sparse.window.origin[0], (ox + kx) as isize + sparse.window.origin[1]);
        if y < 0 || x < 0 || y >= input.height as isize || x >= input.width as isize {
            continue;
        }
        let pixel = (input.base + (y as usize * input.width + x as usize) * input.stride) * lanes;
        let weights = &sparse.weights[((row * kh + ky) * kw + kx) * sparse.in_channels..][..sparse.in_channels];
        let activation = |channel: usize| match sparse.wide {
            true => i32::from(i16::from_le_bytes([0, 1].map(|at| memory[pixel + 2 * channel + at] as u8))),
            false => i32::from(memory[pixel + channel]) - i32::from(sparse.pad_value),
        };
        sum += weights.iter().enumerate().map(|(channel, &w)| i32::from(w) * activation(channel)).sum::<i32>();
    }
    sum
}
