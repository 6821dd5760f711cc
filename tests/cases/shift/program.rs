//! Random programs for the shift core: a load, layers with weights of few terms one after the other, a store.

use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::shift::codes::signed_digits;
use fretwork_hdl::{Accelerator, Binary, Channel, Epilogue, Images, Kind, Region, Shift, Step, Window, Work, core, shell};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::Stalls;
use fretwork_sim::thresholds::Staircase;
use fretwork_tests::choices::Choices;

/// Words of activation memory of every program.
pub const ACTIVATION_WORDS: usize = 4096;
/// Address of the first layer's output; the input lies below.
const FIRST_OUTPUT: usize = 200;

/// The core's parameters that differ from suite to suite.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub lanes: usize,
    pub cols: usize,
    pub simd: usize,
    pub terms: usize,
    pub code_bits: usize,
    pub stages: usize,
    pub threshold_bits: usize,
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
    let mut accelerator = Accelerator::with_shape(shape.lanes, 4, 4.max(shape.lanes / 16));
    (accelerator.acc_depth, accelerator.activation_words) = (64, ACTIVATION_WORDS);
    (accelerator.weight_words, accelerator.lane_weight_words, accelerator.param_words, accelerator.steps) = (64, 4, 256, 8);
    (accelerator.threshold_bits, accelerator.threshold_words, accelerator.affine) = (shape.threshold_bits, 256, true);
    let Shape { terms, code_bits, stages, .. } = *shape;
    accelerator.shift = Some(ShiftCore { terms, code_bits, stages, weight_words: 16384, tables: 4, ..ShiftCore::new(shape.cols, shape.simd) });
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
    let mut channels = words * shape.lanes - c.below(shape.lanes);
    let (mut input, mut next) = (first, FIRST_OUTPUT);
    let mut layers: Vec<Step> = Vec::new();
    let unit = core(Kind::Shift).expect("a core");
    for _ in 0..1 + c.below(3) {
        let (step, out_channels) = layer(c, shape, input, channels, next);
        next += step.output.stride * step.output.pixels() + 3;
        unit.fits(&step, &accelerator).unwrap_or_else(|misfit| panic!("{misfit}"));
        configs.push(unit.encode(&step, &accelerator, &mut images));
        (input, channels) = (step.output, out_channels);
        layers.push(step);
    }
    configs.push(shell::encode::store(&plain("store", Work::Store, input)));
    let last = configs.len() - 1;
    configs[last].last = true;
    configs.iter().for_each(|config| images.push_step(config));
    let bytes = first.pixels() * words * shape.lanes;
    let byte = |c: &mut Choices| if c.chance(10) { 128 } else { c.below(256) as u8 };
    let inputs = (0..2).map(|_| (0..bytes).map(|_| byte(c)).collect()).collect();
    let stalls = if c.chance(50) { Stalls::NONE } else { Stalls { seed, probability: 0.3 } };
    Program { accelerator, images, layers, steps: configs.len(), inputs, stalls }
}

fn plain(name: &str, work: Work, region: Region) -> Step {
    Step { name: name.into(), work, input: region, output: region, epilogue: None }
}

/// A window that fits, and the output's height and width.
fn window(c: &mut Choices, input: &Region) -> (Window, [usize; 2]) {
    loop {
        let kernel = [1 + c.below(3), 1 + c.below(3)];
        let (stride, dilation) = ([1 + c.below(2), 1 + c.below(2)], [1 + c.below(2), 1 + c.below(2)]);
        let pad = c.below(3);
        let size = |d: usize, input: usize| (input + 2 * pad).checked_sub((kernel[d] - 1) * dilation[d] + 1).map(|room| room / stride[d] + 1);
        if let (Some(height), Some(width)) = (size(0, input.height), size(1, input.width)) {
            return (Window { kernel, stride, dilation, origin: [-(pad as isize); 2] }, [height, width]);
        }
    }
}

/// Weights as the layers of the literature have them: ternary with one scale or two, powers of two, and all that the core takes.
fn values(c: &mut Choices, shape: &Shape) -> Vec<i8> {
    let fits = |weight: &i8| *weight != 0 && signed_digits(*weight).len() <= shape.terms;
    let all: Vec<i8> = (i8::MIN..=i8::MAX).filter(fits).collect();
    let most = ((1 << shape.code_bits) - 1).min(all.len());
    let powers: Vec<i8> = all.iter().copied().filter(|weight| signed_digits(*weight).len() == 1).collect();
    let (count, from) = match c.below(3) {
        0 => (2, &all),
        1 => (1 + c.below(most.min(powers.len())), &powers),
        _ => (1 + c.below(most), &all),
    };
    (0..count).map(|_| from[c.below(from.len())]).collect()
}

fn layer(c: &mut Choices, shape: &Shape, input: Region, in_channels: usize, base: usize) -> (Step, usize) {
    let lanes = shape.lanes;
    let (window, [height, width]) = window(c, &input);
    let words = 1 + c.below(6);
    let out_channels = (words - 1) * lanes + 1 + c.below(lanes);
    let values = values(c, shape);
    let count = out_channels * window.kernel[0] * window.kernel[1] * in_channels;
    let weights = (0..count).map(|_| if c.chance(30) { 0 } else { values[c.below(values.len())] }).collect();
    let shift = Shift { window, pad_value: c.below(256) as u8 as i8, out_channels, in_channels, weights };
    let mut channels = vec![Channel::PAD; words * lanes];
    for own in channels.iter_mut().take(out_channels) {
        let scale = Scale { multiplier: c.within(1 << 30, i64::from(i32::MAX)) as i32, shift: c.within(-13, -4) as i8 };
        *own = Channel { bias: c.within(-2000, 2000) as i32, scale };
    }
    let epilogue = finish(c, shape, channels, out_channels);
    let output = Region { base, stride: words + c.below(2), height, width, words };
    (Step { name: "shift".into(), work: Work::Shift(shift), input, output, epilogue: Some(epilogue) }, out_channels)
}

/// Requantised, multiplied before the bias, or compared with thresholds.
fn finish(c: &mut Choices, shape: &Shape, channels: Vec<Channel>, used: usize) -> Epilogue {
    let mut scaled = Epilogue::scaled(channels, Rounding::Double, c.within(-5, 5) as i8, [-128, 127]);
    if shape.threshold_bits == 0 || c.chance(60) {
        if c.chance(30) {
            scaled.affine = true;
            for channel in scaled.channels.iter_mut().take(used) {
                let multiplier = c.within(-(1 << 30), 1 << 30) as i32;
                *channel = Channel { bias: c.within(-(1 << 22), 1 << 22) as i32, scale: Scale { multiplier, shift: c.within(22, 32) as i8 } };
            }
        }
        return scaled;
    }
    let bits = 1 + c.below(shape.threshold_bits);
    scaled.stairs = vec![Staircase::default(); scaled.channels.len()];
    for own in scaled.stairs.iter_mut().take(used) {
        own.falling = c.chance(30);
        own.steps = (0..(1 << bits) - 1).map(|_| c.within(-3000, 3000) as i32).collect();
        own.steps.sort_unstable();
    }
    let binary = (bits == 1 && c.chance(50)).then_some(Binary::Bytes);
    Epilogue { clamp: if binary.is_some() { [-1, 1] } else { [0, 127] }, binary, zero_point: 0, ..scaled }
}
