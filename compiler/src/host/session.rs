//! A conversation with a board: one request at a time, repeated until it is answered.

use super::error::{HostError, Silence};
use super::frame::{Answer, COUNT_BYTES, Decoder, Info, Kind, MOST_PAYLOAD, OVERHEAD, VERSION, request};
use super::line::Line;
use serde::Serialize;
use std::time::Duration;

/// The longest silence within a frame, and the longest wait for a block, before the board gives up (1/32 of a second).
const BOARD_TIMEOUT: Duration = Duration::from_micros(31_250);
/// Bits on the line per byte.
const BITS: u64 = 10;

/// How patient the host is.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bits per second, to know how long a frame is on the line.
    pub baud: u32,
    /// How long an answer may take besides the time on the line. It has to be more than the board's own 1/32 of a second.
    pub timeout: Duration,
    /// How often a request is repeated that is not answered.
    pub retries: u32,
    /// How long the board may put off one request.
    pub patience: Duration,
}

/// What it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Requests that were answered.
    pub requests: u64,
    /// Requests that were sent again because no answer came.
    pub retries: u64,
    /// Answers that put a request off.
    pub busy: u64,
    /// Answers that came late, to a request that was answered before.
    pub stale: u64,
    /// Received bytes that belonged to no answer.
    pub skipped_bytes: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Bytes received.
    pub received_bytes: u64,
}

/// One inference's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The output stream.
    pub output: Vec<u8>,
    /// Clock cycles from the first input word to the last output word.
    pub cycles: u32,
    /// Those without the cycles in which the accelerator waited for the line.
    pub worked_cycles: u32,
}

/// A board that was reset and has said who it is.
pub struct Session<L> {
    line: L,
    settings: Settings,
    decoder: Decoder,
    statistics: Statistics,
    sequence: u8,
    info: Info,
}

impl<L: Line> Session<L> {
    /// Resets the board and asks who it is.
    ///
    /// # Errors
    /// A board that does not answer, or another version of the protocol.
    pub fn open(line: L, settings: Settings) -> Result<Session<L>, HostError> {
        let info = Info { version: 0, lanes: 0, input_words: 0, output_words: 0, design: 0, clock_hz: 0 };
        let mut session = Session { line, settings, decoder: Decoder::default(), statistics: Statistics::default(), sequence: 0, info };
        session.settle()?;
        session.exchange(Kind::Reset, &[])?;
        let answer = session.exchange(Kind::Info, &[])?;
        let protocol = |what: String| HostError::Protocol { request: Kind::Info.name(), what };
        session.info = Info::from_bytes(&answer.payload).ok_or_else(|| protocol(format!("has {} bytes, not 16", answer.payload.len())))?;
        match session.info {
            Info { version: VERSION, lanes: 1.., .. } => Ok(session),
            Info { version, lanes, .. } => Err(protocol(format!("names version {version} and words of {lanes} bytes, this is version {VERSION}"))),
        }
    }

    /// What the board said of itself.
    pub fn info(&self) -> Info {
        self.info
    }

    /// What it took so far.
    pub fn statistics(&self) -> Statistics {
        Statistics { skipped_bytes: self.decoder.skipped(), ..self.statistics }
    }

    /// One inference: sends its input stream and fetches its output stream. `sent` is told how many bytes have been sent.
    ///
    /// # Errors
    /// A board that does not answer, is busy for too long, or returns another number of words than it said.
    pub fn infer(&mut self, input: &[u8], sent: &dyn Fn(usize)) -> Result<Inferred, HostError> {
        let lanes = usize::from(self.info.lanes);
        let mut done = 0;
        for words in input.chunks(MOST_PAYLOAD / lanes * lanes) {
            self.exchange(Kind::Write, words)?;
            done += words.len();
            sent(done);
        }
        let expected = self.info.output_words as usize * lanes;
        let mut output = Vec::with_capacity(expected);
        loop {
            let answer = self.exchange(Kind::Read, &[])?;
            let (counts, block) = answer.payload.split_at(answer.payload.len().min(COUNT_BYTES));
            output.extend(block);
            let (Some(cycles), Some(worked_cycles), 1..) = (number(counts, 0), number(counts, 4), block.len()) else {
                let what = format!("has {} bytes, too few for counts and words", answer.payload.len());
                return Err(HostError::Protocol { request: Kind::Read.name(), what });
            };
            if output.len() == expected {
                return Ok(Inferred { output, cycles, worked_cycles });
            }
            if output.len() > expected {
                let what = format!("brings the output to {} bytes, {expected} were announced", output.len());
                return Err(HostError::Protocol { request: Kind::Read.name(), what });
            }
        }
    }

    /// Waits until the board has given up whatever it took for a frame, and what it may still be sending is through.
    fn settle(&mut self) -> Result<(), HostError> {
        let mut buffer = [0; 1024];
        let most = self.line.now() + 20 * BOARD_TIMEOUT;
        loop {
            let deadline = self.line.now() + 2 * BOARD_TIMEOUT;
            let count = self.line.receive(&mut buffer, deadline).map_err(|source| HostError::Line { request: Kind::Reset.name(), source })?;
            if count == 0 || self.line.now() > most {
                return Ok(());
            }
        }
    }

    /// Sends a request under the next sequence number until it is answered.
    fn exchange(&mut self, kind: Kind, payload: &[u8]) -> Result<Answer, HostError> {
        self.sequence = self.sequence.wrapping_add(1);
        let bytes = request(kind, self.sequence, payload);
        let (begin, before) = (self.line.now(), (self.statistics.received_bytes, self.decoder.skipped()));
        let (mut attempts, mut busy_since) = (0, None);
        loop {
            self.line.send(&bytes).map_err(|source| HostError::Line { request: kind.name(), source })?;
            self.statistics.sent_bytes += bytes.len() as u64;
            match self.answer(kind, bytes.len())? {
                Some(answer) if !answer.busy => {
                    self.statistics.requests += 1;
                    return Ok(answer);
                }
                Some(_) => {
                    self.statistics.busy += 1;
                    attempts = 0;
                    let now = self.line.now();
                    let waited = now.saturating_sub(*busy_since.get_or_insert(now));
                    if waited > self.settings.patience {
                        return Err(HostError::Busy { request: kind.name(), waited, patience: self.settings.patience });
                    }
                }
                None => {
                    attempts += 1;
                    if attempts > self.settings.retries {
                        let silence = Silence { received: self.statistics.received_bytes - before.0, skipped: self.decoder.skipped() - before.1 };
                        return Err(HostError::Silent { request: kind.name(), attempts, waited: self.line.now().saturating_sub(begin), silence });
                    }
                    self.statistics.retries += 1;
                }
            }
        }
    }

    /// Waits for the answer to the request that was sent last, which had so many bytes.
    fn answer(&mut self, kind: Kind, sent: usize) -> Result<Option<Answer>, HostError> {
        let bits = BITS * (sent + OVERHEAD + MOST_PAYLOAD) as u64;
        let on_line = Duration::from_nanos(1_000_000_000 * bits / u64::from(self.settings.baud.max(1)));
        let deadline = self.line.now() + on_line + self.settings.timeout.max(2 * BOARD_TIMEOUT);
        let mut buffer = [0; 1024];
        loop {
            let count = self.line.receive(&mut buffer, deadline).map_err(|source| HostError::Line { request: kind.name(), source })?;
            self.statistics.received_bytes += count as u64;
            self.decoder.push(&buffer[..count]);
            while let Some(answer) = self.decoder.next(count == 0) {
                if answer.kind == kind && answer.sequence == self.sequence {
                    return Ok(Some(answer));
                }
                self.statistics.stale += 1;
            }
            if count == 0 {
                return Ok(None);
            }
        }
    }
}

/// Four bytes as a number, the lowest first.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
