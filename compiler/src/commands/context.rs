//! What commands say and to whom: results on standard output, progress on a terminal's standard error.

use super::error::CommandError;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Work that is done sooner shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// The command's surroundings.
pub struct Context {
    quiet: bool,
}

impl Context {
    /// With `quiet`, only what was asked for is printed.
    pub fn new(quiet: bool) -> Context {
        Context { quiet }
    }

    /// Prints what the user asked for.
    pub fn print(&self, text: &str) -> Result<(), CommandError> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // The reader has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(CommandError::Output),
        }
    }

    /// Prints a value as JSON.
    pub fn print_json(&self, value: &impl Serialize) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| CommandError::Internal(error.to_string()))?;
        self.print(&(text + "\n"))
    }

    /// Prints a summary, unless quiet.
    pub fn say(&self, text: &str) -> Result<(), CommandError> {
        if self.quiet { Ok(()) } else { self.print(text) }
    }

    /// A stage of long work: a spinner on a terminal, elsewhere a line on standard error.
    pub fn stage(&self, stage: &str, tool: &str) -> Progress {
        if !self.quiet && !io::stderr().is_terminal() {
            let _ = writeln!(io::stderr(), "{stage} ({tool})");
        }
        self.shown(&format!("{stage} ({tool})"), None)
    }

    /// A progress bar over `length` units, or a spinner; it shows after a second and on a terminal only.
    pub fn progress(&self, message: &'static str, length: Option<u64>) -> Progress {
        self.shown(message, length)
    }

    /// The same for work in the library; it ends when the function is dropped.
    pub fn watched(&self, message: &'static str, length: Option<u64>) -> Box<dyn Fn(u64)> {
        let progress = self.progress(message, length);
        Box::new(move |position| progress.at(position))
    }

    fn shown(&self, message: &str, length: Option<u64>) -> Progress {
        if self.quiet || !io::stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden(), shown: None };
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden()).with_message(message.to_owned());
        let template = if length.is_some() { "{msg} {wide_bar} {pos}/{len} {eta}" } else { "{spinner} {msg} {elapsed}" };
        let bar = bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let (done, waiting) = mpsc::channel::<()>();
        let late = bar.clone();
        let thread = std::thread::spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                late.set_draw_target(ProgressDrawTarget::stderr());
                late.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Progress { bar, shown: Some((done, thread)) }
    }
}

/// Progress on the terminal, cleared when dropped.
pub struct Progress {
    bar: ProgressBar,
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Where the work stands.
    pub fn at(&self, position: u64) {
        self.bar.set_position(position);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.shown.take() {
            drop(done);
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
