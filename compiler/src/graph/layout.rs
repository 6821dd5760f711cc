//! Layouts of images: the graph's is NHWC, a model's may be NCHW. The host transposes at the borders.

use super::host::Value;
use super::{Graph, HostStep};

impl Graph {
    /// Whether the model takes input `input` as NCHW.
    pub fn takes_nchw(&self, input: usize) -> bool {
        self.host.contains(&HostStep::FromNchw { input })
    }

    /// Shape of input `input` in the model.
    pub fn model_input_shape(&self, input: usize) -> Vec<usize> {
        let tensor = &self.tensors[self.inputs[input]];
        match tensor.image() {
            Some([height, width, channels]) if self.takes_nchw(input) => vec![1, channels, height, width],
            _ => tensor.shape.clone(),
        }
    }
}

/// An NHWC image of an NCHW one; sizes are height, width and channels.
pub fn to_nhwc<T: Copy>(values: &[T], [height, width, channels]: [usize; 3]) -> Vec<T> {
    transpose(values, channels, height * width)
}

/// An NCHW image of an NHWC one.
pub fn to_nchw<T: Copy>(values: &[T], [height, width, channels]: [usize; 3]) -> Vec<T> {
    transpose(values, height * width, channels)
}

/// The transpose of a matrix.
fn transpose<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}

impl Value {
    /// The value with its elements in another order.
    pub(super) fn reordered(&self, order: impl Fn(&[usize]) -> Vec<usize>) -> Value {
        fn pick<T: Copy>(values: &[T], order: impl Fn(&[usize]) -> Vec<usize>) -> Vec<T> {
            order(&(0..values.len()).collect::<Vec<_>>()).into_iter().map(|at| values[at]).collect()
        }
        match self {
            Value::Int8(values) => Value::Int8(pick(values, order)),
            Value::UInt8(values) => Value::UInt8(pick(values, order)),
            Value::Int16(values) => Value::Int16(pick(values, order)),
            Value::Int64(values) => Value::Int64(pick(values, order)),
            Value::Float(values) => Value::Float(pick(values, order)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_there_and_back() {
        let sizes = [2, 1, 3];
        let nchw = [1, 2, 10, 20, 100, 200];
        let nhwc = to_nhwc(&nchw, sizes);
        assert_eq!(nhwc, [1, 10, 100, 2, 20, 200]);
        assert_eq!(to_nchw(&nhwc, sizes), nchw);
        assert_eq!(Value::Float(vec![0.5; 6]).reordered(|order| to_nhwc(order, sizes)), Value::Float(vec![0.5; 6]));
    }
}
