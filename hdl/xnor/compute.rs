//! Values of a step on the binary core, from the encoded step: activations as bits, 64 at a time, against the weights' bits.

use crate::accelerator::Accelerator;
use crate::config::{Config, Planes};
use crate::images::Images;
use crate::shell::epilogue::Finish;
use crate::shell::memory::{Memory, Scratch, take};
use crate::shell::nest::{Gather, Scatter};
use crate::vectorised::{Job, vectorised};

/// Bits of a machine word.
const BITS: usize = 64;

/// A step's weights in the form in which they are computed with; made once per program.
pub struct Prepared {
    lanes: usize,
    planes: Planes,
    /// What bytes outside the image hold.
    pad_value: i8,
    gather: Gather,
    scatter: Scatter,
    /// Machine words of a tap.
    tap_words: usize,
    /// Bits of the weights, inverted, `[out][tap][machine word]`; 0 where there is no channel.
    weights: Vec<u64>,
    /// Which bits of a tap are channels.
    channels: Vec<u64>,
    /// Words of accumulators per pixel.
    words: usize,
    wide: bool,
    packed: bool,
    finish: Finish,
}

impl Prepared {
    /// Arranges the weights of a step on the binary core; `None` when the images hold no such step.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images) -> Option<Prepared> {
        let core = accelerator.xnor.as_ref()?;
        let (lanes, gather) = (accelerator.lanes, Gather::new(config, None));
        let planes = config.planes;
        let (chunks, in_words, taps) = (gather.count(0) / (usize::from(planes.last) + 1), gather.count(1), gather.count(2) * gather.count(3));
        let bits = lanes * if planes.packed { 8 } else { 1 };
        let tap_words = (in_words * bits).div_ceil(BITS);
        let image = images.xnor_weights.get(config.weight_base as usize * core.word_bytes()..)?;
        let outputs = gather.count(4) * core.cols;
        image.get(..gather.count(4) * taps * in_words * chunks * core.word_bytes())?;
        let mut weights = vec![0u64; outputs * taps * tap_words];
        for (place, own) in image.chunks_exact(core.word_bytes()).take(gather.count(4) * taps * in_words * chunks).enumerate() {
            let (chunk, word) = (place % chunks, place / chunks % in_words);
            let (tap, tile) = (place / (chunks * in_words) % taps, place / (chunks * in_words * taps));
            for (index, byte) in own.iter().enumerate() {
                let (column, first) = (index * 8 / core.simd, index * 8 % core.simd);
                let at = word * bits + chunk * core.simd + first;
                // Beyond a plane's bits there is nothing to weigh.
                if chunk * core.simd + first < bits {
                    let fits = (bits - chunk * core.simd - first).min(8);
                    let value = u64::from(byte & (0xff >> (8 - fits)));
                    weights[((tile * core.cols + column) * taps + tap) * tap_words + at / BITS] |= value << (at % BITS);
                }
            }
        }
        let last = (in_words - 1) * bits + usize::from(planes.limit);
        let mut channels = vec![0u64; tap_words];
        (0..last.min(in_words * bits)).for_each(|bit| channels[bit / BITS] |= 1 << (bit % BITS));
        weights.chunks_exact_mut(tap_words).for_each(|tap| tap.iter_mut().zip(&channels).for_each(|(word, own)| *word = !*word & own));
        let words = config.weight_words as usize;
        let finish = Finish::new(config, accelerator, images, words)?;
        let scatter = Scatter::words_first(config);
        let (pad_value, wide, packed) = (config.pad_value, config.wide[1], config.packed);
        Some(Prepared { lanes, planes, pad_value, gather, scatter, tap_words, weights, channels, words, wide, packed, finish })
    }

    /// Binary multiply-accumulates per inference: gates times cycles that hold channels.
    pub fn macs(&self) -> u64 {
        let per_tap: u64 = self.channels.iter().map(|word| u64::from(word.count_ones())).sum();
        let planes = u64::from(self.planes.last) + 1;
        per_tap * planes * (self.weights.len() / self.tap_words * self.gather.count(5) * self.gather.count(6)) as u64
    }

    fn taps(&self) -> usize {
        self.gather.count(2) * self.gather.count(3)
    }

    /// Executes the step on the memory.
    pub fn run(&self, memory: &mut Memory, scratch: &mut Scratch) {
        let rows = self.words * self.lanes;
        let mut pixel = Pixel::default();
        for y in 0..self.gather.count(6) {
            for x in 0..self.gather.count(5) {
                self.read([x, y], memory, &mut pixel);
                let sums = take(&mut scratch.sums, rows);
                sums.fill(0);
                vectorised(Sums { step: self, pixel: &pixel, sums });
                let at = y * self.gather.count(5) + x;
                if self.packed {
                    self.store_bits(at, sums, memory);
                    continue;
                }
                let out = take(&mut scratch.out, rows * if self.wide { 2 } else { 1 });
                if self.wide {
                    self.finish.apply_wide(sums, out)
                } else {
                    self.finish.apply(sums, rows, out)
                };
                for (word, data) in out.chunks_exact(self.lanes).enumerate() {
                    self.write(self.scatter.addr(word, 0, at), data, memory);
                }
            }
        }
    }

    /// The bits of the taps that a pixel meets, and what those outside the image add.
    fn read(&self, [x, y]: [usize; 2], memory: &Memory, pixel: &mut Pixel) {
        let g = &self.gather;
        let planes = usize::from(self.planes.last) + 1;
        let per_tap = planes * self.tap_words;
        let outside = vec![self.pad_value; self.lanes];
        pixel.taps.clear();
        pixel.bits.clear();
        pixel.base = 0;
        for tap in 0..g.count(2) * g.count(3) {
            let at = |word: usize| g.at([0, word, tap % g.count(2), tap / g.count(2), 0, x, y]);
            let inside = at(0).inside;
            if !inside && self.planes.zero_pad {
                pixel.base += self.channels.iter().map(|word| word.count_ones() as i32).sum::<i32>();
                continue;
            }
            pixel.taps.push(tap);
            let first = pixel.bits.len();
            pixel.bits.resize(first + per_tap, 0);
            for word in 0..g.count(1) {
                let bytes = if inside { memory.words(at(word).addr, 1) } else { &outside };
                self.spread(bytes, word, &mut pixel.bits[first..]);
            }
            for plane in pixel.bits[first..].chunks_exact_mut(self.tap_words) {
                plane.iter_mut().zip(&self.channels).for_each(|(word, own)| *word &= own);
            }
        }
    }

    /// Puts a word's bits into their places among a tap's, `[plane][machine word]`.
    fn spread(&self, bytes: &[i8], word: usize, bits: &mut [u64]) {
        if self.planes.packed {
            for (index, byte) in bytes.iter().enumerate() {
                let at = (word * self.lanes + index) * 8;
                bits[at / BITS] |= u64::from(*byte as u8) << (at % BITS);
            }
            return;
        }
        for (plane, own) in bits.chunks_exact_mut(self.tap_words).enumerate() {
            let shift = u32::from(self.planes.first) + plane as u32;
            for (index, byte) in bytes.iter().enumerate() {
                let at = word * self.lanes + index;
                own[at / BITS] |= u64::from(*byte as u8 >> shift & 1) << (at % BITS);
            }
        }
    }

    fn write(&self, addr: u16, data: &[i8], memory: &mut Memory) {
        memory.put(addr, data);
        memory.note(addr, (1 << memory.banks) - 1, 0..self.lanes);
    }

    /// The bits of eight words of accumulators make one word.
    fn store_bits(&self, pixel: usize, sums: &[i32], memory: &mut Memory) {
        let Finish::Stairs(stairs) = &self.finish else { return };
        let mut bytes = stairs.bits(sums);
        bytes.resize(bytes.len().next_multiple_of(self.lanes), 0);
        for (word, data) in bytes.chunks_exact(self.lanes).enumerate() {
            self.write(self.scatter.addr(0, 0, pixel).wrapping_add(word as u16), data, memory);
        }
    }
}

/// What a pixel's sums are made of.
#[derive(Default)]
struct Pixel {
    /// Taps that gates see.
    taps: Vec<usize>,
    /// Their bits, `[tap][plane][machine word]`.
    bits: Vec<u64>,
    /// What the others add to every sum.
    base: i32,
}

/// The sums of a pixel.
struct Sums<'s> {
    step: &'s Prepared,
    pixel: &'s Pixel,
    sums: &'s mut [i32],
}

impl Job for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sums { step, pixel, sums } = self;
        let planes = usize::from(step.planes.last) + 1;
        let (tap_words, taps) = (step.tap_words, step.taps());
        // Both are 0 where there is no channel, and weights are inverted: what differs is equal to the weight.
        let equal = |bits: &[u64], weights: &[u64]| bits.iter().zip(weights).map(|(a, w)| (a ^ w).count_ones()).sum::<u32>() as i32;
        if planes == 1 && pixel.taps.len() == taps {
            let (shift, sign) = (u32::from(step.planes.bipolar), if step.planes.negative { -1 } else { 1 });
            for (sum, weights) in sums.iter_mut().zip(step.weights.chunks_exact(taps * tap_words)) {
                *sum = pixel.base + sign * (equal(&pixel.bits, weights) << shift);
            }
            return;
        }
        for (sum, weights) in sums.iter_mut().zip(step.weights.chunks_exact(taps * tap_words)) {
            *sum = pixel.base;
            for (&tap, bits) in pixel.taps.iter().zip(pixel.bits.chunks_exact(planes * tap_words)) {
                let weights = &weights[tap * tap_words..][..tap_words];
                for (plane, bits) in bits.chunks_exact(tap_words).enumerate() {
                    let term = equal(bits, weights) << if step.planes.bipolar { 1 } else { plane };
                    *sum += if step.planes.negative && plane + 1 == planes { -term } else { term };
                }
            }
        }
    }
}
