//! Frames as bytes. `start, kind, sequence number, length, payload, CRC-32 of all but the start`, for requests and answers alike.

use super::crc::crc32;
use std::collections::VecDeque;

/// Version of the protocol.
pub const VERSION: u8 = 1;
/// First byte of a request.
pub const REQUEST_START: u8 = 0xa5;
/// First byte of an answer.
pub const ANSWER_START: u8 = 0x5a;
/// Most bytes of a payload.
pub const MOST_PAYLOAD: usize = 255;
/// Bytes of counts before the block in the answer to a READ.
pub const COUNT_BYTES: usize = 8;
/// Bytes of a frame besides its payload.
pub const OVERHEAD: usize = HEADER + CHECK;

const HEADER: usize = 4;
const CHECK: usize = 4;
/// Bits of an answer's kind: it is one, and the board was busy.
const ANSWERED: u8 = 0x80;
const BUSY: u8 = 0x40;

/// What is asked of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Who are you?
    Info,
    /// Start anew, the accelerator included.
    Reset,
    /// Bytes of the input stream.
    Write,
    /// The next block of the output stream.
    Read,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Info, Kind::Reset, Kind::Write, Kind::Read];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Info => "INFO",
            Kind::Reset => "RESET",
            Kind::Write => "WRITE",
            Kind::Read => "READ",
        }
    }
}

/// The bytes of a request; at most [`MOST_PAYLOAD`] of the payload are sent.
pub fn request(kind: Kind, sequence: u8, payload: &[u8]) -> Vec<u8> {
    frame(REQUEST_START, kind as u8, sequence, payload)
}

fn frame(start: u8, kind: u8, sequence: u8, payload: &[u8]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(MOST_PAYLOAD)];
    let mut bytes = vec![start, kind, sequence, payload.len() as u8];
    bytes.extend(payload);
    bytes.extend(crc32(&bytes[1..]).to_le_bytes());
    bytes
}

/// What the board answered; its check sum was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The request's kind.
    pub kind: Kind,
    /// The request's sequence number.
    pub sequence: u8,
    /// The request had no effect; it is to be repeated.
    pub busy: bool,
    /// Payload.
    pub payload: Vec<u8>,
}

impl Answer {
    /// The bytes of an answer, as the board sends them.
    pub fn to_bytes(&self) -> Vec<u8> {
        frame(ANSWER_START, ANSWERED | if self.busy { BUSY } else { 0 } | self.kind as u8, self.sequence, &self.payload)
    }
}

/// What a board says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Version of the protocol.
    pub version: u8,
    /// Bytes of a stream word.
    pub lanes: u8,
    /// Words on the input stream per inference.
    pub input_words: u32,
    /// Words on the output stream per inference.
    pub output_words: u32,
    /// Which design it is: [`design_hash`](crate::emit::design_hash).
    pub design: u32,
    /// The board's clock, in Hz.
    pub clock_hz: u32,
}

impl Info {
    /// Reads the payload of the answer to an INFO.
    pub fn from_bytes(payload: &[u8]) -> Option<Info> {
        let bytes: &[u8; 16] = payload.try_into().ok()?;
        let number = |at: usize, count: usize| bytes[at..at + count].iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
        Some(Info {
            version: bytes[0],
            lanes: bytes[1],
            input_words: number(2, 3),
            output_words: number(5, 3),
            design: number(8, 4),
            clock_hz: number(12, 4),
        })
    }
}

/// Finds answers in what comes over the line, whatever lies between them.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    bytes: VecDeque<u8>,
    skipped: u64,
}

/// What stands at the front of the bytes.
enum Front {
    Answer(Answer),
    Incomplete,
    Nothing,
}

impl Decoder {
    /// Takes in received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// The next answer. With `ended`, nothing more will come: a frame that is not whole is none.
    pub fn next(&mut self, ended: bool) -> Option<Answer> {
        while !self.bytes.is_empty() {
            match self.front() {
                Front::Answer(answer) => {
                    self.bytes.drain(..OVERHEAD + answer.payload.len());
                    return Some(answer);
                }
                Front::Incomplete if !ended => return None,
                Front::Incomplete | Front::Nothing => {
                    self.bytes.pop_front();
                    self.skipped += 1;
                }
            }
        }
        None
    }

    /// Bytes that belonged to no answer so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    fn front(&self) -> Front {
        let at = |index: usize| self.bytes.get(index).copied();
        if at(0).is_some_and(|start| start != ANSWER_START) {
            return Front::Nothing;
        }
        let Some(kind) = at(1) else { return Front::Incomplete };
        if kind & ANSWERED == 0 || kind & !(ANSWERED | BUSY | 3) != 0 {
            return Front::Nothing;
        }
        let (Some(sequence), Some(length)) = (at(2), at(3)) else { return Front::Incomplete };
        let end = HEADER + usize::from(length);
        if self.bytes.len() < end + CHECK {
            return Front::Incomplete;
        }
        let frame: Vec<u8> = self.bytes.range(1..end).copied().collect();
        if !self.bytes.range(end..end + CHECK).copied().eq(crc32(&frame).to_le_bytes()) {
            return Front::Nothing;
        }
        let kind_of = Kind::ALL[usize::from(kind & 3)];
        Front::Answer(Answer { kind: kind_of, sequence, busy: kind & BUSY != 0, payload: frame[HEADER - 1..].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answers() -> impl Strategy<Value = Answer> {
        let payload = prop::collection::vec(any::<u8>(), 0..=MOST_PAYLOAD);
        (0..4usize, any::<u8>(), any::<bool>(), payload).prop_map(|(kind, sequence, busy, payload)| Answer {
            kind: Kind::ALL[kind],
            sequence,
            busy,
            payload,
        })
    }

    fn all(decoder: &mut Decoder, ended: bool) -> Vec<Answer> {
        std::iter::from_fn(|| decoder.next(ended)).collect()
    }

    #[test]
    fn a_request_is_these_bytes() {
        assert_eq!(request(Kind::Info, 7, &[]), [0xa5, 0, 7, 0, 0xd5, 0x4f, 0x00, 0xb0]);
        assert_eq!(request(Kind::Write, 1, &[9; 300]).len(), OVERHEAD + MOST_PAYLOAD);
    }

    #[test]
    fn info_is_sixteen_bytes() {
        let bytes = [1, 4, 0x20, 6, 0, 3, 0, 0, 1, 2, 3, 4, 0, 0x1b, 0xb7, 0];
        let info = Info { version: 1, lanes: 4, input_words: 1568, output_words: 3, design: 0x0403_0201, clock_hz: 12_000_000 };
        assert_eq!(Info::from_bytes(&bytes), Some(info));
        assert_eq!(Info::from_bytes(&bytes[1..]), None);
    }

    proptest! {
        #[test]
        fn answers_are_found_between_anything(parts in prop::collection::vec((prop::collection::vec(0..=0x59u8, 0..40), answers()), 1..5), cut in 1..60usize) {
            let bytes: Vec<u8> = parts.iter().flat_map(|(noise, answer)| noise.iter().copied().chain(answer.to_bytes())).collect();
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(cut) {
                decoder.push(piece);
                found.extend(all(&mut decoder, false));
            }
            prop_assert_eq!(found, parts.iter().map(|(_, answer)| answer.clone()).collect::<Vec<_>>());
            prop_assert_eq!(decoder.skipped(), parts.iter().map(|(noise, _)| noise.len() as u64).sum::<u64>());
        }

        #[test]
        fn anything_is_read_to_its_end(bytes in prop::collection::vec(prop_oneof![Just(ANSWER_START), Just(0x80u8), any::<u8>()], 0..600)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            all(&mut decoder, false);
            all(&mut decoder, true);
            prop_assert!(decoder.bytes.is_empty());
        }

        #[test]
        fn a_damaged_answer_is_none(answer in answers(), at in any::<prop::sample::Index>(), flip in 1..=255u8) {
            let mut bytes = answer.to_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            prop_assert!(!all(&mut decoder, true).contains(&answer));
        }

        #[test]
        fn a_start_that_is_none_hides_no_answer(answer in answers(), length in any::<u8>()) {
            let mut decoder = Decoder::default();
            decoder.push(&[ANSWER_START, ANSWERED, 1, length]);
            decoder.push(&answer.to_bytes());
            prop_assert_eq!(all(&mut decoder, true), vec![answer]);
        }
    }
}
