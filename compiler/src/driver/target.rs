//! What a command works on: a model file, or the model inside a design folder, planned for that folder's accelerator. The expected
//! behaviour is planned anew every time; of a design folder only the model and the accelerator's parameters are taken.

use super::error::CommandError;
use super::shape::Shape;
use crate::emit::{MODEL_FOLDER, Source, emit};
use crate::graph::Graph;
use crate::import;
use crate::plan::{CoreChoice, PlanError, Program, Request, StreamRequest, plan};
use fretwork_hdl::Machine;
use fretwork_hdl::design::Design;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Largest `design.json` that is read.
const MAX_DESIGN_BYTES: u64 = 1 << 28;
/// Largest weight memory of a design folder, in words.
const MAX_WEIGHT_WORDS: usize = 1 << 28;

/// A network and its program.
pub struct Target {
    /// The network.
    pub graph: Graph,
    /// What it became.
    pub program: Program,
    /// The model file.
    pub source: Source,
    /// The design folder, where there is one.
    pub folder: Option<PathBuf>,
}

impl Target {
    /// Loads and plans a model file or a design folder.
    pub fn load(path: &Path, shape: &Shape) -> Result<Target, CommandError> {
        if !path.is_dir() {
            let request = shape.request()?;
            return Target::plan(model(path)?, &request);
        }
        if let Some(option) = shape.given() {
            let message = format!("{option} is for model files; '{}' is a design folder, whose shape is in its design.json", path.display());
            return Err(CommandError::Usage(message));
        }
        let (text, design) = design(path)?;
        let (graph, source) = model(&inner_model(path)?)?;
        let program = plan(&graph, &request(path, &design)?)?;
        unchanged(path, &text, &design, &program)?;
        Ok(Target { graph, program, source, folder: Some(path.to_owned()) })
    }

    /// Plans a model.
    ///
    /// # Errors
    /// What does not fit, and the option that would help.
    pub fn plan((graph, source): (Graph, Source), request: &Request) -> Result<Target, CommandError> {
        let program = plan(&graph, request).map_err(|error| remedy(error, request))?;
        Ok(Target { graph, program, source, folder: None })
    }

    /// The simulator of the program.
    pub fn machine(&self) -> Result<Machine, CommandError> {
        let machine = Machine::new(&self.program.design.accelerator, &self.program.images);
        machine.ok_or_else(|| CommandError::Internal("the step table does not decode".to_owned()))
    }

    /// The input streams of inferences.
    pub fn streams(&self, inferences: &[Vec<Vec<i8>>]) -> Vec<Vec<u8>> {
        inferences.iter().map(|tensors| self.program.stream(tensors)).collect()
    }

    /// The folder whose Verilog stands for the target: the design folder itself, or a temporary one that is removed with the second value.
    pub fn emitted(&self, vectors: &[Vec<Vec<i8>>]) -> Result<(PathBuf, Option<tempfile::TempDir>), CommandError> {
        if let Some(folder) = &self.folder {
            return Ok((folder.clone(), None));
        }
        let temporary = tempfile::Builder::new().prefix("fretwork-").tempdir().map_err(CommandError::io(&std::env::temp_dir()))?;
        let folder = temporary.path().join("design");
        emit(&self.program, &self.source, vectors, &folder)?;
        Ok((folder, Some(temporary)))
    }

    /// `lenet5 on a 16x16 array with 16 lanes`.
    pub fn title(&self) -> String {
        let a = &self.program.design.accelerator;
        format!("{} on a {}x{} array with {} lanes", self.graph.name, a.rows, a.cols, a.lanes)
    }
}

/// Names the option that made a memory too small.
fn remedy(error: PlanError, request: &Request) -> CommandError {
    let PlanError::Memory { memory, needed_kib, .. } = error else {
        return CommandError::Plan(error);
    };
    let option = match memory {
        "activation memory" if request.activation_words.is_some() => "--activation-kib",
        "weight memory" if request.weight_bytes.is_some() => "--weight-kib",
        _ => return CommandError::Plan(error),
    };
    CommandError::Memory { error, option, kib: needed_kib.ceil() as u64 }
}

/// A model file: its graph and its bytes.
pub fn model(path: &Path) -> Result<(Graph, Source), CommandError> {
    let graph = import::load(path)?;
    let bytes = fs::read(path).map_err(CommandError::io(path))?;
    let name = path.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok((graph, Source { name, bytes }))
}

fn unusable(path: &Path, reason: impl Into<String>) -> CommandError {
    CommandError::Design { path: path.to_owned(), reason: reason.into() }
}

/// `design.json` as text and as a design.
fn design(folder: &Path) -> Result<(String, Design), CommandError> {
    let path = folder.join("design.json");
    if !path.is_file() {
        return Err(unusable(folder, "it is a folder without design.json; give a model file, or a folder written by `fretwork compile`"));
    }
    let mut text = String::new();
    let file = fs::File::open(&path).map_err(CommandError::io(&path))?;
    file.take(MAX_DESIGN_BYTES).read_to_string(&mut text).map_err(CommandError::io(&path))?;
    let design = serde_json::from_str(&text).map_err(|error| unusable(&path, format!("{error}; compile the model again")))?;
    Ok((text, design))
}

/// The one file in the folder's model folder.
fn inner_model(folder: &Path) -> Result<PathBuf, CommandError> {
    let path = folder.join(MODEL_FOLDER);
    let entries = fs::read_dir(&path).map_err(CommandError::io(&path))?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(CommandError::io(&path))?;
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) => Err(unusable(&path, format!("it holds {} files, must be the 1 model that the design was compiled from", files.len()))),
    }
}

/// The request that leads to a folder's accelerator.
fn request(folder: &Path, design: &Design) -> Result<Request, CommandError> {
    let a = &design.accelerator;
    let wrong = |reason: String| unusable(&folder.join("design.json"), reason);
    a.validate().map_err(|misfit| wrong(misfit.to_string()))?;
    if !(1..=MAX_WEIGHT_WORDS).contains(&a.weight_words) {
        return Err(wrong(format!("weight_words is {}; weight_words must be in 1..={MAX_WEIGHT_WORDS}", a.weight_words)));
    }
    Ok(Request {
        lanes: a.lanes,
        rows: a.rows,
        cols: a.cols,
        acc_depth: Some(a.acc_depth),
        activation_words: Some(a.activation_words),
        weight_bytes: Some(a.weight_words * a.weight_word_bytes()),
        stream: StreamRequest::exactly(&a.stream),
        lean: a.lean,
        trim: a.trim.is_some(),
        core: CoreChoice::from_name(&design.core).unwrap_or_default(),
        eie: a.eie.clone(),
        xnor: a.xnor.clone(),
        shift: a.shift.clone(),
    })
}

/// A design folder describes exactly the program that its model becomes.
fn unchanged(folder: &Path, text: &str, design: &Design, program: &Program) -> Result<(), CommandError> {
    let internal = |error: serde_json::Error| CommandError::Internal(error.to_string());
    let planned = Design { version: design.version.clone(), ..program.design.clone() };
    let planned: Value = serde_json::from_str(&serde_json::to_string(&planned).map_err(internal)?).map_err(internal)?;
    let found: Value = serde_json::from_str(text).map_err(internal)?;
    match difference("", &planned, &found) {
        None => Ok(()),
        Some(difference) => Err(unusable(
            &folder.join("design.json"),
            format!(
                "{difference}; the folder was changed, or written by another fretwork (it says {}, this is {}): compile the model again",
                design.version,
                env!("CARGO_PKG_VERSION")
            ),
        )),
    }
}

/// The first place in which two JSON values differ.
fn difference(place: &str, planned: &Value, found: &Value) -> Option<String> {
    let inner = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (planned, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.filter_map(|key| difference(&inner(key), a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null))).next()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| difference(&inner(&index.to_string()), a, b))
        }
        (Value::Array(a), Value::Array(b)) => Some(format!("{place} has {} entries, the model plans to {}", b.len(), a.len())),
        _ => (planned != found).then(|| format!("{place} is {found}, the model plans to {planned}")),
    }
}
