//! One entry of the step table: 32 words of 32 bits, as the sequencer fetches them. The layout is the table in `hdl/shell/README.md`.

use crate::shell::tile_list::TileList;
use fretwork_sim::requantise::Rounding;

/// Words per step-table entry.
pub const WORDS: usize = 32;

/// Which unit executes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Input stream to memory.
    Load = 0,
    /// Memory to output stream.
    Store = 1,
    /// Systolic core.
    Systolic = 2,
    /// Lane core.
    Lane = 3,
    /// Sparse engine.
    Eie = 4,
    /// Binary core.
    Xnor = 5,
    /// Shift core.
    Shift = 6,
}

/// One nested counter of the gather: `count` iterations, and what an advance adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Iterations minus one.
    pub last: u16,
    /// Added to the address, the way back of the inner levels included.
    pub addr: i16,
    /// Added to the image row.
    pub y: i16,
    /// Added to the image column.
    pub x: i16,
}

/// One nested counter of the scatter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutLevel {
    /// Iterations minus one.
    pub last: u16,
    /// Added to the address, the way back of the inner levels included.
    pub addr: i16,
}

/// Scaling of one operand of an addition, as the lanes apply it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddScale {
    /// Zero point.
    pub zero_point: i8,
    /// Multiplier.
    pub multiplier: i32,
    /// Right shift, 0 to 31.
    pub shift: u8,
}

/// How the binary core reads its activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planes {
    /// Bit planes minus one.
    pub last: u8,
    /// Bit planes of the weights minus one; 0 for weights -1 and 1.
    pub weight_last: u8,
    /// Bit of a byte that is the first plane.
    pub first: u8,
    /// Activations are -1 and 1.
    pub bipolar: bool,
    /// The last plane counts negative.
    pub negative: bool,
    /// Outside the image activations are 0, which is neither -1 nor 1.
    pub zero_pad: bool,
    /// Words hold eight times as many activations, of one bit.
    pub packed: bool,
    /// Channels in a pixel's last word.
    pub limit: u16,
}

/// A decoded step-table entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Executing unit.
    pub kind: Kind,
    /// Lane operation: 0 mac, 1 max, 2 sum, 3 add, 4 table.
    pub lane_op: u8,
    /// Rounding mode of the epilogue.
    pub rounding: Rounding,
    /// Epilogue parameters are chosen by the operand count.
    pub by_count: bool,
    /// Last step of an inference.
    pub last: bool,
    /// Look-up table (lane), codebook (systolic, sparse engine), table of codes (shift).
    pub table: u16,
    /// Address of the first read.
    pub in_base: u16,
    /// Address of the first write.
    pub out_base: u16,
    /// Rows of the input image.
    pub height: u16,
    /// Columns of the input image.
    pub width: u16,
    /// Image row of the first read.
    pub y0: i16,
    /// Image column of the first read.
    pub x0: i16,
    /// What a read outside the image yields.
    pub pad_value: i8,
    /// Zero point of the output.
    pub zero_point: i8,
    /// Lowest and highest output.
    pub clamp: [i16; 2],
    /// Activations of 16 bits: of the input, of the output (sparse engine).
    pub wide: [bool; 2],
    /// Gather counters, innermost first.
    pub levels: [Level; 7],
    /// Scatter counters, innermost first.
    pub out: [OutLevel; 3],
    /// First epilogue parameter word.
    pub param_base: u16,
    /// First weight word.
    pub weight_base: u32,
    /// Weight words per pass (systolic).
    pub weight_words: u32,
    /// Passes over the weights: pixel tiles (systolic).
    pub passes: u16,
    /// Operands of an addition (lane).
    pub add: [AddScale; 2],
    /// List of the weight tiles, when not all are worked through; in place of `add`.
    pub list: Option<TileList>,
    /// Outputs are written as bits, eight words of accumulators to a word (xnor).
    pub packed: bool,
    /// The epilogue compares with thresholds.
    pub thresholds: bool,
    /// With thresholds: levels are two apart.
    pub doubled: bool,
    /// The epilogue multiplies before it adds the bias.
    pub affine: bool,
    /// First word of the threshold memory.
    pub threshold_base: u16,
    /// Bit planes (xnor).
    pub planes: Planes,
}

impl Config {
    /// An entry of the given kind in which everything else is zero or one iteration.
    pub fn new(kind: Kind) -> Config {
        Config {
            kind,
            lane_op: 0,
            rounding: Rounding::Double,
            by_count: false,
            last: false,
            table: 0,
            in_base: 0,
            out_base: 0,
            height: 1,
            width: 1,
            y0: 0,
            x0: 0,
            pad_value: 0,
            zero_point: 0,
            clamp: [-128, 127],
            wide: [false; 2],
            levels: [Level::default(); 7],
            out: [OutLevel::default(); 3],
            param_base: 0,
            weight_base: 0,
            weight_words: 0,
            passes: 0,
            add: [AddScale::default(); 2],
            list: None,
            packed: false,
            thresholds: false,
            doubled: false,
            affine: false,
            threshold_base: 0,
            planes: Planes::default(),
        }
    }

    /// The entry as the step table holds it.
    pub fn to_words(&self) -> [u32; WORDS] {
        let mut w = [0u32; WORDS];
        let rounding = match self.rounding {
            Rounding::Double => 0,
            Rounding::Single => 1,
            Rounding::NearestEven => 2,
            Rounding::Float => 3,
        };
        w[0] = self.kind as u32
            | u32::from(self.lane_op) << 3
            | rounding << 6
            | u32::from(self.by_count) << 8
            | u32::from(self.last) << 9
            | u32::from(self.wide[0]) << 10
            | u32::from(self.wide[1]) << 11
            | u32::from(self.packed) << 12
            | u32::from(self.thresholds) << 13
            | u32::from(self.doubled) << 14
            | u32::from(self.affine) << 15
            | u32::from(self.table) << 16;
        w[1] = halves(self.in_base, self.out_base);
        w[2] = halves(self.height, self.width);
        w[3] = halves(self.y0 as u16, self.x0 as u16);
        w[4] = halves(u16::from_le_bytes([self.pad_value as u8, self.zero_point as u8]), 0);
        for (k, level) in self.levels.iter().enumerate() {
            w[5 + 2 * k] = halves(level.last, level.addr as u16);
            w[6 + 2 * k] = halves(level.y as u16, level.x as u16);
        }
        for (k, level) in self.out.iter().enumerate() {
            w[19 + k] = halves(level.last, level.addr as u16);
        }
        w[22] = u32::from(self.param_base);
        w[23] = self.weight_base;
        w[24] = self.weight_words;
        w[25] = u32::from(self.passes);
        let [first, second] = self.add;
        w[26] = u32::from_le_bytes([first.zero_point as u8, second.zero_point as u8, first.shift, second.shift]);
        w[27] = first.multiplier as u32;
        w[28] = second.multiplier as u32;
        if let Some(TileList { base, first, last }) = self.list {
            w[4] |= 1 << 16 | u32::from(last) << 17;
            w[26] = halves(first[0], first[1]);
            (w[27], w[28]) = (base, u32::from(first[2]));
        }
        w[29] = halves(self.clamp[0] as u16, self.clamp[1] as u16);
        w[30] = self.planes.to_word();
        w[31] = u32::from(self.threshold_base);
        w
    }

    /// The exact inverse of [`Config::to_words`]; `None` for another number of words, or when a field holds a value that no entry has.
    pub fn from_words(w: &[u32]) -> Option<Config> {
        let w: &[u32; WORDS] = w.try_into().ok()?;
        let kind = match w[0] & 7 {
            0 => Kind::Load,
            1 => Kind::Store,
            2 => Kind::Systolic,
            3 => Kind::Lane,
            4 => Kind::Eie,
            5 => Kind::Xnor,
            6 => Kind::Shift,
            _ => return None,
        };
        let rounding = match w[0] >> 6 & 3 {
            0 => Rounding::Double,
            1 => Rounding::Single,
            2 => Rounding::NearestEven,
            _ => Rounding::Float,
        };
        let [pad_value, zero_point, ..] = w[4].to_le_bytes().map(|b| b as i8);
        let add = w[26].to_le_bytes();
        let mut config = Config::new(kind);
        config.lane_op = (w[0] >> 3 & 7) as u8;
        config.rounding = rounding;
        config.by_count = w[0] >> 8 & 1 == 1;
        config.last = w[0] >> 9 & 1 == 1;
        config.table = high(w[0]);
        (config.in_base, config.out_base) = (low(w[1]), high(w[1]));
        (config.height, config.width) = (low(w[2]), high(w[2]));
        (config.y0, config.x0) = (low(w[3]) as i16, high(w[3]) as i16);
        config.wide = [10, 11].map(|bit| w[0] >> bit & 1 == 1);
        (config.pad_value, config.zero_point) = (pad_value, zero_point);
        config.clamp = [low(w[29]) as i16, high(w[29]) as i16];
        for (k, level) in config.levels.iter_mut().enumerate() {
            let (a, b) = (w[5 + 2 * k], w[6 + 2 * k]);
            *level = Level { last: low(a), addr: high(a) as i16, y: low(b) as i16, x: high(b) as i16 };
        }
        for (k, level) in config.out.iter_mut().enumerate() {
            *level = OutLevel { last: low(w[19 + k]), addr: high(w[19 + k]) as i16 };
        }
        config.param_base = low(w[22]);
        (config.weight_base, config.weight_words, config.passes) = (w[23], w[24], low(w[25]));
        if w[4] >> 16 & 1 == 1 {
            config.list = Some(TileList { base: w[27], first: [low(w[26]), high(w[26]), low(w[28])], last: w[4] >> 17 & 1 == 1 });
        } else {
            for (k, scale) in config.add.iter_mut().enumerate() {
                *scale = AddScale { zero_point: add[k] as i8, multiplier: w[27 + k] as i32, shift: add[2 + k] };
            }
        }
        [config.packed, config.thresholds, config.doubled, config.affine] = [12, 13, 14, 15].map(|bit| w[0] >> bit & 1 == 1);
        config.planes = Planes::from_word(w[30]);
        config.threshold_base = low(w[31]);
        Some(config)
    }
}

impl Planes {
    fn to_word(self) -> u32 {
        let flags = [self.bipolar, self.negative, self.zero_pad, self.packed];
        let flags: u32 = flags.iter().enumerate().map(|(bit, &flag)| u32::from(flag) << (6 + bit)).sum();
        u32::from(self.last & 7) | u32::from(self.first & 7) << 3 | flags | u32::from(self.weight_last & 7) << 10 | u32::from(self.limit) << 16
    }

    fn from_word(word: u32) -> Planes {
        let [bipolar, negative, zero_pad, packed] = [6, 7, 8, 9].map(|bit| word >> bit & 1 == 1);
        let [last, first, weight_last] = [0, 3, 10].map(|bit| (word >> bit & 7) as u8);
        Planes { last, weight_last, first, bipolar, negative, zero_pad, packed, limit: high(word) }
    }
}

fn halves(low: u16, high: u16) -> u32 {
    u32::from(low) | u32::from(high) << 16
}

fn low(word: u32) -> u16 {
    word as u16
}

fn high(word: u32) -> u16 {
    (word >> 16) as u16
}
