//! Entries per column and element, packed for the recurrence.

use super::time::Block;
use crate::vectorised::{Job, vectorised};

/// Elements that are advanced together.
pub(super) const LANES: usize = 64;

/// How many entries every element holds of every column. Elements are padded to whole blocks of lanes; a padding lane has no entries and is
/// therefore never the last to finish.
#[derive(Clone, Debug)]
pub struct Counts {
    pes: usize,
    /// Entries per column, all elements together.
    totals: Vec<u32>,
    pub(super) table: Table,
}

/// `[column][block][lane]`.
#[derive(Clone, Debug)]
pub(super) enum Table {
    /// No element has more than 255 entries of a column.
    Bytes(Vec<Block<u8>>),
    Longs(Vec<Block<u32>>),
}

impl Counts {
    /// Packs `counts`, `[column][element]`, of `pes` elements.
    pub fn new(counts: &[u32], pes: usize) -> Counts {
        let totals = counts.chunks_exact(pes).map(|column| column.iter().sum()).collect();
        let bytes = counts.iter().all(|&count| count <= u32::from(u8::MAX));
        let table = if bytes { Table::Bytes(pack(counts, pes, |count| count as u8)) } else { Table::Longs(pack(counts, pes, |count| count)) };
        Counts { pes, totals, table }
    }

    /// The same counts in the table that goes with long times.
    pub(super) fn widened(&self) -> Counts {
        let table = match &self.table {
            Table::Bytes(table) => table.iter().map(|block| block.map(u32::from)).collect(),
            Table::Longs(table) => table.clone(),
        };
        Counts { pes: self.pes, totals: self.totals.clone(), table: Table::Longs(table) }
    }

    /// Elements.
    pub fn pes(&self) -> usize {
        self.pes
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.totals.len()
    }

    /// Blocks of lanes per column.
    pub(super) fn blocks(&self) -> usize {
        self.pes.div_ceil(LANES)
    }

    /// Entries of the columns, all elements together.
    pub fn entries(&self, columns: &[u32]) -> u64 {
        columns.iter().map(|&column| u64::from(self.totals[column as usize])).sum()
    }

    /// Entries of every element, and columns of which it has none, when every column comes so many times.
    pub(super) fn sums(&self, times: &[u64]) -> Vec<[u64; 2]> {
        let blocks = self.blocks();
        let sums = match &self.table {
            Table::Bytes(table) => vectorised(Sums { table, blocks, times }),
            Table::Longs(table) => vectorised(Sums { table, blocks, times }),
        };
        let lanes = sums.into_iter().flat_map(|[entries, empty]| entries.into_iter().zip(empty));
        lanes.take(self.pes).map(|(entries, empty)| [entries, empty]).collect()
    }
}

/// [`Counts::sums`] per block.
struct Sums<'t, C> {
    table: &'t [Block<C>],
    blocks: usize,
    times: &'t [u64],
}

impl<C: Copy + Into<u64>> Job for Sums<'_, C> {
    type Output = Vec<[Block<u64>; 2]>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut sums = vec![[[0; LANES]; 2]; self.blocks];
        for (column, &times) in self.times.iter().enumerate() {
            if times == 0 {
                continue;
            }
            for (sums, counts) in sums.iter_mut().zip(&self.table[column * self.blocks..]) {
                for (lane, &count) in counts.iter().enumerate() {
                    let count: u64 = count.into();
                    sums[0][lane] += times * count;
                    sums[1][lane] += if count == 0 { times } else { 0 };
                }
            }
        }
        sums
    }
}

fn pack<C: Copy + Default>(counts: &[u32], pes: usize, count: impl Fn(u32) -> C) -> Vec<Block<C>> {
    let block = |part: &[u32]| {
        let mut block = [C::default(); LANES];
        block.iter_mut().zip(part).for_each(|(to, &from)| *to = count(from));
        block
    };
    counts.chunks_exact(pes).flat_map(|column| column.chunks(LANES)).map(block).collect()
}
