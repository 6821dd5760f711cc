//! Steps of average pools and means: sums on the lanes, divided by the epilogue.

use super::accumulate::check_range;
use super::error::PlanError;
use super::layers::Layer;
use super::steps::Builder;
use fretwork_hdl::{Channel, Epilogue, LaneOp, Window};
use fretwork_sim::requantise::{Rounding, Scale, prove_average};

impl Builder<'_> {
    pub(super) fn average(&mut self, layer: &Layer, window: Window, clamp: [i8; 2]) -> Result<(), PlanError> {
        let taps = window.kernel[0] * window.kernel[1];
        let scale = |count: usize| {
            prove_average(count as u32)
                .ok_or_else(|| PlanError::unsupported(&layer.name, format!("no exact division by {count}"), "a smaller window"))
        };
        let (input, output) = (self.region(layer.inputs[0]), self.region(layer.output));
        let reaches = |axis: usize, pixels: usize, size: usize| {
            let last = window.origin[axis] + ((pixels - 1) * window.stride[axis] + window.kernel[axis] - 1) as isize;
            window.origin[axis] < 0 || last >= size as isize
        };
        let padded = reaches(0, output.height, input.height) || reaches(1, output.width, input.width);
        let mut epilogue = self.identity(layer, clamp);
        if padded {
            // One parameter word per operand count; the counts of a padded window differ from pixel to pixel.
            let mut channels = vec![Channel::PAD; self.accelerator.lanes];
            for count in 1..=taps {
                channels.extend(vec![Channel { bias: 0, scale: scale(count)? }; self.accelerator.lanes]);
            }
            epilogue.channels = channels;
            epilogue.by_count = true;
        } else {
            let channels = vec![Channel { bias: 0, scale: scale(taps)? }; self.map(layer.output).len()];
            epilogue.channels = self.spread(layer.output, &channels, Channel::PAD);
        }
        self.lane(layer, LaneOp::Sum, window, 0, epilogue);
        Ok(())
    }

    pub(super) fn mean(&mut self, layer: &Layer, scale: Scale) -> Result<(), PlanError> {
        let input = self.region(layer.inputs[0]);
        let zero_point = i32::from(self.zero_point(layer.inputs[0]));
        let count = input.pixels() as i32;
        let ends = [-128 - zero_point, 127 - zero_point].map(|end| i64::from(count) * i64::from(end));
        check_range(&layer.name, 0, ends[0], ends[1], scale, Rounding::Double)?;
        let channel = Channel { bias: -zero_point * count, scale };
        let channels = self.spread(layer.output, &vec![channel; self.map(layer.output).len()], Channel::PAD);
        let (zero_point, clamp) = (self.zero_point(layer.output), [-128, 127]);
        let epilogue = Epilogue::scaled(channels, Rounding::Double, zero_point, clamp);
        let window = Window { kernel: [input.height, input.width], ..Window::POINT };
        self.lane(layer, LaneOp::Sum, window, 0, epilogue);
        Ok(())
    }
}
