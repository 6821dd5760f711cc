//! What tiles of zeros cost: nothing. Layers whose cycles are known from others', on kernels, simulator and Verilog.

use fretwork_hdl::systolic::{Tiles, WeightStream};
use fretwork_hdl::{Channel, Conv, Epilogue, Images, Kind, Region, Step, Timing, Window, Work, core, shell};
use fretwork_sim::kernels::{self, Image};
use fretwork_sim::requantise::{Rounding, Scale};
use fretwork_sim::stalls::{Stalls, splitmix};
use fretwork_tests::random::{Case, Tensor, accelerator};
use fretwork_tests::suite::{check, simulate};
use fretwork_tests::verilog::Models;

/// Plain, and with several slices and banks in a word.
const SHAPES: [[usize; 3]; 3] = [[8, 8, 8], [16, 4, 8], [32, 16, 8]];
/// Rows and columns of the image: more pixels than it takes to fetch a step.
const IMAGE: [usize; 2] = [8, 6];
const SCALE: Scale = Scale { multiplier: 1 << 30, shift: -7 };

/// A convolution over the image, which is padded to keep its size. Tiles for which `zero(output tile, tap, input tile)` holds are zeros.
struct Layer<'a> {
    kernel: usize,
    /// Input and output tiles.
    tiles: [usize; 2],
    rows_per_tile: usize,
    zero: &'a dyn Fn(usize, usize, usize) -> bool,
}

/// Load, the layer, store.
fn program(shape: [usize; 3], layer: &Layer) -> Case {
    let accelerator = accelerator(shape, WeightStream::PLAIN);
    let [lanes, rows, cols] = shape;
    let Layer { kernel, tiles: [in_tiles, out_tiles], rows_per_tile, zero } = *layer;
    let (inputs, outputs, taps) = (in_tiles * rows, out_tiles * cols, kernel * kernel);
    let [height, width] = IMAGE;
    let weight = |at: usize| {
        let tile = [at / inputs / taps / cols, at / inputs % taps, at % inputs / rows];
        if zero(tile[0], tile[1], tile[2]) { 0 } else { (splitmix(at as u64) % 7) as i8 - 3 }
    };
    let weights: Vec<i8> = (0..outputs * taps * inputs).map(weight).collect();
    let region = |base: usize, channels: usize| {
        let words = channels.div_ceil(lanes);
        Region { base, stride: words, height, width, words }
    };
    let (input, output) = (region(3, inputs), region(1 << 12, outputs));
    let bias: Vec<i32> = (0..outputs as i32).map(|channel| channel * 40 - 300).collect();
    let image = Image { height, width, channels: inputs };
    let window = kernels::Window { kernel: [kernel; 2], stride: [1, 1], dilation: [1, 1], before: [kernel / 2; 2], after: [kernel / 2; 2] };
    let values: Vec<i8> = (0..height * width * inputs).map(|at| splitmix(!(at as u64)) as i8).collect();
    let scales = vec![SCALE; outputs];
    let finish = kernels::Epilogue::scaled(&bias, &scales, Rounding::Double, 0, [-128, 127]);
    let computed = kernels::conv(&values, image, 0, &window, 1, &weights, &finish);

    let mut channels = vec![Channel::PAD; output.words * lanes];
    channels.iter_mut().zip(&bias).for_each(|(channel, &bias)| *channel = Channel { bias, scale: SCALE });
    let epilogue = Epilogue::scaled(channels, Rounding::Double, 0, [-128, 127]);
    let origin = [-((kernel / 2) as isize); 2];
    let window = Window { kernel: [kernel; 2], origin, ..Window::POINT };
    let conv = Conv { window, pad_value: 0, out_channels: outputs, in_channels: inputs, weights, rows_per_tile };
    let step = |name: &str, work, input, output, epilogue| Step { name: name.into(), work, input, output, epilogue };
    let steps = vec![
        step("load", Work::Load, input, input, None),
        step("conv", Work::Conv(conv), input, output, Some(epilogue)),
        step("store", Work::Store, output, output, None),
    ];
    let mut images = Images { tables: vec![0; 512], ..Images::default() };
    let array = core(Kind::Systolic).expect("a core");
    let mut store = shell::encode::store(&steps[2]);
    store.last = true;
    let configs = [shell::encode::load(&steps[0]), array.encode(&steps[1], &accelerator, &mut images), store];
    configs.iter().for_each(|config| images.push_step(config));
    let stream = values.chunks(inputs).flat_map(|pixel| pixel.iter().map(|v| *v as u8).chain(std::iter::repeat_n(0, input.words * lanes - inputs)));
    let inputs_of_run = vec![stream.collect()];
    let tensor = |region: Region, channels: usize, values: &[i8]| Tensor { region, map: (0..channels).collect(), values: vec![values.to_vec()] };
    let tensors = vec![tensor(input, inputs, &values), tensor(output, outputs, &computed)];
    Case { accelerator, steps, completes: vec![Some(0), Some(1), Some(1)], tensors, images, inputs: inputs_of_run, stalls: Stalls::NONE }
}

/// Timing of the layer, on which kernels, simulator and Verilog agree, and its tiles.
fn run(shape: [usize; 3], layer: &Layer, models: &mut Models) -> (Timing, usize) {
    let case = program(shape, layer);
    let recording = simulate(&case).unwrap_or_else(|reason| panic!("{shape:?}: {reason}"));
    check(&case, &recording, models).unwrap_or_else(|reason| panic!("{shape:?}: {reason}"));
    let machine = fretwork_hdl::Machine::new(&case.accelerator, &case.images).expect("a program");
    let timing = machine.time(1, Stalls::NONE).expect("cycles without values")[1];
    let Work::Conv(conv) = &case.steps[1].work else { unreachable!("the second step is the layer") };
    (timing, Tiles::of(conv, &case.accelerator).count())
}

/// Cycles from launch to last write.
fn cycles(timing: &Timing) -> u64 {
    timing.end - timing.start
}

const DENSE: &dyn Fn(usize, usize, usize) -> bool = &|_, _, _| false;

#[test]
fn a_skipped_all_zero_tile_costs_zero_cycles() {
    let mut models = Models::default();
    for shape in SHAPES {
        // As many pixels in a tile as the image has; fewer than the array has rows or as few as rows.
        for rows_per_tile in [8, 1] {
            let some: &dyn Fn(usize, usize, usize) -> bool = &|out, _, input| [[0, 3, 4], [2, 6, 7], [1, 2, 3]][out].contains(&input);
            let (sparse, tiles) = run(shape, &Layer { kernel: 1, tiles: [8, 3], rows_per_tile, zero: some }, &mut models);
            let (dense, fewer) = run(shape, &Layer { kernel: 1, tiles: [5, 3], rows_per_tile, zero: DENSE }, &mut models);
            assert_eq!((tiles, fewer), (15, 15));
            assert_eq!(cycles(&sparse), cycles(&dense), "{shape:?}, {rows_per_tile} rows per tile");
            assert_eq!((sparse.busy, sparse.weight_words, sparse.stalled), (dense.busy, dense.weight_words, dense.stalled));
        }
    }
}

#[test]
fn an_output_tile_of_zeros_costs_one_tile() {
    let mut models = Models::default();
    for shape in SHAPES {
        let middle: &dyn Fn(usize, usize, usize) -> bool = &|out, _, _| out == 1;
        let (timing, tiles) = run(shape, &Layer { kernel: 3, tiles: [2, 3], rows_per_tile: 4, zero: middle }, &mut models);
        assert_eq!((tiles, timing.weight_words), (37, 2 * 37 * shape[1] as u64));
        let (timing, tiles) = run(shape, &Layer { kernel: 3, tiles: [2, 3], rows_per_tile: 4, zero: &|_, _, _| true }, &mut models);
        let (point, all) = run(shape, &Layer { kernel: 1, tiles: [1, 3], rows_per_tile: 4, zero: DENSE }, &mut models);
        assert_eq!((tiles, cycles(&timing)), (all, cycles(&point)), "{shape:?}");
    }
}

#[test]
fn a_grouped_convolution_has_no_waste() {
    let mut models = Models::default();
    for shape in SHAPES {
        let groups = 4;
        let off_diagonal: &dyn Fn(usize, usize, usize) -> bool = &|out, _, input| out / 2 != input / 3;
        let (grouped, tiles) = run(shape, &Layer { kernel: 1, tiles: [3 * groups, 2 * groups], rows_per_tile: 8, zero: off_diagonal }, &mut models);
        let (group, own) = run(shape, &Layer { kernel: 1, tiles: [3, 2], rows_per_tile: 8, zero: DENSE }, &mut models);
        let groups = groups as u64;
        assert_eq!((tiles as u64, grouped.weight_words), (groups * own as u64, groups * group.weight_words));
        assert_eq!((grouped.busy, grouped.stalled.weights), (groups * group.busy, groups * group.stalled.weights));
        // The pipeline is filled and drained once.
        let pipeline = group.stalled.pipeline;
        assert_eq!(cycles(&grouped) - pipeline, groups * (cycles(&group) - pipeline), "{shape:?}");
    }
}

#[test]
fn a_shift_convolution_costs_exactly_the_cycles_of_its_1x1_convolution() {
    let mut models = Models::default();
    for shape in SHAPES {
        for rows_per_tile in [8, 1] {
            // Input tiles 0 to 8 have the taps 0 to 8: their channels are shifted by one pixel in every direction.
            let shifted: &dyn Fn(usize, usize, usize) -> bool = &|_, tap, input| tap != input;
            let (shift, tiles) = run(shape, &Layer { kernel: 3, tiles: [9, 2], rows_per_tile, zero: shifted }, &mut models);
            let (point, own) = run(shape, &Layer { kernel: 1, tiles: [9, 2], rows_per_tile, zero: DENSE }, &mut models);
            assert_eq!(tiles, own);
            assert_eq!(cycles(&shift), cycles(&point), "{shape:?}, {rows_per_tile} rows per tile");
            assert_eq!((shift.busy, shift.weight_words, shift.stalled), (point.busy, point.weight_words, point.stalled));
        }
    }
}
