//! Codebooks: tables of weights, or of vectors of weights of adjacent columns, that the codes in the weight memory stand for.
//!
//! An entry is `group` weights of `weight_bits` bits, the lowest column in the low bits, filled up to whole bytes. A table is `2^code_bits` entries.

use super::stream::{WeightStream, pack, unpack};
use crate::accelerator::Misfit;
use crate::images::Images;
use serde::{Deserialize, Serialize};

/// Most weights that a code stands for.
pub const MAX_GROUP: usize = 8;
/// Most bits of a code.
pub const MAX_CODE_BITS: usize = 8;

/// The decoder in the weight stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codebook {
    /// Bits of a code, 1 to 8.
    pub code_bits: usize,
    /// Adjacent columns that a code stands for: 1, 2, 4 or 8.
    pub group: usize,
    /// Tables.
    pub tables: usize,
}

/// Weights that a code stands for; those beyond the group are 0.
pub type Vector = [i8; MAX_GROUP];

impl Codebook {
    /// A codebook with one table.
    pub const fn new(code_bits: usize, group: usize) -> Codebook {
        Codebook { code_bits, group, tables: 1 }
    }

    /// Checks the limits that the RTL checks at elaboration.
    ///
    /// # Errors
    /// A [`Misfit`] that names the parameter, its value and the allowed range.
    pub fn validate(&self, cols: usize) -> Result<(), Misfit> {
        let ranges = [("codebook code_bits", self.code_bits, MAX_CODE_BITS), ("codebook tables", self.tables, 1 << 16)];
        if let Some((name, value, most)) = ranges.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
            return Err(Misfit::new(format!("{name} is {value}"), format!("{name} must be in 1..={most}")));
        }
        if !self.group.is_power_of_two() || self.group > cols.min(MAX_GROUP) {
            let remedy = format!("codebook group must be a power of two in 1..={}", cols.min(MAX_GROUP));
            return Err(Misfit::new(format!("codebook group is {}", self.group), remedy));
        }
        Ok(())
    }

    /// Bytes of a table.
    pub fn table_bytes(&self, weight_bits: usize) -> usize {
        (self.group * weight_bits).div_ceil(8) << self.code_bits
    }

    /// Bits of codes in a word of so many columns.
    pub fn word_bits(&self, cols: usize) -> usize {
        cols / self.group * self.code_bits
    }

    /// Whether a table can hold all vectors of these weights.
    ///
    /// # Errors
    /// A [`Misfit`] that says how many there are.
    pub fn holds(&self, weights: &[i8]) -> Result<(), Misfit> {
        let most = 1 << self.code_bits;
        let of = if self.group == 1 { "weights".to_owned() } else { format!("vectors of {} weights", self.group) };
        let count = match vectors(weights, self.group) {
            Some(vectors) if vectors.len() <= most => return Ok(()),
            Some(vectors) => vectors.len().to_string(),
            None => format!("more than {}", 1 << MAX_CODE_BITS),
        };
        let what = format!("{count} distinct {of} with those that fill tiles up, and codes of {} bits stand for {most}", self.code_bits);
        Err(Misfit::new(what, "longer codes, weights without a codebook, or another core"))
    }

    /// The index of a table that holds all vectors of these weights, which is appended when there is none; and the codes of the vectors.
    pub(super) fn encode(&self, weights: &[i8], weight_bits: usize, images: &mut Images) -> (usize, Vec<u8>) {
        let vectors = vectors(weights, self.group).unwrap_or_default();
        let tables = images.weight_codebooks.chunks(self.table_bytes(weight_bits)).map(|table| self.entries(table, weight_bits));
        let tables: Vec<Vec<Vector>> = tables.collect();
        let known = tables.iter().position(|table| vectors.iter().all(|vector| table.contains(vector)));
        let table = known.and_then(|index| tables.into_iter().nth(index)).unwrap_or_else(|| vectors.clone());
        let index = known.unwrap_or_else(|| {
            let index = images.weight_codebooks.len() / self.table_bytes(weight_bits);
            for entry in 0..1 << self.code_bits {
                let vector = vectors.get(entry).copied().unwrap_or_default();
                pack(vector[..self.group].iter().map(|weight| weight.cast_unsigned()), weight_bits, &mut images.weight_codebooks);
            }
            index
        });
        let mut codes: Vec<(Vector, u8)> = table.into_iter().zip(0..=u8::MAX).collect();
        codes.sort_unstable();
        let code = |own: &[i8]| {
            let vector = vector(own);
            codes[codes.partition_point(|(known, _)| *known < vector)].1
        };
        (index, weights.chunks(self.group).map(code).collect())
    }

    /// The entries of a table.
    pub(super) fn entries(&self, table: &[u8], weight_bits: usize) -> Vec<Vector> {
        let entry = |bytes: &[u8]| {
            let mut vector = Vector::default();
            let weights = unpack(bytes, weight_bits).map(|code| WeightStream::weight(code, weight_bits));
            vector.iter_mut().zip(weights.take(self.group)).for_each(|(to, weight)| *to = weight);
            vector
        };
        table.chunks((self.group * weight_bits).div_ceil(8)).map(entry).collect()
    }
}

fn vector(weights: &[i8]) -> Vector {
    let mut vector = Vector::default();
    vector[..weights.len()].copy_from_slice(weights);
    vector
}

/// The distinct vectors of `group` weights, in ascending order; `None` when no codebook holds so many.
pub fn vectors(weights: &[i8], group: usize) -> Option<Vec<Vector>> {
    let mut found = Vec::new();
    for own in weights.chunks(group).map(vector) {
        if let Err(place) = found.binary_search(&own) {
            found.insert(place, own);
        }
        if found.len() > 1 << MAX_CODE_BITS {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_for_their_vectors() {
        for (code_bits, group, weight_bits) in [(1, 1, 2), (4, 1, 8), (8, 2, 8), (5, 4, 3), (6, 8, 5)] {
            let book = Codebook::new(code_bits, group);
            let most = (1 << (weight_bits - 1)) - 1;
            let weights: Vec<i8> = (0..group << code_bits).map(|at| ((at * at % (2 * most + 1)) as i16 - most as i16) as i8).collect();
            let count = vectors(&weights, group).map(|vectors| vectors.len()).expect("few vectors");
            assert!(count <= 1 << code_bits);
            let mut images = Images::default();
            for expected in [0, 0, 1] {
                let weights = if expected == 0 { weights.clone() } else { [most as i8 - 1, most as i8 - 2].repeat(4 * group) };
                let (table, codes) = book.encode(&weights, weight_bits, &mut images);
                let bytes = book.table_bytes(weight_bits);
                let entries = book.entries(&images.weight_codebooks[table * bytes..][..bytes], weight_bits);
                let decoded: Vec<i8> = codes.iter().flat_map(|&code| &entries[usize::from(code)][..group]).copied().collect();
                assert_eq!((decoded, images.weight_codebooks.len()), (weights, (table + 1) * bytes));
                assert!(table <= expected);
            }
        }
    }

    #[test]
    fn too_many_vectors_are_counted() {
        let weights: Vec<i8> = (0..=127).collect();
        let says = |code_bits, group| Codebook::new(code_bits, group).holds(&weights).map_err(|misfit| misfit.to_string());
        assert_eq!(says(7, 1), Ok(()));
        assert_eq!(says(6, 2), Ok(()));
        let pairs = "64 distinct vectors of 2 weights with those that fill tiles up, and codes of 5 bits stand for 32";
        assert!(says(5, 2).is_err_and(|what| what.starts_with(pairs)));
        let many: Vec<i8> = (0..=127).flat_map(|a| [a, 1, a, 2, a, 3]).collect();
        assert_eq!(vectors(&many, 2), None);
    }
}
