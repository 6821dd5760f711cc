//! Which part of a value Split, Slice and Gather take: some indices of one axis after the other.

use super::constant::elements;
use super::lower::{Lowered, refuse};
use super::model::Node;

/// Some indices of an axis, each perhaps several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub axis: usize,
    pub indices: Vec<usize>,
    /// The sizes that take the axis's place.
    pub sizes: Vec<usize>,
}

/// A constant input: its shape, and its elements as whole numbers.
pub type List = (Vec<usize>, Vec<i64>);

/// What Split, Slice or Gather takes of a value of `shape`. `list` gives constant inputs.
pub fn taken(node: &Node, shape: &[usize], mut list: impl FnMut(usize) -> Lowered<Option<List>>) -> Lowered<Vec<Taken>> {
    let taken = match &node.op[..] {
        "Split" => vec![split(node, shape, list(1)?)?],
        "Gather" => vec![gather(node, shape, list(1)?)?],
        _ => slice(node, shape, &[list(1)?, list(2)?, list(3)?, list(4)?])?,
    };
    match elements(left(shape, &taken).iter().map(|size| Some(*size))) {
        Some(1..) => Ok(taken),
        Some(0) => refuse(format!("it takes nothing of {shape:?}"), "one element or more"),
        None => refuse(format!("it would take {:?} elements", left(shape, &taken)), "values of up to 64 Mi elements"),
    }
}

/// The shape of what is taken.
pub fn left(shape: &[usize], taken: &[Taken]) -> Vec<usize> {
    let sizes = |(axis, size): (usize, &usize)| taken.iter().find(|taken| taken.axis == axis).map_or(vec![*size], |taken| taken.sizes.clone());
    shape.iter().enumerate().flat_map(sizes).collect()
}

/// An axis, which may be counted from the end.
fn axis(given: i64, rank: usize) -> Lowered<usize> {
    let axis = if given < 0 { given.saturating_add(rank as i64) } else { given };
    match usize::try_from(axis).ok().filter(|axis| *axis < rank) {
        Some(axis) => Ok(axis),
        None => refuse(format!("its axis is {given} of {rank}"), "axes that there are"),
    }
}

/// The indices `start .. end` of one axis.
fn range(axis: usize, range: std::ops::Range<usize>) -> Taken {
    Taken { axis, sizes: vec![range.len()], indices: range.collect() }
}

/// One part of a Split.
fn split(node: &Node, shape: &[usize], lengths: Option<List>) -> Lowered<Taken> {
    let axis = axis(node.int("axis", 0), shape.len())?;
    let (size, [part, parts]) = (shape[axis], node.part);
    let given = lengths.map(|(_, lengths)| lengths).or(node.ints("split").map(<[i64]>::to_vec));
    let lengths: Option<Vec<usize>> = match &given {
        Some(lengths) => lengths.iter().map(|length| usize::try_from(*length).ok()).collect(),
        None => {
            let each = size.div_ceil(parts.max(1));
            let lengths = (0..parts).map(|part| each.min(size.saturating_sub(part * each))).collect();
            (node.has("num_outputs") || size.is_multiple_of(parts.max(1))).then_some(lengths)
        }
    };
    let sum = |lengths: &[usize]| lengths.iter().try_fold(0usize, |sum, length| sum.checked_add(*length));
    match lengths.filter(|lengths| lengths.len() == parts && sum(lengths) == Some(size)) {
        Some(lengths) => {
            let start = lengths[..part].iter().sum();
            Ok(range(axis, start..start + lengths[part]))
        }
        None => {
            let lengths = given.map_or_else(String::new, |given| format!(" of {given:?}"));
            refuse(format!("it divides {size} into {parts} parts{lengths}"), "parts that together are the whole")
        }
    }
}

fn gather(node: &Node, shape: &[usize], indices: Option<List>) -> Lowered<Taken> {
    let axis = axis(node.int("axis", 0), shape.len())?;
    let Some((sizes, indices)) = indices else {
        return refuse("its indices are absent", "Gather with constant indices");
    };
    let size = shape[axis] as i64;
    let within = |index: &i64| usize::try_from(if *index < 0 { index + size } else { *index }).ok().filter(|index| (*index as i64) < size);
    match indices.iter().map(within).collect() {
        Some(indices) => Ok(Taken { axis, indices, sizes }),
        None => refuse(format!("it gathers from beyond the {size} elements of axis {axis}"), "indices within the axis"),
    }
}

/// Slice; starts, ends, axes and steps are attributes of its first version and inputs of the others.
fn slice(node: &Node, shape: &[usize], lists: &[Option<List>; 4]) -> Lowered<Vec<Taken>> {
    let own = |position: usize, name: &str| lists[position].clone().map(|(_, list)| list).or(node.ints(name).map(<[i64]>::to_vec));
    let (Some(starts), Some(ends)) = (own(0, "starts"), own(1, "ends")) else {
        return refuse("its starts or ends are absent", "Slice with constant starts and ends");
    };
    let axes = own(2, "axes").unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = own(3, "steps").unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] || steps.contains(&0) {
        return refuse(
            format!("its starts are {starts:?}, ends {ends:?}, axes {axes:?}, steps {steps:?}"),
            "lists of one length and steps other than 0",
        );
    }
    let mut taken: Vec<Taken> = Vec::new();
    for (index, given) in axes.iter().enumerate() {
        let axis = axis(*given, shape.len())?;
        if taken.iter().any(|other| other.axis == axis) {
            return refuse(format!("it takes axis {axis} twice"), "every axis once");
        }
        let indices = stepped(shape[axis], starts[index], ends[index], steps[index]);
        taken.push(Taken { axis, sizes: vec![indices.len()], indices });
    }
    Ok(taken)
}

/// The indices from `start` to before `end`, as ONNX limits them.
fn stepped(size: usize, start: i64, end: i64, step: i64) -> Vec<usize> {
    let size = size as i64;
    let wrapped = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (start, end) = (wrapped(start), wrapped(end));
    let (start, end) = if step > 0 { (start.clamp(0, size), end.clamp(0, size)) } else { (start.clamp(0, size - 1), end.clamp(-1, size - 1)) };
    let goes_on = |at: &i64| if step > 0 { *at < end } else { *at > end };
    std::iter::successors(Some(start), |at| at.checked_add(step)).take_while(goes_on).map(|at| at as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_as_onnx_limits_them() {
        assert_eq!(stepped(5, 1, i64::MAX, 2), [1, 3]);
        assert_eq!(stepped(5, -2, 5, 1), [3, 4]);
        assert_eq!(stepped(5, 4, i64::MIN, -2), [4, 2, 0]);
        assert_eq!(stepped(5, -9, -2, 1), [0, 1, 2]);
        assert_eq!(stepped(5, 3, 1, 1), [0usize; 0]);
        assert_eq!(stepped(5, 0, 5, i64::MAX), [0]);
    }

    #[test]
    fn parts_of_a_split() {
        let of = |size: usize, part: usize, lengths: Option<List>| {
            let mut node = Node::plain("Split", vec!["x".into()], "y");
            node.part = [part, 3];
            taken(&node, &[size], |_| Ok(lengths.clone())).map(|all| all[0].indices.clone())
        };
        assert_eq!(of(6, 2, None).ok(), Some(vec![4, 5]));
        assert_eq!(of(6, 1, Some((vec![3], vec![1, 3, 2]))).ok(), Some(vec![1, 2, 3]));
        assert!(of(7, 0, None).is_err() && of(6, 0, Some((vec![3], vec![1, 3, 1]))).is_err() && of(6, 0, Some((vec![3], vec![0, 3, 3]))).is_err());
    }

    #[test]
    fn a_single_index_takes_its_axis_away() {
        let node = Node::plain("Gather", vec!["x".into()], "y").with_int("axis", -2);
        let found = taken(&node, &[2, 3, 4], |_| Ok(Some((vec![], vec![-1])))).unwrap_or_default();
        assert_eq!((left(&[2, 3, 4], &found), &found[0].indices[..]), (vec![2, 4], &[2][..]));
        assert!(taken(&node, &[2, 3, 4], |_| Ok(Some((vec![1], vec![3])))).is_err());
    }
}
