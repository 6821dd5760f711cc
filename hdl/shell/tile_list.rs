//! The list that takes the place of the gather's counters over weight tiles (`hdl/shell/rtl/fw_tile_list.sv`).

/// Where a step's list of weight tiles begins, which takes the place of gather levels 2 to 5 (systolic).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileList {
    /// First word of the list's memory.
    pub base: u32,
    /// Counters of gather levels 2, 3 and 4 at the first tile, to which the first read belongs.
    pub first: [u16; 3],
    /// The first tile is the last of its output tile as well.
    pub last: bool,
}

/// One word of the list: the change from one weight tile to the next in the order of work; a list's last one leads back to its first tile, in the next pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Move {
    /// Added to the address after the tile's last read.
    pub addr: i16,
    /// Added to the image row.
    pub y: i16,
    /// Added to the image column.
    pub x: i16,
    /// Slice of the word that the next tile reads, below 32.
    pub slice: u8,
    /// The next tile is the first of its output tile.
    pub first: bool,
    /// The next tile is the last of its output tile.
    pub last: bool,
    /// The list ends here.
    pub ends: bool,
}

impl Move {
    /// Bytes of a word.
    pub const BYTES: usize = 7;

    /// As the memory holds it, the lowest byte first.
    pub fn to_bytes(&self) -> [u8; Move::BYTES] {
        let flags = [self.first, self.last, self.ends].iter().enumerate().map(|(bit, &flag)| u8::from(flag) << (5 + bit)).sum::<u8>();
        let [addr, y, x] = [self.addr, self.y, self.x].map(i16::to_le_bytes);
        [addr[0], addr[1], y[0], y[1], x[0], x[1], self.slice | flags]
    }
}
