//! The host's side of the link to a board (`hdl/link/README.md`): frames ([`frame`]), the session that repeats what was lost ([`Session`]), and
//! the serial port ([`SerialLine`]). Streams in, streams out; what tensors lie in them is not known here.

mod crc;
mod error;
pub mod frame;
mod line;
mod session;

pub use crc::{Crc32, crc32};
pub use error::{HostError, Silence};
pub use line::{Line, SerialLine};
pub use session::{Inferred, Session, Settings, Statistics};
