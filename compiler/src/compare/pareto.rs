//! Ranks and the Pareto front: which variants no other one beats in everything.

/// For each point whether it is on the front: no other point is at least as good in all coordinates and better in one. Smaller is better; a point
/// with a coordinate that is not known is on no front and beats nobody.
pub fn front(points: &[Vec<Option<f64>>]) -> Vec<bool> {
    let known: Vec<Option<Vec<f64>>> = points.iter().map(|point| point.iter().copied().collect()).collect();
    let beats = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b);
    let beaten = |point: &Vec<f64>| known.iter().flatten().any(|other| beats(other, point));
    known.iter().map(|point| point.as_ref().is_some_and(|point| !beaten(point))).collect()
}

/// Rank of each value, 1 for the smallest; equal values share a rank, unknown ones have none.
pub fn ranks(values: &[Option<f64>]) -> Vec<Option<usize>> {
    let rank = |value: f64| 1 + values.iter().flatten().filter(|other| **other < value).count();
    values.iter().map(|value| value.map(rank)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_what_nobody_beats() {
        let points = [[1.0, 5.0], [2.0, 4.0], [2.0, 5.0], [3.0, 1.0], [3.0, 1.0]].map(|point| point.map(Some).to_vec());
        assert_eq!(front(&points), [true, true, false, true, true]);
        let unknown = [vec![Some(1.0), None], vec![Some(2.0), Some(2.0)]];
        assert_eq!(front(&unknown), [false, true]);
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[Some(2.0), None, Some(1.0), Some(2.0), Some(3.0)]), [Some(2), None, Some(1), Some(2), Some(4)]);
    }
}
