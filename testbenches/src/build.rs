//! From a design folder to a loaded model: `rtl/*.sv` and `top.sv` through Verilator and the C++ compiler into a shared library, kept in a cache.
//! Memory images are no part of it; they are read when a run constructs the model.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::abi::Api;
use crate::error::{CosimError, io_error};
use crate::job::{Job, Top};

/// How to build a model.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Whether runs can write an FST trace. Such a model is slower, even when it does not trace.
    pub trace: bool,
    /// The cache folder; by default `$FRETWORK_CACHE`, `$XDG_CACHE_HOME/fretwork` or `~/.cache/fretwork`.
    pub cache: Option<PathBuf>,
    /// The Verilator to call, by default `verilator` on the search path.
    pub verilator: PathBuf,
}

impl Default for BuildOptions {
    fn default() -> Self {
        BuildOptions { trace: false, cache: None, verilator: PathBuf::from("verilator") }
    }
}

/// A compiled design. It holds no state: every run constructs the hardware anew, and runs may go on in several threads at once.
pub struct Model {
    pub(crate) api: Api,
    pub(crate) trace: bool,
    cache_hit: bool,
    build_time: Duration,
    log: String,
}

impl Model {
    /// Builds the design in `design_dir`, or takes it from the cache.
    pub fn build(design_dir: &Path, options: &BuildOptions) -> Result<Model, CosimError> {
        let begin = Instant::now();
        let job = Job::prepare(design_dir, Top::Design, options)?;
        let entry = job.cache.entry("model", &job.key);
        let library = entry.join("fw_model.so");
        let cache_hit = library.is_file();
        if !cache_hit {
            job.compile()?;
        }
        let log_path = entry.join("verilator.log");
        let log = fs::read_to_string(&log_path).map_err(io_error(&log_path))?;
        Ok(Model { api: Api::load(&library)?, trace: options.trace, cache_hit, build_time: begin.elapsed(), log })
    }

    /// Bytes of a stream or memory word.
    pub fn lanes(&self) -> usize {
        self.api.lanes
    }

    /// Write banks of the activation memory.
    pub fn banks(&self) -> usize {
        self.api.banks
    }

    /// Whether the model came from the cache.
    pub fn cache_hit(&self) -> bool {
        self.cache_hit
    }

    /// How long [`Model::build`] took.
    pub fn build_time(&self) -> Duration {
        self.build_time
    }

    /// What Verilator said about the RTL: its warnings, or nothing.
    pub fn log(&self) -> &str {
        &self.log
    }
}
