//! Constants that are stored as indices into tables of values.
//!
//! Indices are unsigned, 1 to 7 bits wide, packed with the highest bit first. There is one table, or one per channel along the first or the
//! last axis; tables follow each other, each as long as the others.

use super::names;

/// Most bytes of all decoded constants.
pub const MAX_DECODED: usize = 1 << 27;

/// What the constant is to become.
pub struct Goal<'t> {
    pub kind: i8,
    pub shape: &'t [i32],
}

/// Which table an element uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// The only one.
    One,
    /// Its index along this axis is the table's.
    Along(usize),
}

impl Goal<'_> {
    /// Number of elements and the bytes of each.
    pub fn size(&self) -> Result<(usize, usize), String> {
        let sizes = self.shape.iter().map(|size| usize::try_from(*size).ok());
        let count = sizes.into_iter().try_fold(1usize, |count, size| count.checked_mul(size?));
        let width = match self.kind {
            names::INT8 => 1,
            names::INT32 | names::FLOAT32 => 4,
            names::INT64 => 8,
            other => return Err(format!("it is {}; supported are int8, int32, int64 and float32", names::element_type(other))),
        };
        count.map(|count| (count, width)).ok_or_else(|| format!("its shape is {:?}", self.shape))
    }

    /// Number of tables.
    pub fn tables(&self, tables: Tables) -> Result<usize, String> {
        match tables {
            Tables::One => Ok(1),
            Tables::Along(axis) => {
                let ends = axis == 0 || self.shape.len().checked_sub(1) == Some(axis);
                let size = self.shape.get(axis).filter(|_| ends).and_then(|size| usize::try_from(*size).ok()).filter(|size| *size > 0);
                size.ok_or_else(|| format!("its tables lie along axis {axis} of {:?}; supported are the first and the last axis", self.shape))
            }
        }
    }

    /// The constant's bytes. `stride` is the number of values in each table.
    pub fn decode(&self, indices: &[u8], index_bits: usize, values: &[u8], stride: usize, tables: Tables) -> Result<Vec<u8>, String> {
        let (count, width) = self.size()?;
        let channels = self.tables(tables)?;
        if !(1..=7).contains(&index_bits) {
            return Err(format!("its indices have {index_bits} bits; supported are 1 to 7"));
        }
        if count > indices.len().saturating_mul(8) / index_bits {
            return Err(format!("{} bytes are too few for {count} indices of {index_bits} bits", indices.len()));
        }
        if channels.checked_mul(stride).and_then(|values| values.checked_mul(width)).is_none_or(|needed| needed > values.len()) {
            return Err(format!("{} bytes are too few for {channels} tables of {stride} values", values.len()));
        }
        let inner = if tables == Tables::Along(0) { count / channels } else { 1 };
        let mut bytes = Vec::with_capacity(count * width);
        for element in 0..count {
            let index = (0..index_bits)
                .map(|bit| element * index_bits + bit)
                .fold(0, |index, bit| index << 1 | usize::from(indices[bit / 8] >> (7 - bit % 8) & 1));
            if index >= stride {
                return Err(format!("index {index} of element {element} is beyond the {stride} values of a table"));
            }
            let channel = element / inner.max(1) % channels;
            bytes.extend(&values[(channel * stride + index) * width..][..width]);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal { kind: names::INT8, shape: &[2, 3] };
    /// The indices 0 1 2 and 1 0 3 of two bits: 00 01 10 01 00 11.
    const INDICES: [u8; 2] = [0b0001_1001, 0b0011_0000];
    const VALUES: [u8; 12] = [10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33];

    #[test]
    fn one_table_or_one_per_channel() {
        let decode = |tables| GOAL.decode(&INDICES, 2, &VALUES, 4, tables).unwrap();
        assert_eq!(decode(Tables::One), [10, 11, 12, 11, 10, 13]);
        assert_eq!(decode(Tables::Along(0)), [10, 11, 12, 21, 20, 23]);
        assert_eq!(decode(Tables::Along(1)), [10, 21, 32, 11, 20, 33]);
    }

    #[test]
    fn wide_values() {
        let goal = Goal { kind: names::INT32, shape: &[2] };
        assert_eq!(goal.decode(&[0b1000_0000], 1, &[1, 2, 3, 4, 5, 6, 7, 8], 2, Tables::One).unwrap(), [5, 6, 7, 8, 1, 2, 3, 4]);
    }

    #[test]
    fn mistakes_are_named() {
        let fails = |result: Result<Vec<u8>, String>, part: &str| {
            let reason = result.unwrap_err();
            assert!(reason.contains(part), "{reason}");
        };
        fails(GOAL.decode(&INDICES, 2, &VALUES, 3, Tables::One), "index 3 of element 5 is beyond the 3 values");
        fails(GOAL.decode(&INDICES, 8, &VALUES, 4, Tables::One), "its indices have 8 bits");
        fails(GOAL.decode(&INDICES[..1], 2, &VALUES, 4, Tables::One), "1 bytes are too few for 6 indices of 2 bits");
        fails(GOAL.decode(&INDICES, 2, &VALUES[..11], 4, Tables::Along(1)), "11 bytes are too few for 3 tables of 4 values");
        fails(Goal { kind: names::INT8, shape: &[1, 2, 3] }.decode(&INDICES, 2, &VALUES, 4, Tables::Along(1)), "along axis 1 of [1, 2, 3]");
        fails(Goal { kind: 7, shape: &[6] }.decode(&INDICES, 2, &VALUES, 4, Tables::One), "it is int16");
    }
}
