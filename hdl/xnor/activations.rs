//! Activations of a step on the binary core as rows of bits, one row per output pixel and bit plane, taps one after the other. Where taps outside
//! the image count half as much as those inside, each kind has a row of its own.

use crate::accelerator::Accelerator;
use crate::config::{Config, Planes};
use crate::shell::memory::Memory;
use crate::shell::nest::Gather;
use fretwork_sim::bgemm::{PackedBits, Patterns};

/// Where a step's rows come from.
pub struct Activations {
    pub gather: Gather,
    planes: Planes,
    /// Channels of a pixel.
    pub channels: usize,
    /// What taps outside the image read, `[plane][pattern]`; `None` when they are neither -1 nor 1 and weights are.
    outside: Option<Patterns>,
    /// Taps outside the image are neither -1 nor 1, and weights have several bits: the second of two rows has what they read.
    apart: bool,
}

/// Pixels of one inference's input that were needed before.
#[derive(Default)]
pub struct Seen {
    /// `[image pixel]`: where its patterns are.
    places: Vec<Option<usize>>,
    /// `[pixel][plane][pattern]`.
    patterns: Patterns,
    /// Bits of a plane.
    bits: Vec<i8>,
}

impl Seen {
    /// Forgets the pixels, which may hold other values now.
    pub fn clear(&mut self) {
        self.places.clear();
        self.patterns.clear();
    }
}

impl Activations {
    /// For a checked step-table entry.
    pub fn new(config: &Config, accelerator: &Accelerator) -> Activations {
        let (lanes, planes, gather) = (accelerator.lanes, config.planes, Gather::new(config, None));
        let per_word = lanes * if planes.packed { 8 } else { 1 };
        let channels = (gather.count(1) - 1) * per_word + usize::from(planes.limit);
        let apart = planes.zero_pad && planes.weight_last > 0;
        let mut own = Activations { gather, planes, channels, outside: None, apart };
        if !planes.zero_pad || apart {
            let mut outside = Patterns::default();
            let words = vec![config.pad_value; own.gather.count(1) * lanes];
            own.push_pixel(&words, &mut Vec::new(), &mut outside);
            own.outside = Some(outside);
        }
        own
    }

    /// Taps of an output pixel.
    pub fn taps(&self) -> usize {
        self.gather.count(2) * self.gather.count(3)
    }

    /// Bit planes of a pixel.
    pub fn planes(&self) -> usize {
        usize::from(self.planes.last) + 1
    }

    /// Rows of a pixel: one for each bit plane, or two.
    pub fn rows(&self) -> usize {
        if self.apart { 2 } else { self.planes() }
    }

    /// Output pixels.
    pub fn pixels(&self) -> usize {
        self.gather.count(5) * self.gather.count(6)
    }

    /// Appends the rows of an output pixel; returns how many of its taps lie outside the image and count for nothing.
    pub fn push_rows(&self, pixel: usize, memory: &Memory, weights: &PackedBits, seen: &mut Seen, rows: &mut Patterns) -> usize {
        let [height, width] = self.gather.image().map(usize::from);
        seen.places.resize(height * width, None);
        let first = self.gather.point([0, 0, 0, 0, 0, pixel % self.gather.count(5), pixel / self.gather.count(5)]);
        let [along, across] = [2, 3].map(|level| self.gather.units()[level]);
        let mut absent = 0;
        for row in 0..self.rows() {
            // Which plane, and whether the row has taps inside and taps outside the image.
            let (plane, inner, outer) = if self.apart { (0, row == 0, row == 1) } else { (row, true, true) };
            absent = 0;
            let mut line = first;
            for _ in 0..self.gather.count(3) {
                let mut point = line;
                for _ in 0..self.gather.count(2) {
                    let [y, x] = [point.y, point.x].map(usize::from);
                    let inside = y < height && x < width;
                    match &self.outside {
                        _ if inside && inner => {
                            let place = self.place(point.addr, y * width + x, memory, seen);
                            rows.push_from(&seen.patterns, place + plane * self.per_plane(), self.per_plane());
                        }
                        Some(outside) if !inside && outer => rows.push_from(outside, plane * self.per_plane(), self.per_plane()),
                        _ => {
                            absent += 1;
                            rows.push_absent(self.channels);
                        }
                    }
                    point = point.moved(along);
                }
                line = line.moved(across);
            }
            rows.end_row(weights);
        }
        absent
    }

    /// Patterns of a plane of a pixel.
    fn per_plane(&self) -> usize {
        Patterns::of(self.channels)
    }

    /// Where the patterns of a pixel of the image are, which lies at the address.
    fn place(&self, addr: u16, pixel: usize, memory: &Memory, seen: &mut Seen) -> usize {
        if let Some(place) = seen.places[pixel] {
            return place;
        }
        let place = seen.patterns.len();
        self.push_pixel(memory.words(addr, self.gather.count(1)), &mut seen.bits, &mut seen.patterns);
        seen.places[pixel] = Some(place);
        place
    }

    /// Appends the planes of a pixel; `bits` is room for one of them.
    fn push_pixel(&self, words: &[i8], bits: &mut Vec<i8>, patterns: &mut Patterns) {
        if self.planes.packed {
            return patterns.push_bits(words, self.channels);
        }
        for plane in 0..self.planes() {
            bits.clear();
            push_plane(words, u32::from(self.planes.first) + plane as u32, bits);
            patterns.push_bits(bits, self.channels);
        }
    }
}

/// Appends one bit of each byte, eight to a byte.
fn push_plane(bytes: &[i8], bit: u32, bits: &mut Vec<i8>) {
    let eight = |bytes: [i8; 8]| {
        let ones = u64::from_le_bytes(bytes.map(|byte| byte as u8)) >> bit & 0x0101_0101_0101_0101;
        // The product's highest byte collects bit i of byte i at bit i.
        (ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) as i8
    };
    let (chunks, rest) = bytes.as_chunks::<8>();
    bits.extend(chunks.iter().map(|bytes| eight(*bytes)));
    if !rest.is_empty() {
        bits.push(eight(std::array::from_fn(|at| rest.get(at).copied().unwrap_or(0))));
    }
}
