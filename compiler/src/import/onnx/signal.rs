//! What a value of the model is while the importer walks over it: a stored integer activation or an accumulator, and the float functions
//! between it and the value. Nothing is computed until a quantiser says which integers come out.

use std::ops::Range;
use std::rc::Rc;

use super::constant::Constant;
use super::link::{self, Link, Side};
use super::lower::{Lowered, refuse};
use crate::graph::{TensorId, Window};

/// Where the integers come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A float input of the network, not yet quantised.
    Input(usize),
    /// `stored - zero point` of an activation.
    Tensor(TensorId),
    /// The accumulator of a weighted operation that has not been emitted yet.
    Sums(Rc<Sums>),
    /// Two activations added element by element, each behind its own chain.
    Pair(Rc<[Signal; 2]>),
    /// Signals one after the other along the channels.
    Concat(Rc<Vec<Signal>>),
    /// The pixels of every block of so many rows and columns, row by row, each by itself: what DepthToSpace makes of sums.
    Space(Rc<Vec<Signal>>),
}

/// A weighted operation whose output is not known yet.
#[derive(Debug)]
pub struct Sums {
    pub kind: SumsKind,
    pub input: TensorId,
    /// In the order of the graph's operation.
    pub weights: Vec<i8>,
    /// Added to the accumulator; empty when there is none.
    pub bias: Vec<i32>,
    /// What each channel's accumulator can be, the bias included.
    pub reach: Vec<[i32; 2]>,
}

/// Which weighted operation.
#[derive(Clone, Copy, Debug)]
pub enum SumsKind {
    Conv(Window),
    /// A convolution whose channels are divided into so many groups.
    Grouped(Window, usize),
    Depthwise(Window),
    /// A depthwise convolution with weights 1, whose float sum the runtime divides; `global` is one window over the whole image.
    Average {
        window: Window,
        global: bool,
    },
    FullyConnected,
}

impl Sums {
    /// How far a runtime's float sum may be from the exact one, in units of the accumulator, where the scale is no power of two.
    ///
    /// Averages have few terms, and sums that often lie on a step: there it is a bound. Elsewhere it tells sums on a step from others.
    pub fn float_error(&self) -> f32 {
        const STEP: f32 = 1.0 / (1 << 20) as f32;
        let largest = self.reach.iter().flatten().map(|acc| acc.unsigned_abs()).max().unwrap_or(0) as f32;
        match self.kind {
            SumsKind::Average { window, .. } => (window.kernel[0] * window.kernel[1] + 4) as f32 * largest * f32::EPSILON / 2.0,
            SumsKind::Conv(_) | SumsKind::Grouped(..) | SumsKind::Depthwise(_) | SumsKind::FullyConnected => STEP,
        }
    }
}

/// How the stored order of the elements relates to the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// It is the same.
    Same,
    /// The model's order is channel, row, column (sizes `[c, h, w]`), the stored one row, column, channel.
    Image([usize; 3]),
}

/// A maximum over windows that stands between links of the chain.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How many links come before it.
    pub after: usize,
    pub window: Window,
    /// Shape as stored, after it.
    pub stored: Vec<usize>,
}

/// A value of the model.
#[derive(Clone, Debug)]
pub struct Signal {
    pub source: Source,
    /// Shape of the source's elements as stored, before any pool.
    pub stored: Vec<usize>,
    /// Shape in the model.
    pub shape: Vec<usize>,
    pub layout: Layout,
    pub chain: Vec<Link>,
    pub pools: Vec<Pool>,
    /// Integers of the model (QuantizeLinear's result, say), not real numbers; the chain is then empty.
    pub raw: bool,
}

impl Signal {
    /// Shape as stored, after all pools.
    pub fn stored_now(&self) -> &[usize] {
        self.pools.last().map_or(&self.stored, |pool| &pool.stored)
    }

    /// Stored channels.
    pub fn channels(&self) -> usize {
        self.stored.last().copied().unwrap_or(1)
    }

    /// Whether all channels have the same functions.
    pub fn is_uniform(&self) -> bool {
        self.chain.iter().all(Link::is_uniform)
    }

    /// Whether part of the chain is computed only approximately.
    pub fn is_approximate(&self) -> bool {
        self.chain.iter().any(Link::is_approximate)
    }

    /// The value of integer `x` in a channel.
    pub fn value(&self, x: i32, channel: usize, side: Side) -> f32 {
        link::apply(&self.chain, x as f32, channel, side)
    }

    /// With one more function.
    pub fn linked(&self, link: Link) -> Signal {
        let mut signal = self.clone();
        signal.chain.push(link);
        signal
    }

    /// The model's axis along which the stored channels lie, if there is one.
    pub fn channel_axis(&self) -> Option<usize> {
        let channels = self.channels();
        match self.layout {
            Layout::Image([c, ..]) => (self.shape.len() > 1 && self.shape[1] == c && c == channels).then_some(1),
            Layout::Same => {
                let axis = self.shape.iter().rposition(|size| *size != 1)?;
                (self.shape[axis] == channels).then_some(axis)
            }
        }
    }

    /// The model's axes along which the channels lie, the outermost first: several where the model divides them, those of size 1 beside them
    /// included. None where an axis holds channels and pixels.
    pub fn channel_axes(&self) -> Option<Range<usize>> {
        let (channels, rank) = (self.channels(), self.shape.len());
        let along = |axes: Range<usize>| self.shape[axes].iter().product::<usize>() == channels;
        match self.layout {
            Layout::Image(_) => (0..=rank).rev().map(|end| 0..end).find(|axes| along(axes.clone())),
            Layout::Same => (0..=rank).map(|start| start..rank).find(|axes| along(axes.clone())),
        }
    }

    /// A constant's values, one for all channels or one for each.
    pub fn per_channel(&self, constant: &Constant) -> Lowered<Vec<f32>> {
        if constant.values.iter().any(|value| !value.is_finite()) {
            return refuse("a constant has values that are no finite numbers", "finite constants");
        }
        let growing = constant.shape.len() > self.shape.len() && constant.shape.iter().any(|size| *size != 1);
        if let (Some(one), false) = (constant.scalar(), growing) {
            return Ok(vec![one]);
        }
        let fits = "constants with one value, or with one per channel";
        let refused = || refuse(format!("a constant of shape {:?} meets an activation of shape {:?}", constant.shape, self.shape), fits);
        let (Some(axis), Some(missing)) = (self.channel_axis(), self.shape.len().checked_sub(constant.shape.len())) else {
            return refused();
        };
        let own = constant.shape.iter().enumerate().find(|(_, size)| **size != 1).map(|(own, _)| own + missing);
        if own != Some(axis) || constant.values.len() != self.shape[axis] {
            return refused();
        }
        let values = constant.floats();
        // Channels that are all alike need no list.
        if values.iter().all(|value| value.to_bits() == values[0].to_bits()) { Ok(vec![values[0]]) } else { Ok(values) }
    }
}
