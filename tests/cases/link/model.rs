//! The protocol's device side in Rust: what a board answers to bytes that are followed by silence.

use fretwork::host::crc32;
use fretwork::host::frame::{Answer, Kind, REQUEST_START};
use fretwork_tests::link::Shape;

/// A board with the stand-in accelerator, which keeps up with the line.
pub struct Model {
    shape: Shape,
    last_sequence: u8,
    /// Bytes that were accepted and wait for the accelerator.
    pending: Vec<u8>,
    /// Bytes that the accelerator has taken of an inference.
    taken: Vec<u8>,
    /// Bytes that it has to give.
    output: Vec<u8>,
    /// The block that READ fetches, when it is complete.
    block: Vec<u8>,
    /// It was sent; the next new request shows that it has arrived.
    sent: bool,
}

/// What is expected: of the answer to a READ not the first eight bytes, which are counts.
pub struct Expected {
    pub answer: Answer,
    pub has_counts: bool,
}

impl Model {
    pub fn new(shape: Shape) -> Model {
        let none = Vec::new;
        Model { shape, last_sequence: 0, pending: none(), taken: none(), output: none(), block: none(), sent: false }
    }

    /// The answer to a burst of bytes; they begin after a silence and end before one, and what follows a valid request is shorter than its answer.
    pub fn burst(&mut self, mut bytes: &[u8]) -> Option<Expected> {
        loop {
            let start = bytes.iter().position(|&byte| byte == REQUEST_START)?;
            let &[kind, sequence, length, ref rest @ ..] = &bytes[start + 1..] else { return None };
            let (payload, rest) = rest.split_at_checked(usize::from(length))?;
            let (check, rest) = rest.split_at_checked(4)?;
            let summed = [&[kind, sequence, length], payload].concat();
            let fits = match kind {
                0 | 1 | 3 => length == 0,
                2 => length > 0 && payload.len().is_multiple_of(self.shape.lanes),
                _ => false,
            };
            if fits && check == crc32(&summed).to_le_bytes() {
                return Some(self.request(kind, sequence, payload));
            }
            bytes = rest;
        }
    }

    fn request(&mut self, kind: u8, sequence: u8, payload: &[u8]) -> Expected {
        let answer = |kind: Kind, busy: bool, payload: Vec<u8>| Answer { kind, sequence, busy, payload };
        let plain = |answer: Answer| Expected { answer, has_counts: false };
        let is_new = sequence != self.last_sequence;
        // When the request's length came: one word waits at the accelerator's input, the others in the buffer.
        let is_full = self.pending.len() > self.shape.lanes;
        if kind >= 2 && is_new && self.sent {
            (self.block, self.sent) = (Vec::new(), false);
            self.advance();
        }
        match kind {
            0 => plain(answer(Kind::Info, false, self.info())),
            1 => {
                *self = Model { last_sequence: sequence, ..Model::new(self.shape) };
                plain(answer(Kind::Reset, false, Vec::new()))
            }
            2 if is_new && is_full => plain(answer(Kind::Write, true, Vec::new())),
            2 => {
                if is_new {
                    self.last_sequence = sequence;
                    self.pending.extend(payload);
                    self.advance();
                }
                plain(answer(Kind::Write, false, Vec::new()))
            }
            _ if self.block.is_empty() => plain(answer(Kind::Read, true, Vec::new())),
            _ => {
                (self.last_sequence, self.sent) = (sequence, true);
                Expected { answer: answer(Kind::Read, false, self.block.clone()), has_counts: true }
            }
        }
    }

    /// The accelerator takes no word while it has words to give, and they go into a block as soon as there is room.
    fn advance(&mut self) {
        let lanes = self.shape.lanes;
        loop {
            if self.block.is_empty() && !self.output.is_empty() {
                self.block = self.output.drain(..self.output.len().min(128)).collect();
            } else if self.output.is_empty() && self.pending.len() >= lanes {
                self.taken.extend(self.pending.drain(..lanes));
                if self.taken.len() == self.shape.inputs * lanes {
                    self.output = self.shape.expected(&std::mem::take(&mut self.taken));
                }
            } else {
                return;
            }
        }
    }

    fn info(&self) -> Vec<u8> {
        let three = |number: usize| number.to_le_bytes()[..3].to_vec();
        let Shape { lanes, inputs, outputs, .. } = self.shape;
        [&[1, lanes as u8][..], &three(inputs), &three(outputs), &0xc0de_cafe_u32.to_le_bytes(), &1_000_000_u32.to_le_bytes()].concat()
    }
}
