//! Random programs for the binary core: a load, binary layers (and maximum pools of packed bits) one after the other, a store.

use fretwork_hdl::xnor::{XnorCore, correction};
use fretwork_hdl::{
    Accelerator, Binary, BitPlanes, Channel, Epilogue, Images, Kind, LaneOp, LaneWork, Region, Step, Window, Work, Xnor, core, shell,
};
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
    pub stages: usize,
    pub threshold_bits: usize,
    pub act_bits: usize,
    pub weight_bits: usize,
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
    let Shape { stages, act_bits, weight_bits, .. } = *shape;
    accelerator.xnor = Some(XnorCore { stages, weight_words: 16384, act_bits, weight_bits, ..XnorCore::new(shape.cols, shape.simd) });
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
    let mut planes = match c.below(4) {
        0 => BitPlanes::Packed { bipolar: c.chance(70) },
        1 => BitPlanes::Bipolar,
        _ => BitPlanes::Bytes { bits: 1 + c.below(8), signed: c.chance(50) },
    };
    let bipolar_input = planes == BitPlanes::Bipolar;
    let mut channels = words * per_word(planes, shape.lanes) - c.below(per_word(planes, shape.lanes));
    let (mut input, mut next) = (first, FIRST_OUTPUT);
    let mut layers: Vec<Step> = Vec::new();
    for _ in 0..1 + c.below(3) {
        let pools = matches!(planes, BitPlanes::Packed { .. }) && c.chance(25);
        let (step, next_planes, next_channels) =
            if pools { (pool(c, shape, input, next), planes, channels) } else { layer(c, shape, (input, planes, channels), next) };
        next += step.output.stride * step.output.pixels() + 3;
        let kind = if pools { Kind::Lane } else { Kind::Xnor };
        let unit = core(kind).expect("a core");
        unit.fits(&step, &accelerator).unwrap_or_else(|misfit| panic!("{misfit}"));
        configs.push(unit.encode(&step, &accelerator, &mut images));
        (input, planes, channels) = (step.output, next_planes, next_channels);
        let wide = step.epilogue.as_ref().is_some_and(|epilogue| epilogue.wide);
        layers.push(step);
        if wide {
            break;
        }
    }
    configs.push(shell::encode::store(&plain("store", Work::Store, input)));
    let last = configs.len() - 1;
    configs[last].last = true;
    configs.iter().for_each(|config| images.push_step(config));
    let bytes = first.pixels() * words * shape.lanes;
    let byte = |c: &mut Choices| if bipolar_input { if c.chance(50) { 1 } else { 255 } } else { c.below(256) as u8 };
    let inputs = (0..2).map(|_| (0..bytes).map(|_| byte(c)).collect()).collect();
    let stalls = if c.chance(50) { Stalls::NONE } else { Stalls { seed, probability: 0.3 } };
    Program { accelerator, images, layers, steps: configs.len(), inputs, stalls }
}

/// Activations of a word.
pub fn per_word(planes: BitPlanes, lanes: usize) -> usize {
    if matches!(planes, BitPlanes::Packed { .. }) { 8 * lanes } else { lanes }
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

fn pool(c: &mut Choices, shape: &Shape, input: Region, base: usize) -> Step {
    let (window, [height, width]) = window(c, &input);
    let output = Region { base, stride: input.words + c.below(2), height, width, words: input.words };
    let channels = vec![Channel { bias: 0, scale: Scale::ONE }; input.words * shape.lanes];
    let epilogue = Epilogue::scaled(channels, Rounding::Single, 0, [-128, 127]);
    Step { name: "or".into(), work: Work::Lane(LaneWork { op: LaneOp::Or, window, pad_value: 0 }), input, output, epilogue: Some(epilogue) }
}

fn layer(c: &mut Choices, shape: &Shape, (input, planes, in_channels): (Region, BitPlanes, usize), base: usize) -> (Step, BitPlanes, usize) {
    let lanes = shape.lanes;
    let (window, [height, width]) = window(c, &input);
    let acc_words = 1 + c.below(6);
    let out_channels = (acc_words - 1) * lanes + 1 + c.below(lanes);
    let weight_bits = if shape.weight_bits == 1 || c.chance(25) { 1 } else { 2 + c.below(shape.weight_bits - 1) };
    let half = 1 << (weight_bits - 1);
    let weight = |c: &mut Choices| match weight_bits {
        1 => {
            if c.chance(50) {
                1
            } else {
                -1
            }
        }
        // Both ends of the range often: there carries reach furthest.
        _ => [-half, half - 1, c.within(-half, half - 1)][c.below(3)] as i8,
    };
    let weights = (0..out_channels * window.kernel[0] * window.kernel[1] * in_channels).map(|_| weight(c)).collect();
    let pad_value = match planes {
        BitPlanes::Packed { bipolar: true } | BitPlanes::Bipolar if c.chance(40) => None,
        BitPlanes::Packed { .. } => Some(if c.chance(50) { -1 } else { 0 }),
        BitPlanes::Bipolar => Some(if c.chance(50) { -1 } else { 1 }),
        BitPlanes::Bytes { .. } => Some(c.below(256) as u8 as i8),
    };
    let xnor = Xnor { window, planes, pad_value, out_channels, in_channels, weight_bits, weights };
    let mut channels = vec![Channel::PAD; acc_words * lanes];
    for (channel, own) in channels.iter_mut().take(out_channels).enumerate() {
        let scale = Scale { multiplier: c.within(1 << 30, i64::from(i32::MAX)) as i32, shift: c.within(-6, -1) as i8 };
        *own = Channel { bias: (c.within(-40, 40) + correction(&xnor, channel)) as i32, scale };
    }
    let spread = 2 + (xnor.reduction() as f64).sqrt() as i64 * half * if let BitPlanes::Bytes { bits, .. } = planes { 1 << bits } else { 2 };
    let (epilogue, out_planes) = finish(c, shape, channels, out_channels, spread);
    let words = match epilogue.binary {
        Some(Binary::Bits) => out_channels.div_ceil(8 * lanes),
        _ => acc_words * if epilogue.wide { 2 } else { 1 },
    };
    let output = Region { base, stride: words + c.below(2), height, width, words };
    (Step { name: "xnor".into(), work: Work::Xnor(xnor), input, output, epilogue: Some(epilogue) }, out_planes, out_channels)
}

/// Requantised or compared with thresholds; the steps of a staircase lie within `spread` of 0.
fn finish(c: &mut Choices, shape: &Shape, channels: Vec<Channel>, used: usize, spread: i64) -> (Epilogue, BitPlanes) {
    if shape.threshold_bits == 0 || c.chance(30) {
        if shape.act_bits == 16 && c.chance(50) {
            let wide = Epilogue { wide: true, ..Epilogue::scaled(channels, Rounding::Double, 0, [i16::MIN, i16::MAX]) };
            return (wide, BitPlanes::Bipolar);
        }
        let mut scaled = Epilogue::scaled(channels, Rounding::Double, c.within(-5, 5) as i8, [-128, 127]);
        if c.chance(40) {
            scaled.affine = true;
            for channel in scaled.channels.iter_mut().take(used) {
                let multiplier = c.within(-(1 << 30), 1 << 30) as i32;
                *channel = Channel { bias: c.within(-(1 << 22), 1 << 22) as i32, scale: Scale { multiplier, shift: c.within(14, 24) as i8 } };
            }
        }
        return (scaled, BitPlanes::Bytes { bits: 8, signed: true });
    }
    let bits = if c.chance(50) { 1 } else { 1 + c.below(shape.threshold_bits) };
    let mut stairs = vec![Staircase::default(); channels.len()];
    for own in stairs.iter_mut().take(used) {
        let count = if c.chance(80) { (1 << bits) - 1 } else { c.below(1 << bits) };
        own.falling = c.chance(30);
        own.steps = (0..count).map(|_| c.within(-spread, spread) as i32).collect();
        own.steps.sort_unstable();
    }
    let scaled = Epilogue { stairs, ..Epilogue::scaled(channels, Rounding::Double, 0, [0, 127]) };
    match (bits, c.below(3)) {
        (1, 0) => (Epilogue { binary: Some(Binary::Bytes), clamp: [-1, 1], ..scaled }, BitPlanes::Bipolar),
        (1, _) => (Epilogue { binary: Some(Binary::Bits), clamp: [0, 1], ..scaled }, BitPlanes::Packed { bipolar: c.chance(70) }),
        _ => (scaled, BitPlanes::Bytes { bits, signed: false }),
    }
}
