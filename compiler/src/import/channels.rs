//! Channels that lie along several axes: which ones are left, and in which order, when a model takes indices of an axis or exchanges axes.

use ndarray::{ArrayD, Axis, IxDyn};

/// The numbers of channels, in the order of a value's elements.
#[derive(Clone, Debug)]
pub struct Channels(ArrayD<usize>);

impl Channels {
    /// All channels in order, along axes of these sizes.
    pub fn along(sizes: &[usize]) -> Channels {
        let count = sizes.iter().product();
        Channels(ArrayD::from_shape_vec(IxDyn(sizes), (0..count).collect()).unwrap_or_else(|_| ArrayD::zeros(IxDyn(sizes))))
    }

    /// Those at the given indices of an axis.
    pub fn taken(self, axis: usize, indices: &[usize]) -> Channels {
        Channels(self.0.select(Axis(axis), indices))
    }

    /// The axes in another order, which is a permutation of them.
    pub fn permuted(self, order: &[usize]) -> Channels {
        Channels(self.0.permuted_axes(IxDyn(order)))
    }

    /// One after the other.
    pub fn numbers(&self) -> Vec<usize> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffles_and_parts() {
        assert_eq!(Channels::along(&[2, 3]).permuted(&[1, 0]).numbers(), [0, 3, 1, 4, 2, 5]);
        assert_eq!(Channels::along(&[2, 3]).permuted(&[1, 0]).taken(1, &[1]).numbers(), [3, 4, 5]);
        assert_eq!(Channels::along(&[5]).taken(0, &[4, 0, 0]).numbers(), [4, 0, 0]);
        assert_eq!(Channels::along(&[]).numbers(), [0]);
    }
}
