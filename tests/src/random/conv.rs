//! Random convolutions and matrix products.

use super::scale::{Output, zero_point};
use super::zeros::Zeros;
use super::{Generator, Tensor, WORK, weights};
use fretwork_hdl::{Accelerator, Channel, Conv, Epilogue, Region, Step, Window, Work};
use fretwork_sim::kernels;
use fretwork_sim::requantise::Rounding;

/// Rounding modes, the commonest first.
pub(super) const ROUNDINGS: [Rounding; 4] = [Rounding::Double, Rounding::Single, Rounding::NearestEven, Rounding::Float];

impl Generator<'_> {
    /// Appends a convolution that fits the limits, or nothing.
    pub(super) fn conv(&mut self) {
        let input = self.input();
        let Some(window) = self.window(input, true) else { return };
        let source = self.case.tensors[input].clone();
        let image = source.image();
        let out_channels = self.choices.size(40);
        let out = window.output(image);
        let taps = window.kernel[0] * window.kernel[1];
        let bytes_in = source.map.last().map_or(1, |last| last + 1);
        let rows = if self.choices.chance(60) { out[0] } else { self.choices.size(out[0]) };
        let rows = rows.min(self.accelerator.acc_depth / out[1]);
        let tiles = taps * bytes_in.div_ceil(self.accelerator.rows) * out_channels.div_ceil(self.accelerator.cols);
        let work = out[0].div_ceil(rows) * tiles * (rows * out[1]).max(self.accelerator.rows);
        if work > WORK {
            return;
        }
        let mut weights = weights::draw(self.choices, &self.accelerator.stream, out_channels, taps * image.channels);
        let zeros = Zeros::draw(self.choices);
        // Zeros inside a vector would make another one of it.
        if self.accelerator.stream.codebook.is_none_or(|codebook| codebook.group == 1) {
            self.clear(&mut weights, &zeros, [out_channels, taps], &source.map);
        }
        let in_zero = zero_point(self.choices);
        let filters = || weights.chunks(taps * image.channels);
        let ranges: Vec<(i64, i64)> = filters().map(|filter| range(filter.iter().copied(), in_zero)).collect();
        let output = Output::draw_rounded(self.choices, &ranges);
        let compute = |values: &Vec<i8>| kernels::conv(values, image, i32::from(in_zero), &window, 1, &weights, &output.kernel());
        let values = source.values.iter().map(compute).collect();

        let mut spread = vec![0i8; out_channels * taps * bytes_in];
        for (index, &weight) in weights.iter().enumerate() {
            spread[index / image.channels * bytes_in + source.map[index % image.channels]] = weight;
        }
        let words = out_channels.div_ceil(self.accelerator.lanes);
        let region = self.place(out, words);
        let sums: Vec<i64> = filters().map(|filter| filter.iter().map(|&w| i64::from(w)).sum()).collect();
        let map: Vec<usize> = (0..out_channels).collect();
        let epilogue = output.hardware(&map, words * self.accelerator.lanes, |channel| i64::from(in_zero) * sums[channel]);
        let conv = Conv { window: hardware(&window), pad_value: in_zero, out_channels, in_channels: bytes_in, weights: spread, rows_per_tile: rows };
        self.push_tiles(&conv, source.region, region, &epilogue);
        self.complete(Tensor { region, map, values });
    }

    /// Makes weights `[out][tap][in]` zero that lie in tiles of the pattern; `map` is where the inputs lie within a pixel.
    fn clear(&self, weights: &mut [i8], zeros: &Zeros, [outs, taps]: [usize; 2], map: &[usize]) {
        let Accelerator { rows, cols, .. } = self.accelerator;
        let tiles = [outs.div_ceil(cols), taps, map.last().map_or(1, |last| last / rows + 1)];
        for (index, weight) in weights.iter_mut().enumerate() {
            let (out, tap, input) = (index / map.len() / taps / cols, index / map.len() % taps, map[index % map.len()] / rows);
            if zeros.contains([out, tiles[0]], [tap, tiles[1]], [input, tiles[2]]) {
                *weight = 0;
            }
        }
    }

    /// One step for the rows that fill whole tiles, one for those that remain.
    fn push_tiles(&mut self, conv: &Conv, input: Region, output: Region, epilogue: &Epilogue) {
        let whole = output.height / conv.rows_per_tile * conv.rows_per_tile;
        for (first, height, rows_per_tile) in [(0, whole, conv.rows_per_tile), (whole, output.height - whole, output.height - whole)] {
            if height == 0 {
                continue;
            }
            let mut part = Conv { rows_per_tile, ..conv.clone() };
            part.window.origin[0] += (first * part.window.stride[0]) as isize;
            let base = output.base + first * output.width * output.stride;
            let output = Region { base, height, ..output };
            let step = Step { name: "conv".into(), work: Work::Conv(part), input, output, epilogue: Some(epilogue.clone()) };
            self.push(step, None);
        }
    }
}

/// The kernels' window as the hardware takes it.
pub(super) fn hardware(window: &kernels::Window) -> Window {
    let origin = window.before.map(|before| -(before as isize));
    Window { kernel: window.kernel, stride: window.stride, dilation: window.dilation, origin }
}

/// Lowest and highest `sum (a - zero_point) * w`.
pub(super) fn range(weights: impl Iterator<Item = i8>, zero_point: i8) -> (i64, i64) {
    let (low, high) = (-128 - i64::from(zero_point), 127 - i64::from(zero_point));
    weights.map(i64::from).fold((0, 0), |(least, most), w| (least + (low * w).min(high * w), most + (low * w).max(high * w)))
}

impl Output {
    /// As [`Output::draw`], with any rounding mode and biases.
    pub(super) fn draw_rounded(choices: &mut crate::choices::Choices, ranges: &[(i64, i64)]) -> Output {
        let rounding = choices.pick(&ROUNDINGS);
        Output::draw(choices, rounding, ranges, true)
    }

    /// As the hardware takes it: parameters for every byte of a pixel, `correction(channel)` subtracted from the biases.
    pub(super) fn hardware(&self, map: &[usize], bytes: usize, correction: impl Fn(usize) -> i64) -> Epilogue {
        let mut channels = vec![Channel::PAD; bytes];
        for (channel, &byte) in map.iter().enumerate() {
            let bias = (i64::from(self.bias[channel]) - correction(channel)) as i32;
            channels[byte] = Channel { bias, scale: self.scales[channel] };
        }
        Epilogue::scaled(channels, self.rounding, self.zero_point, self.clamp.map(i16::from))
    }
}
