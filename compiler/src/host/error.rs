//! Why a board could not be talked to.

use std::fmt;
use std::io;
use std::time::Duration;

/// Errors of the link; each says what was asked and what would help.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The port cannot be opened.
    #[error("the port cannot be opened: {0}; --port takes the board's serial port, such as /dev/ttyUSB0, which you need the right to use")]
    Open(String),
    /// The port failed while it was used.
    #[error("the line to the board failed during {request}: {source}; is the cable still plugged in?")]
    Line {
        /// The request's name.
        request: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// Nobody answered.
    #[error("no answer to {request} after {attempts} attempts in {:.1} s: {silence}", waited.as_secs_f64())]
    Silent {
        /// The request's name.
        request: &'static str,
        /// How often it was sent.
        attempts: u32,
        /// How long.
        waited: Duration,
        /// What came instead.
        silence: Silence,
    },
    /// The board answers, but does not get on.
    #[error(
        "the board is busy: it has put off {request} for {:.1} s, an inference takes less than {:.1} s; was it reset, or did another program use it?",
        waited.as_secs_f64(), patience.as_secs_f64()
    )]
    Busy {
        /// The request's name.
        request: &'static str,
        /// How long.
        waited: Duration,
        /// How long it may take.
        patience: Duration,
    },
    /// The board says something that this host does not understand.
    #[error("the board's answer to {request} {what}; board and fretwork have to be of the same version: make the bitstream again")]
    Protocol {
        /// The request's name.
        request: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

/// What was heard while no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Bytes received.
    pub received: u64,
    /// Of these, bytes that belonged to no answer.
    pub skipped: u64,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Silence { received: 0, .. } => f.write_str("nothing was received; check port and cable, and that the board holds the bitstream"),
            Silence { received, skipped } => {
                write!(
                    f,
                    "{received} bytes were received, {skipped} of them in no valid answer; check --baud, and that the board holds the bitstream"
                )
            }
        }
    }
}
