//! Channels that lie along several axes: which ones are left, and in which order, when a model takes indices of an axis or exchanges axes.

use std::ops::Range;

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

    /// The channels in their order behind a transposition of a value of `shape`, whose channels lie along `axes`; none where it moves anything else.
    pub fn shuffled(shape: &[usize], axes: &Range<usize>, order: &[usize]) -> Option<Channels> {
        let order: Vec<usize> = order.iter().copied().filter(|axis| shape[*axis] != 1).collect();
        let mut inner: Vec<usize> = order.iter().copied().filter(|axis| axes.contains(axis)).collect();
        let others = |others: Range<usize>| others.filter(|axis| shape[*axis] != 1);
        let wanted = others(0..axes.start).chain(inner.iter().copied()).chain(others(axes.end..shape.len()));
        if !wanted.eq(order.iter().copied()) {
            return None;
        }
        let moved = inner.clone();
        inner.sort_unstable();
        let sizes: Vec<usize> = inner.iter().map(|axis| shape[*axis]).collect();
        let ranks: Vec<usize> = moved.iter().map(|axis| inner.partition_point(|other| other < axis)).collect();
        Some(Channels::along(&sizes).permuted(&ranks))
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

    #[test]
    fn transpositions_of_channels_alone() {
        let order = |shape: &[usize], axes, order: &[usize]| Channels::shuffled(shape, &axes, order).map(|channels| channels.numbers());
        assert_eq!(order(&[1, 2, 3, 4, 5], 0..3, &[0, 2, 1, 3, 4]), Some(vec![0, 3, 1, 4, 2, 5]));
        assert_eq!(order(&[1, 4, 5, 2, 3], 3..5, &[0, 1, 2, 4, 3]), Some(vec![0, 3, 1, 4, 2, 5]));
        assert_eq!(order(&[2, 1, 3, 4], 0..3, &[1, 2, 0, 3]), Some(vec![0, 3, 1, 4, 2, 5]));
        assert_eq!(order(&[1, 6, 4, 5], 0..2, &[0, 1, 3, 2]), None);
        assert_eq!(order(&[1, 6, 4, 5], 0..2, &[0, 2, 1, 3]), None);
    }
}
