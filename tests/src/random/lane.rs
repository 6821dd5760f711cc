//! Random lane work: depthwise convolution, pools, padding, mean, addition, table.

use super::conv::{hardware, range};
use super::data::Data;
use super::scale::{Output, clamp, zero_point};
use super::{Generator, Tensor, WORK};
use fretwork_hdl::{Channel, Epilogue, LaneOp, LaneWork, Operand, Region, Step, Window, Work};
use fretwork_sim::kernels;
use fretwork_sim::requantise::{Rounding, Scale, prove_average};

/// A layer for the lanes before it is placed.
struct Layer {
    work: LaneWork,
    epilogue: Epilogue,
    image: [usize; 2],
    values: Vec<Vec<i8>>,
}

impl Generator<'_> {
    /// Appends lane work that fits the limits, or nothing.
    pub(super) fn lane(&mut self) {
        let input = self.input();
        let layer = match self.choices.below(9) {
            0 => Some(self.table(input)),
            1 => self.max(input),
            2 | 3 => self.depthwise(input),
            4 => self.average(input),
            5 => self.mean(input),
            6 => self.pad(input),
            _ => Some(self.add(input)),
        };
        let Some(Layer { work, epilogue, image, values }) = layer else { return };
        let Tensor { region: source, map, .. } = self.case.tensors[input].clone();
        let region = self.place(image, source.words);
        let step = Step { name: "lane".into(), work: Work::Lane(work), input: source, output: region, epilogue: Some(epilogue) };
        self.push(step, None);
        self.complete(Tensor { region, map, values });
    }

    fn lane_window(&mut self, input: usize, dilates: bool) -> Option<kernels::Window> {
        let window = self.window(input, dilates)?;
        let tensor = &self.case.tensors[input];
        let out = window.output(tensor.image());
        let operands = out[0] * out[1] * window.kernel[0] * window.kernel[1] * tensor.region.words;
        (operands <= WORK).then_some(window)
    }

    fn bytes(&self, region: Region) -> usize {
        region.words * self.accelerator.lanes
    }

    /// Values pass unchanged but for the clamp.
    fn identity(&self, input: usize, scale: Scale, clamp: [i8; 2]) -> Epilogue {
        let tensor = &self.case.tensors[input];
        let mut channels = vec![Channel::PAD; self.bytes(tensor.region)];
        tensor.map.iter().for_each(|&byte| channels[byte].scale = scale);
        Epilogue::scaled(channels, Rounding::Single, 0, clamp.map(i16::from))
    }

    fn max(&mut self, input: usize) -> Option<Layer> {
        let window = self.lane_window(input, true)?;
        let clamp = clamp(self.choices, 0);
        let tensor = &self.case.tensors[input];
        let values = tensor.values.iter().map(|v| kernels::max_pool(v, tensor.image(), &window, clamp)).collect();
        let work = LaneWork { op: LaneOp::Max, window: hardware(&window), pad_value: i8::MIN };
        Some(Layer { work, epilogue: self.identity(input, Scale::ONE, clamp), image: window.output(tensor.image()), values })
    }

    fn pad(&mut self, input: usize) -> Option<Layer> {
        let sides = [0; 4].map(|_| self.choices.below(4));
        let (before, after) = ([sides[0], sides[1]], [sides[2], sides[3]]);
        let zero = zero_point(self.choices);
        let tensor = &self.case.tensors[input];
        let window = kernels::Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], before, after };
        let image = window.output(tensor.image());
        let values = tensor.values.iter().map(|v| kernels::pad(v, tensor.image(), zero, before, after)).collect();
        let work = LaneWork { op: LaneOp::Max, window: hardware(&window), pad_value: zero };
        let fits = image[1] <= self.accelerator.acc_depth && image[0] * image[1] * tensor.region.words <= WORK;
        fits.then(|| Layer { work, epilogue: self.identity(input, Scale::ONE, [i8::MIN, i8::MAX]), image, values })
    }

    fn depthwise(&mut self, input: usize) -> Option<Layer> {
        let window = self.lane_window(input, true)?;
        let lanes = self.accelerator.lanes;
        let Tensor { region, map, .. } = self.case.tensors[input].clone();
        let (count, taps) = (map.len(), window.kernel[0] * window.kernel[1]);
        let weights = Data::draw(self.choices).values(0, taps * count);
        let zero = zero_point(self.choices);
        let filter = |channel: usize| weights[channel..].iter().step_by(count).copied();
        let ranges: Vec<(i64, i64)> = (0..count).map(|channel| range(filter(channel), zero)).collect();
        let output = Output::draw_rounded(self.choices, &ranges);
        let mut spread = vec![0i8; region.words * taps * lanes];
        for (channel, &byte) in map.iter().enumerate() {
            for (tap, weight) in filter(channel).enumerate() {
                spread[((byte / lanes) * taps + tap) * lanes + byte % lanes] = weight;
            }
        }
        let correction = |channel: usize| i64::from(zero) * filter(channel).map(i64::from).sum::<i64>();
        let epilogue = output.hardware(&map, self.bytes(region), correction);
        let tensor = &self.case.tensors[input];
        let compute = |v: &Vec<i8>| kernels::depthwise(v, tensor.image(), i32::from(zero), &window, &weights, &output.kernel());
        let work = LaneWork { op: LaneOp::Mac { weights: spread }, window: hardware(&window), pad_value: zero };
        Some(Layer { work, epilogue, image: window.output(tensor.image()), values: tensor.values.iter().map(compute).collect() })
    }

    /// The parameters depend on the operand count when the window leaves the image, and now and then when it does not.
    fn average(&mut self, input: usize) -> Option<Layer> {
        let window = self.lane_window(input, false)?;
        let clamp = clamp(self.choices, 0);
        let taps = window.kernel[0] * window.kernel[1];
        let scale = |count: usize| prove_average(count as u32).expect("small windows have an exact division");
        let by_count = window.before != [0, 0] || window.after != [0, 0] || self.choices.chance(30);
        let mut epilogue = self.identity(input, scale(taps), clamp);
        if by_count {
            let words = (1..=taps).map(|count| vec![Channel { bias: 0, scale: scale(count) }; self.accelerator.lanes]);
            epilogue.channels = vec![Channel::PAD; self.accelerator.lanes];
            epilogue.channels.extend(words.flatten());
            epilogue.by_count = true;
        }
        let tensor = &self.case.tensors[input];
        let values = tensor.values.iter().map(|v| kernels::average_pool(v, tensor.image(), &window, clamp)).collect();
        let work = LaneWork { op: LaneOp::Sum, window: hardware(&window), pad_value: 0 };
        Some(Layer { work, epilogue, image: window.output(tensor.image()), values })
    }

    fn mean(&mut self, input: usize) -> Option<Layer> {
        let zero = zero_point(self.choices);
        let Tensor { region, map, values } = self.case.tensors[input].clone();
        let count = region.pixels() as i64;
        if region.pixels() * region.words > WORK {
            return None;
        }
        let ends = (count * (-128 - i64::from(zero)), count * (127 - i64::from(zero)));
        let mut output = Output::draw(self.choices, Rounding::Double, &[ends], false);
        output.clamp = [i8::MIN, i8::MAX];
        let image = self.case.tensors[input].image();
        let values = values.iter().map(|v| kernels::mean(v, image, i32::from(zero), &output.kernel())).collect();
        let (bias, scales) = (vec![0; map.len()], vec![output.scales[0]; map.len()]);
        let epilogue = Output { bias, scales, ..output }.hardware(&map, self.bytes(region), |_| i64::from(zero) * count);
        let window = Window { kernel: [region.height, region.width], ..Window::POINT };
        let work = LaneWork { op: LaneOp::Sum, window, pad_value: 0 };
        Some(Layer { work, epilogue, image: [1, 1], values })
    }

    /// The sum with a tensor that lies alike: another one, or the tensor itself.
    fn add(&mut self, input: usize) -> Layer {
        let first = self.case.tensors[input].clone();
        let alike = |t: &Tensor| {
            let (a, b) = (first.region, t.region);
            t.map == first.map && (a.height, a.width, a.stride, a.words) == (b.height, b.width, b.stride, b.words)
        };
        let others: Vec<usize> = (0..self.case.tensors.len()).filter(|&t| t != input && alike(&self.case.tensors[t])).collect();
        let partner = if !others.is_empty() && self.choices.chance(80) { self.choices.pick(&others) } else { input };
        let second = self.case.tensors[partner].clone();
        let mut operand = || {
            let (bits, zeros) = (self.choices.pick(&[31, 31, 15, 8]), self.choices.pick(&[0, 7, 10]));
            let multiplier = (self.choices.below(1 << bits) as i32) >> zeros << zeros;
            let scale = Scale { multiplier, shift: -self.choices.pick(&[0, 1, 4, 31]) };
            Operand { zero_point: zero_point(self.choices), scale }
        };
        let operands = [operand(), operand()];
        let largest: i64 = operands.iter().map(|o| ((255 * i64::from(o.scale.multiplier)) >> 11 >> -o.scale.shift) + 2).sum();
        let output = Output::draw(self.choices, Rounding::Double, &[(-largest, largest)], false);
        let (zeros, scales) = (operands.map(|o| i32::from(o.zero_point)), operands.map(|o| o.scale));
        let sum = |(a, b): (&Vec<i8>, &Vec<i8>)| kernels::add([a, b], zeros, scales, &output.kernel());
        let values = first.values.iter().zip(&second.values).map(sum).collect();
        let (bias, scales) = (vec![0; first.map.len()], vec![output.scales[0]; first.map.len()]);
        let epilogue = Output { bias, scales, ..output.clone() }.hardware(&first.map, self.bytes(first.region), |_| 0);
        let work = LaneWork { op: LaneOp::Add { second: second.region, operands }, window: Window::POINT, pad_value: 0 };
        Layer { work, epilogue, image: [first.region.height, first.region.width], values }
    }

    fn table(&mut self, input: usize) -> Layer {
        let index = self.choices.below(2);
        let table: [i8; 256] = std::array::from_fn(|entry| self.case.images.tables[index * 256 + entry]);
        let tensor = &self.case.tensors[input];
        let values = tensor.values.iter().map(|v| kernels::table(v, &table)).collect();
        let epilogue = self.identity(input, Scale::ONE, [i8::MIN, i8::MAX]);
        let work = LaneWork { op: LaneOp::Table { index }, window: Window::POINT, pad_value: 0 };
        Layer { work, epilogue, image: [tensor.region.height, tensor.region.width], values }
    }
}
