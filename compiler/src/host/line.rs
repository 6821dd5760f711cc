//! A line of bytes with a clock, and the serial port as one.

use super::error::HostError;
use serialport::{ClearBuffer, SerialPort};
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// Bytes to and from a board. Time is the line's own, so that a simulated board can have a simulated one.
pub trait Line {
    /// Sends all of the bytes.
    ///
    /// # Errors
    /// What the line fails with.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits for bytes until `deadline`; 0 when none came.
    ///
    /// # Errors
    /// What the line fails with.
    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> io::Result<usize>;

    /// Time since some moment that does not change.
    fn now(&self) -> Duration;
}

impl<L: Line + ?Sized> Line for &mut L {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        (**self).send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> io::Result<usize> {
        (**self).receive(buffer, deadline)
    }

    fn now(&self) -> Duration {
        (**self).now()
    }
}

/// A serial port: 8 data bits, no parity, 1 stop bit, no flow control.
pub struct SerialLine {
    port: Box<dyn SerialPort>,
    opened: Instant,
}

/// Longest that one write to the port may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

impl SerialLine {
    /// Opens a port at so many bits per second.
    ///
    /// # Errors
    /// A port that is not there, is in use, or does not have this rate.
    pub fn open(name: &str, baud: u32) -> Result<SerialLine, HostError> {
        let failed = |error: serialport::Error| HostError::Open(error.to_string());
        let port = serialport::new(name, baud).timeout(WRITE_TIMEOUT).open().map_err(failed)?;
        port.clear(ClearBuffer::All).map_err(failed)?;
        Ok(SerialLine { port, opened: Instant::now() })
    }
}

impl Line for SerialLine {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.port.set_timeout(WRITE_TIMEOUT)?;
        self.port.write_all(bytes)?;
        self.port.flush()
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> io::Result<usize> {
        loop {
            let left = deadline.saturating_sub(self.now());
            if left.is_zero() {
                return Ok(0);
            }
            self.port.set_timeout(left.max(Duration::from_millis(1)))?;
            match self.port.read(buffer) {
                // A port that is unplugged reads as ended.
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
                other => return other,
            }
        }
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}
