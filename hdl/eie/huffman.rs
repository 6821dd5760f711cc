//! Canonical Huffman codes of at most fifteen bits, and the bit stream that the loader reads.
//!
//! Source: D. Huffman, Proc. IRE 1952; canonical form after E. Schwartz and B. Kallick, CACM 1964.

/// Bits of the longest code.
pub const MAX_LENGTH: usize = 15;

/// A canonical code over small symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Code length of every symbol, 0 for symbols without a code.
    lengths: Vec<u8>,
    /// Code word of every symbol.
    words: Vec<u16>,
}

impl Code {
    /// The code with the fewest bits for the given frequencies, lengths limited to fifteen bits. Symbols that never occur get no code.
    pub fn new(frequencies: &[u64]) -> Code {
        let mut weights = frequencies.to_vec();
        loop {
            let lengths = tree_lengths(&weights);
            if lengths.iter().all(|&l| usize::from(l) <= MAX_LENGTH) {
                return Code::from_lengths(lengths);
            }
            // Flatter frequencies make a flatter tree.
            weights.iter_mut().filter(|w| **w > 0).for_each(|w| *w = *w / 2 + 1);
        }
    }

    /// The canonical code with these lengths: shorter codes first, then by symbol.
    pub fn from_lengths(lengths: Vec<u8>) -> Code {
        let mut words = vec![0; lengths.len()];
        let mut next = 0u16;
        for length in 1..=MAX_LENGTH as u8 {
            next <<= 1;
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, l)| **l == length) {
                words[symbol] = next;
                next = next.wrapping_add(1);
            }
        }
        Code { lengths, words }
    }

    /// Symbols that have a code, in canonical order.
    pub fn symbols(&self) -> Vec<usize> {
        let mut symbols: Vec<usize> = (0..self.lengths.len()).filter(|&s| self.lengths[s] > 0).collect();
        symbols.sort_by_key(|&s| (self.lengths[s], s));
        symbols
    }

    /// Number of codes of the given length.
    pub fn count(&self, length: usize) -> usize {
        self.lengths.iter().filter(|&&l| usize::from(l) == length).count()
    }

    /// Bits of a symbol's code.
    pub fn length(&self, symbol: usize) -> usize {
        usize::from(self.lengths[symbol])
    }

    /// Appends a symbol's code.
    pub fn put(&self, symbol: usize, bits: &mut BitWriter) {
        bits.put(u32::from(self.words[symbol]), self.length(symbol));
    }
}

/// Depth of every symbol in the Huffman tree; 1 for an only symbol.
fn tree_lengths(weights: &[u64]) -> Vec<u8> {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> =
        weights.iter().enumerate().filter(|(_, w)| **w > 0).map(|(symbol, &w)| Reverse((w, symbol))).collect();
    let mut lengths = vec![0u8; weights.len()];
    if let (1, Some(Reverse((_, only)))) = (heap.len(), heap.peek().copied()) {
        lengths[only] = 1;
        return lengths;
    }
    let mut parents = vec![usize::MAX; weights.len()];
    while let (Some(Reverse((a, left))), Some(Reverse((b, right)))) = (heap.pop(), heap.pop()) {
        let node = parents.len();
        parents.push(usize::MAX);
        (parents[left], parents[right]) = (node, node);
        heap.push(Reverse((a + b, node)));
        if heap.len() == 1 {
            break;
        }
    }
    for symbol in (0..weights.len()).filter(|&s| weights[s] > 0) {
        let mut node = symbol;
        while parents[node] != usize::MAX {
            lengths[symbol] = lengths[symbol].saturating_add(1);
            node = parents[node];
        }
    }
    lengths
}

/// Writes a bit stream into 32-bit words, highest bit first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitWriter {
    /// Whole words; the last one is being filled.
    words: Vec<u32>,
    bits: usize,
}

impl BitWriter {
    /// Appends the low `count` bits of `value`, highest first.
    pub fn put(&mut self, value: u32, count: usize) {
        for bit in (0..count).rev() {
            if self.bits.is_multiple_of(32) {
                self.words.push(0);
            }
            let last = self.words.len() - 1;
            self.words[last] |= (value >> bit & 1) << (31 - self.bits % 32);
            self.bits += 1;
        }
    }

    /// Appends another stream.
    pub fn append(&mut self, other: &BitWriter) {
        (0..other.bits).for_each(|at| self.put(other.words[at / 32] >> (31 - at % 32) & 1, 1));
    }

    /// Number of bits written.
    pub fn len(&self) -> usize {
        self.bits
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// The words, the last one filled up with zeros.
    pub fn words(&self) -> &[u32] {
        &self.words
    }
}

/// Reads the stream as the loader does.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    words: &'a [u32],
    at: usize,
}

impl<'a> BitReader<'a> {
    /// From the first bit.
    pub fn new(words: &'a [u32]) -> BitReader<'a> {
        BitReader { words, at: 0 }
    }

    /// The next `count` bits, or `None` past the end.
    pub fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let word = self.words.get(self.at / 32)?;
            value = value << 1 | (word >> (31 - self.at % 32) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// A table as the stream holds it: the number of codes of every length, then the symbols of `width` bits in canonical order.
    pub fn table(&mut self, width: usize) -> Option<Decoder> {
        let counts = (0..MAX_LENGTH).map(|_| self.take(9).map(|c| c as usize)).collect::<Option<Vec<_>>>()?;
        let symbols = (0..counts.iter().sum()).map(|_| self.take(width)).collect::<Option<Vec<_>>>()?;
        Some(Decoder { counts, symbols })
    }

    /// The next symbol, or `None` where no code matches.
    pub fn symbol(&mut self, decoder: &Decoder) -> Option<u32> {
        let (mut code, mut first, mut index) = (0usize, 0usize, 0usize);
        for &count in &decoder.counts {
            code = code << 1 | self.take(1)? as usize;
            first <<= 1;
            if code < first + count {
                return decoder.symbols.get(index + code.checked_sub(first)?).copied();
            }
            first += count;
            index += count;
        }
        None
    }
}

/// A table for decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    counts: Vec<usize>,
    /// Symbols in canonical order.
    pub symbols: Vec<u32>,
}
