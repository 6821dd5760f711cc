//! Waveforms of a simulation as FST files, which GTKWave and Surfer open. One cycle is one nanosecond, whatever the clock of the
//! design. Which signals there are is the caller's business.
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType, FstVarDirection, FstVarType, FstWriteError,
    open_fst,
};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Buffered changes are written to disk beyond this many bytes.
const FLUSH_BYTES: usize = 16 << 20;

/// A waveform that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file could not be written.
    #[error("waveform: {0}")]
    Io(#[from] std::io::Error),
    /// The format cannot hold it: a name is too long, or time runs backwards.
    #[error("waveform: {0}")]
    Format(#[from] FstWriteError),
    /// A signal has no width.
    #[error("waveform: signal '{0}' has a width of 0 bits, at least 1 is required")]
    Width(String),
    /// A signal that was not declared.
    #[error("waveform: signal {index} is not in the required range of 0..{signals}")]
    Signal {
        /// The index that was given.
        index: usize,
        /// Number of declared signals.
        signals: usize,
    },
    /// A value with more bits than its signal.
    #[error("waveform: a value of signal {index} does not fit its {width} bits")]
    Value {
        /// Index of the signal.
        index: usize,
        /// Its width in bits.
        width: u32,
    },
}

/// A waveform file that is being written.
pub struct Trace {
    body: FstBodyWriter<BufWriter<File>>,
    signals: Vec<(FstSignalId, u32)>,
    /// The last value's binary digits, highest first.
    digits: Vec<u8>,
}

impl Trace {
    /// Creates the file. Each signal is a name and a width in bits; dots in a name separate modules, as in `top.core.valid`, and
    /// signals of one module should follow one another. A signal is `x` until its first value.
    pub fn create<N: AsRef<str>>(path: impl AsRef<Path>, signals: &[(N, u32)]) -> Result<Trace, TraceError> {
        let info = FstInfo {
            start_time: 0,
            timescale_exponent: -9,
            version: format!("fretwork {}", env!("CARGO_PKG_VERSION")),
            // No date: the same run gives the same file.
            date: String::new(),
            file_type: FstFileType::Verilog,
        };
        let mut header = open_fst(path, &info)?;
        let signals = declare(&mut header, signals)?;
        Ok(Trace { body: header.finish()?, signals, digits: Vec::new() })
    }

    /// From `cycle` on, signal number `index` has this value. Cycles must not decrease; unchanged values take no room.
    pub fn set(&mut self, cycle: u64, index: usize, value: u64) -> Result<(), TraceError> {
        self.set_bits(cycle, index, &value.to_le_bytes())
    }

    /// As [`Trace::set`] for signals of any width: `bytes` lowest first, missing ones are 0.
    pub fn set_bits(&mut self, cycle: u64, index: usize, bytes: &[u8]) -> Result<(), TraceError> {
        let Some(&(id, width)) = self.signals.get(index) else {
            return Err(TraceError::Signal { index, signals: self.signals.len() });
        };
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
        let width_bits = width as usize;
        if (width_bits..bytes.len() * 8).any(bit) {
            return Err(TraceError::Value { index, width });
        }
        self.digits.clear();
        self.digits.extend((0..width_bits).rev().map(|at| b'0' + u8::from(bit(at))));
        self.body.time_change(cycle)?;
        self.body.signal_change(id, &self.digits)?;
        if self.body.size() > FLUSH_BYTES {
            self.body.flush()?;
        }
        Ok(())
    }

    /// Completes the file; without this call it is not readable.
    pub fn finish(self) -> Result<(), TraceError> {
        self.body.finish()?.flush()?;
        Ok(())
    }
}

/// Declares all signals, with a scope for each module.
fn declare<N: AsRef<str>>(header: &mut FstHeaderWriter<BufWriter<File>>, signals: &[(N, u32)]) -> Result<Vec<(FstSignalId, u32)>, TraceError> {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = Vec::with_capacity(signals.len());
    for (name, width) in signals {
        if *width == 0 {
            return Err(TraceError::Width(name.as_ref().to_owned()));
        }
        let mut modules: Vec<&str> = name.as_ref().split('.').collect();
        let name = modules.pop().unwrap_or_default();
        let shared = open.iter().zip(&modules).take_while(|(a, b)| a == b).count();
        for _ in shared..open.len() {
            header.up_scope()?;
        }
        for module in &modules[shared..] {
            header.scope(module, "", FstScopeType::Module)?;
        }
        open = modules;
        let id = header.var(name, FstSignalType::bit_vec(*width), FstVarType::Logic, FstVarDirection::Implicit, None)?;
        ids.push((id, *width));
    }
    for _ in open {
        header.up_scope()?;
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wellen::simple::{Waveform, read};

    /// All changes of a signal: time and binary digits.
    fn changes(waveform: &mut Waveform, name: &str) -> Vec<(u64, String)> {
        let (scope, leaf) = name.rsplit_once('.').unwrap();
        let path: Vec<&str> = scope.split('.').collect();
        let hierarchy = waveform.hierarchy();
        let signal = hierarchy[hierarchy.lookup_var(&path, leaf).unwrap()].signal_ref();
        waveform.load_signals(&[signal]);
        let times = waveform.time_table().to_vec();
        let values = waveform.get_signal(signal).unwrap().iter_changes();
        values.map(|(at, value)| (times[at as usize], value.to_bit_string().unwrap())).collect()
    }

    fn expected(changes: &[(u64, &str)]) -> Vec<(u64, String)> {
        changes.iter().map(|(time, digits)| (*time, digits.to_string())).collect()
    }

    #[test]
    fn another_reader_sees_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.fst");
        let mut trace = Trace::create(&path, &[("top.valid", 1), ("top.core.state", 4), ("top.core.data", 72), ("other.late", 2)]).unwrap();
        trace.set(0, 0, 0).unwrap();
        trace.set(0, 1, 9).unwrap();
        trace.set(3, 0, 1).unwrap();
        trace.set_bits(3, 2, &[1, 0, 0, 0, 0, 0, 0, 0, 0x80]).unwrap();
        trace.set(4, 0, 1).unwrap();
        trace.set(7, 3, 2).unwrap();
        trace.set(1_000_000, 0, 0).unwrap();
        trace.finish().unwrap();

        let mut waveform = read(&path).unwrap();
        let timescale = waveform.hierarchy().timescale().unwrap();
        assert_eq!((timescale.factor, timescale.unit.to_exponent()), (1, Some(-9)));
        assert_eq!(changes(&mut waveform, "top.valid"), expected(&[(0, "0"), (3, "1"), (1_000_000, "0")]));
        assert_eq!(changes(&mut waveform, "top.core.state"), expected(&[(0, "1001")]));
        let data = format!("1{}1", "0".repeat(70));
        assert_eq!(changes(&mut waveform, "top.core.data"), expected(&[(0, &"x".repeat(72)), (3, &data)]));
        assert_eq!(changes(&mut waveform, "other.late"), expected(&[(0, "xx"), (7, "10")]));
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.fst");
        let message = |result: Result<(), TraceError>| result.unwrap_err().to_string();
        let none = Trace::create(&path, &[("a.b", 0)]).map(|_| ());
        assert_eq!(message(none), "waveform: signal 'a.b' has a width of 0 bits, at least 1 is required");
        let mut trace = Trace::create(&path, &[("a", 3)]).unwrap();
        assert_eq!(message(trace.set(0, 1, 0)), "waveform: signal 1 is not in the required range of 0..1");
        assert_eq!(message(trace.set(0, 0, 8)), "waveform: a value of signal 0 does not fit its 3 bits");
        trace.set(5, 0, 7).unwrap();
        assert_eq!(message(trace.set(4, 0, 7)), "waveform: Cannot change the time from 5 to 4. Time must always increase!");
        trace.finish().unwrap();
    }
}
