//! A tensor's value as bytes: int8 one by one, int16 as two bytes, the low one first. That is how it lies in the activation memory and in the
//! streams, so memories, streams and values are compared byte by byte; what people read are elements.

use super::{Levels, Tensor};

impl Tensor {
    /// Bytes of an element.
    pub fn width(&self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    /// Bytes of the tensor's value.
    pub fn bytes(&self) -> usize {
        self.len() * self.width()
    }

    /// Lowest and highest element.
    pub fn range(&self) -> [i16; 2] {
        match self.levels {
            Levels::Bipolar => [-1, 1],
            Levels::Range(range) => range.map(i16::from),
            Levels::All if self.wide => [i16::MIN, i16::MAX],
            Levels::All => [i16::from(i8::MIN), i16::from(i8::MAX)],
        }
    }

    /// Whether the element is one of the levels.
    pub fn takes(&self, element: i16) -> bool {
        let [low, high] = self.range();
        (low..=high).contains(&element) && (self.levels != Levels::Bipolar || element != 0)
    }

    /// The elements that `value` holds.
    pub fn elements(&self, value: &[i8]) -> Vec<i16> {
        value.chunks_exact(self.width()).map(element).collect()
    }

    /// The bytes of elements that lie in the tensor's range.
    pub fn value(&self, elements: &[i16]) -> Vec<i8> {
        elements.iter().flat_map(|element| element.to_le_bytes().into_iter().take(self.width())).map(|byte| byte as i8).collect()
    }
}

/// The element of one or two bytes.
pub fn element(bytes: &[i8]) -> i16 {
    match *bytes {
        [low, high, ..] => i16::from_le_bytes([low as u8, high as u8]),
        [byte] => i16::from(byte),
        [] => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_bytes() {
        let tensor = |wide| Tensor { name: "t".to_owned(), shape: vec![1, 3], scale: 1.0, zero_point: 0, wide, unsigned: false, levels: Levels::All };
        let (narrow, wide) = (tensor(false), tensor(true));
        assert_eq!((narrow.bytes(), wide.bytes()), (3, 6));
        let elements = [-128, 0, 127];
        assert_eq!(narrow.value(&elements), [-128, 0, 127]);
        assert_eq!(wide.value(&elements), [-128, -1, 0, 0, 127, 0]);
        for tensor in [narrow, wide] {
            assert_eq!(tensor.elements(&tensor.value(&elements)), elements);
        }
    }
}
