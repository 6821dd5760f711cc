//! Tensors of several inferences as one `.npy` file.

use super::inner;
use crate::graph::Tensor;

/// The file's bytes: integers as the model has them, the number of inferences for a leading 1 of the shape, or before it.
pub fn to_npy(tensor: &Tensor, values: &[Vec<i8>]) -> Vec<u8> {
    let sizes: String = std::iter::once(values.len()).chain(inner(&tensor.shape).iter().copied()).map(|size| format!("{size}, ")).collect();
    let dtype = match tensor {
        Tensor { wide: true, .. } => "<i2",
        Tensor { unsigned: true, .. } => "|u1",
        _ => "|i1",
    };
    let mut header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({sizes}), }}");
    // Data begins at a multiple of 64 bytes, behind a line end.
    let padding = (64 - (MAGIC.len() + 2 + header.len() + 1) % 64) % 64;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flatten().map(|&byte| if tensor.unsigned { byte as u8 ^ 0x80 } else { byte as u8 }));
    bytes
}

/// Signature and version.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

#[cfg(test)]
mod tests {
    use super::super::npy::{Data, parse};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let tensor = Tensor::int8("t", vec![1, 3], 1.0, 0);
        let array = parse(&to_npy(&tensor, &[vec![-1, 0, 127], vec![3, 4, -128]])).unwrap();
        assert_eq!((array.shape, array.data), (vec![2, 3], Data::Int8(vec![-1, 0, 127, 3, 4, -128])));
        let tensor = Tensor { unsigned: true, ..tensor };
        assert_eq!(parse(&to_npy(&tensor, &[vec![-128, 0, 127]])).unwrap().data, Data::Integers(vec![0, 128, 255]));
        let tensor = Tensor { wide: true, ..Tensor::int8("t", vec![2], 1.0, 0) };
        let array = parse(&to_npy(&tensor, &[vec![-1, 0, 0, 1]])).unwrap();
        assert_eq!((array.shape, array.data), (vec![1, 2], Data::Int16(vec![255, 256])));
    }
}
