//! Layers without trained weights: pools, additions, and what moves channels about.

use super::builder::{Builder, window};
use super::calibrate::{self, Activation};
use crate::graph::fixed_point::quantise_multiplier;
use crate::graph::{Op, Output, Padding, TensorId, Window};
use fretwork_sim::kernels::Image;
use fretwork_sim::requantise::{Rounding, Scale};

/// What stands for 1 among the weights of a fractional displacement.
const ONE: f64 = 64.0;

impl Builder {
    /// Maximum of 3x3 or so, with a border.
    pub fn max_pool(&mut self, name: &str, input: TensorId, kernel: usize, stride: usize, border: usize) -> TensorId {
        self.max_pool_in(name, input, window(kernel, stride, border))
    }

    /// Maximum of windows of which the last may reach beyond the image: the output's size is rounded up, as Caffe does it.
    pub fn max_pool_rounded_up(&mut self, name: &str, input: TensorId, kernel: usize, stride: usize) -> TensorId {
        let Image { height, width, .. } = self.size(input);
        let beyond = |size: usize| (size.saturating_sub(kernel).div_ceil(stride) * stride + kernel).saturating_sub(size);
        let padding = Padding { top: 0, left: 0, bottom: beyond(height), right: beyond(width) };
        self.max_pool_in(name, input, Window { padding, ..window(kernel, stride, 0) })
    }

    fn max_pool_in(&mut self, name: &str, input: TensorId, window: Window) -> TensorId {
        let shape = self.windowed(input, &window, self.channels(input));
        self.node(name, Op::MaxPool { window, clamp: [-128, 127] }, &[input], shape, self.meaning(input))
    }

    pub fn average_pool(&mut self, name: &str, input: TensorId, kernel: usize, stride: usize, border: usize) -> TensorId {
        let window = window(kernel, stride, border);
        let shape = self.windowed(input, &window, self.channels(input));
        self.node(name, Op::AveragePool { window, clamp: [-128, 127] }, &[input], shape, self.meaning(input))
    }

    /// Mean of the whole image; its scale is such that twice the largest value fills the range.
    pub fn mean(&mut self, name: &str, input: TensorId) -> TensorId {
        let Image { height, width, channels } = self.size(input);
        let (scale, zero_point) = self.meaning(input);
        let pixels = (height * width) as f64;
        let mut sums = vec![0i32; channels];
        for pixel in self.values[input].chunks_exact(channels) {
            sums.iter_mut().zip(pixel).for_each(|(sum, a)| *sum += i32::from(*a) - zero_point);
        }
        let largest = f64::from(sums.iter().map(|sum| sum.abs()).max().unwrap_or(0).max(1)) / pixels;
        let range = if zero_point == -128 { 127.5 } else { 63.5 };
        let factor = quantise_multiplier(range / largest / pixels).unwrap_or(Scale::ZERO);
        let meaning = ((f64::from(scale) * largest / range) as f32, zero_point);
        self.node(name, Op::Mean { scale: factor }, &[input], vec![1, channels], meaning)
    }

    /// The image as one vector.
    pub fn flatten(&mut self, name: &str, input: TensorId) -> TensorId {
        let shape = vec![1, self.graph.tensors[input].len()];
        self.node(name, Op::Reshape, &[input], shape, self.meaning(input))
    }

    pub fn add(&mut self, name: &str, [a, b]: [TensorId; 2], activation: Activation) -> TensorId {
        let operand = |id: TensorId| (&self.graph.tensors[id], &self.values[id][..]);
        let (inputs, scale, output) = calibrate::addition([operand(a), operand(b)], activation);
        let shape = self.graph.tensors[a].shape.clone();
        self.node(name, Op::Add { inputs, output }, &[a, b], shape, (scale, activation.zero_point()))
    }

    pub fn concat(&mut self, name: &str, parts: &[TensorId]) -> TensorId {
        let Image { height, width, .. } = self.size(parts[0]);
        let channels = parts.iter().map(|part| self.channels(*part)).sum();
        self.node(name, Op::Concat, parts, vec![1, height, width, channels], self.meaning(parts[0]))
    }

    /// Channels `k`, `k + n`, `k + 2n` and so on become neighbours, `n` being the channels of a group: the transposed matrix of groups and channels.
    pub fn shuffle(&mut self, name: &str, input: TensorId, groups: usize) -> TensorId {
        let channels = self.channels(input);
        let own = channels / groups;
        self.select(name, input, (0..channels).map(|channel| channel % groups * own + channel / groups).collect())
    }

    /// The first `count` channels, and the others.
    pub fn split(&mut self, name: &str, input: TensorId, count: usize) -> [TensorId; 2] {
        let channels = self.channels(input);
        let first = self.select(&format!("{name}/left"), input, (0..count).collect());
        [first, self.select(&format!("{name}/right"), input, (count..channels).collect())]
    }

    fn select(&mut self, name: &str, input: TensorId, channels: Vec<usize>) -> TensorId {
        let Image { height, width, .. } = self.size(input);
        let shape = vec![1, height, width, channels.len()];
        self.node(name, Op::Select { channels }, &[input], shape, self.meaning(input))
    }

    /// Grouped shift: as many channels for every displacement within a square kernel, those left over stay where they are.
    pub fn displace(&mut self, name: &str, input: TensorId, kernel: usize) -> TensorId {
        let (channels, reach) = (self.channels(input), (kernel / 2) as i8);
        let own = channels / (kernel * kernel);
        let offset = |channel: usize| match channel.checked_div(own) {
            Some(group) if group < kernel * kernel => [(group / kernel) as i8 - reach, (group % kernel) as i8 - reach],
            _ => [0, 0],
        };
        let offsets = (0..channels).map(offset).collect();
        let shape = self.graph.tensors[input].shape.clone();
        self.node(name, Op::Displace { offsets }, &[input], shape, self.meaning(input))
    }

    /// Active shift: every channel displaced by two real numbers from -1 to 1, between four pixels by bilinear interpolation. It is a depthwise
    /// convolution with four weights that are not 0.
    pub fn active_shift(&mut self, name: &str, input: TensorId, stride: usize) -> TensorId {
        let (window, channels) = (window(3, stride, 1), self.channels(input));
        let shape = self.windowed(input, &window, channels);
        self.count(0, 2 * channels, 4 * channels * shape[1] * shape[2]);
        let shifts = self.random.reals(2 * channels, [-1.0, 1.0]);
        let mut weights = vec![0; 9 * channels];
        for (channel, shift) in shifts.chunks_exact(2).enumerate() {
            for (tap, weight) in bilinear([shift[0], shift[1]]) {
                weights[tap * channels + channel] = weight;
            }
        }
        let scales = quantise_multiplier(1.0 / ONE).into_iter().collect();
        let output = Output { bias: Vec::new(), scales, rounding: Rounding::Double, clamp: [-128, 127], thresholds: Vec::new() };
        self.node(name, Op::Depthwise { window, weights, output }, &[input], shape, self.meaning(input))
    }
}

/// The four taps of a 3x3 kernel between which a displacement lies, and their weights, which add up to 1.
fn bilinear(shift: [f64; 2]) -> [(usize, i8); 4] {
    let [y, x] = shift.map(|shift| (shift.floor().min(0.0), shift - shift.floor().min(0.0)));
    let at = |[dy, dx]: [usize; 2]| ((y.0 as isize + 1) as usize + dy) * 3 + (x.0 as isize + 1) as usize + dx;
    let part = |share: f64, second: usize| if second == 1 { share } else { 1.0 - share };
    let weight = |[dy, dx]: [usize; 2]| (ONE * part(y.1, dy) * part(x.1, dx)).round() as i8;
    let mut taps = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|corner| (at(corner), weight(corner)));
    let missing = ONE as i8 - taps.iter().map(|(_, weight)| weight).sum::<i8>();
    if let Some((_, weight)) = taps.iter_mut().max_by_key(|(_, weight)| *weight) {
        *weight += missing;
    }
    taps
}

#[cfg(test)]
mod tests {
    use super::bilinear;

    #[test]
    fn bilinear_taps_add_up_to_one_around_the_displacement() {
        assert_eq!(bilinear([0.0, 0.0]), [(4, 64), (5, 0), (7, 0), (8, 0)]);
        assert_eq!(bilinear([-1.0, 0.25]), [(1, 48), (2, 16), (4, 0), (5, 0)]);
        assert_eq!(bilinear([-0.5, 0.5]), [(1, 16), (2, 16), (4, 16), (5, 16)]);
        for step in 0..400 {
            let shift = [f64::from(step % 20) / 10.0 - 1.0, f64::from(step / 20) / 10.0 - 1.0];
            let taps = bilinear(shift);
            assert_eq!(taps.iter().map(|(_, weight)| i32::from(*weight)).sum::<i32>(), 64, "{shift:?}");
            assert!(taps.iter().all(|(tap, _)| *tap < 9), "{shift:?}");
        }
    }
}
