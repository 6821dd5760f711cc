//! Packing of a network's input: where a first convolution reads few channels, the host puts the pixels of one kernel row (or column) side
//! by side into a word, so that the array's rows are filled. It costs the host a copy and the hardware nothing.

use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Accelerator, Conv, Window};

/// Which taps lie side by side in a stored pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Pixels as they are.
    None,
    /// The taps of a kernel row.
    Row,
    /// The taps of a kernel column.
    Column,
}

/// A first convolution's geometry.
#[derive(Clone, Copy, Debug)]
pub struct First {
    /// Input rows, columns.
    pub image: [usize; 2],
    /// Input channels.
    pub channels: usize,
    /// Output rows, columns.
    pub out: [usize; 2],
    /// Output channels.
    pub out_channels: usize,
    /// The sliding window.
    pub window: Window,
}

impl First {
    /// The packing with the fewest cycles for weights `[out][kh][kw][in]`: words to load plus words through the array.
    pub fn best(&self, weights: &[i8], accelerator: &Accelerator) -> Packing {
        let choices = [Packing::None, Packing::Row, Packing::Column];
        choices.into_iter().min_by_key(|&packing| self.cycles(packing, weights, accelerator)).unwrap_or(Packing::None)
    }

    fn cycles(&self, packing: Packing, weights: &[i8], accelerator: &Accelerator) -> usize {
        let (image, in_channels, window) = self.packed(packing);
        let load = image[0] * image[1] * in_channels.div_ceil(accelerator.lanes);
        let (out_channels, weights) = (self.out_channels, self.weights(packing, weights));
        let conv = Conv { window, pad_value: 0, out_channels, in_channels, weights, rows_per_tile: 1 };
        load + Tiles::of(&conv, accelerator).count() * self.out[0] * self.out[1]
    }

    /// Stored image, channels per stored pixel and the remaining window.
    pub fn packed(&self, packing: Packing) -> ([usize; 2], usize, Window) {
        let mut window = self.window;
        let axis = match packing {
            Packing::None => return (self.image, self.channels, window),
            Packing::Row => 1,
            Packing::Column => 0,
        };
        let mut image = self.image;
        image[axis] = self.out[axis];
        let channels = self.channels * window.kernel[axis];
        window.kernel[axis] = 1;
        window.stride[axis] = 1;
        window.dilation[axis] = 1;
        window.origin[axis] = 0;
        (image, channels, window)
    }

    /// Element of the input tensor (or -1 outside the image) for every channel of every stored pixel.
    pub fn elements(&self, packing: Packing) -> Vec<i32> {
        let (image, _, _) = self.packed(packing);
        let taps = match packing {
            Packing::None => [1, 1],
            Packing::Row => [1, self.window.kernel[1]],
            Packing::Column => [self.window.kernel[0], 1],
        };
        let mut elements = Vec::new();
        for y in 0..image[0] {
            for x in 0..image[1] {
                for tap in 0..taps[0] * taps[1] {
                    let at = self.source(packing, y, x, tap);
                    for channel in 0..self.channels {
                        let element = at.map(|[y, x]| (y * self.image[1] + x) * self.channels + channel);
                        elements.push(element.map_or(-1, |e| e as i32));
                    }
                }
            }
        }
        elements
    }

    fn source(&self, packing: Packing, y: usize, x: usize, tap: usize) -> Option<[usize; 2]> {
        let w = &self.window;
        let along = |axis: usize, at: usize| {
            let position = (at * w.stride[axis] + tap * w.dilation[axis]) as isize + w.origin[axis];
            usize::try_from(position).ok().filter(|&p| p < self.image[axis])
        };
        match packing {
            Packing::None => Some([y, x]),
            Packing::Row => along(1, x).map(|x| [y, x]),
            Packing::Column => along(0, y).map(|y| [y, x]),
        }
    }

    /// Weights `[out][kh][kw][in]` rearranged for the packed input. A kernel row's taps and channels are adjacent already.
    pub fn weights(&self, packing: Packing, weights: &[i8]) -> Vec<i8> {
        if packing != Packing::Column {
            return weights.to_vec();
        }
        let [kh, kw] = self.window.kernel;
        let c = self.channels;
        let mut packed = Vec::with_capacity(weights.len());
        for out in weights.chunks(kh * kw * c) {
            for kx in 0..kw {
                for ky in 0..kh {
                    packed.extend(&out[(ky * kw + kx) * c..][..c]);
                }
            }
        }
        packed
    }
}
