//! Program -> a folder that a hardware engineer can use without this tool: RTL, top level, memory images, a self-checking bench with
//! recorded vectors, build script, description.
//!
//! The folder appears whole or not at all: everything is written beside the target and renamed.

pub mod board;
mod folder;
mod hash;
mod readme;
mod top;

pub use folder::{EmitError, replace_folder};
pub use hash::design_hash;

use crate::plan::Program;
use fretwork_cosim::{Bench, write_bench};
use fretwork_hdl::memory::{Flash, Source as WeightSource};
use fretwork_hdl::{Accelerator, Images, Machine, rtl};
use fretwork_sim::stalls::Stalls;
use std::fs;
use std::path::Path;

/// A model file as it is copied into the design, so that the design can be checked against it later.
#[derive(Clone, Debug)]
pub struct Source {
    /// File name.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Folder inside a design that holds the model file.
pub const MODEL_FOLDER: &str = "model";

/// Writes the design folder. `inputs` are the input tensors of the inferences that the bench's vectors record.
///
/// # Errors
/// What the file system refuses, or a target that exists and is no design folder.
pub fn emit(program: &Program, source: &Source, inputs: &[Vec<Vec<i8>>], target: &Path) -> Result<(), EmitError> {
    emit_with(program, source, inputs, target, |_| Ok(Vec::new()))
}

/// The same with more files in it, which `more` makes of the folder as it is so far. Scripts (`.sh`) become executable.
///
/// # Errors
/// What the file system or `more` refuses, or a target that exists and is no design folder.
pub fn emit_with(
    program: &Program,
    source: &Source,
    inputs: &[Vec<Vec<i8>>],
    target: &Path,
    more: impl FnOnce(&Path) -> Result<Vec<board::File>, EmitError>,
) -> Result<(), EmitError> {
    replace_folder(target, |folder| {
        write(program, source, inputs, folder)?;
        more(folder)?.iter().try_for_each(|(path, content)| put_below(folder, path, content))
    })
}

/// Writes what simulators and synthesis tools read: `rtl/`, `images/` and `top.sv`, into an existing folder.
///
/// # Errors
/// What the file system refuses.
pub fn write_hardware(accelerator: &Accelerator, images: &Images, folder: &Path) -> Result<(), EmitError> {
    for sub in ["rtl", "images"] {
        let path = folder.join(sub);
        fs::create_dir_all(&path).map_err(|source| EmitError::io(&path, source))?;
    }
    for (name, text) in rtl::FILES {
        put(folder, &format!("rtl/{name}"), text.as_bytes())?;
    }
    for (name, text) in images.to_hex(accelerator) {
        put(folder, &format!("images/{name}"), text.as_bytes())?;
    }
    if matches!(accelerator.stream.source, WeightSource::Boot(Flash { single_port: true, .. })) {
        let path = folder.join("ice40");
        fs::create_dir_all(&path).map_err(|source| EmitError::io(&path, source))?;
        for (name, text) in rtl::ICE40 {
            put(&path, name, text.as_bytes())?;
        }
    }
    if let Some((name, bytes)) = images.outside(accelerator) {
        put(folder, name, &bytes)?;
    }
    put(folder, "top.sv", top::top(accelerator).as_bytes())
}

/// Writes a file and the folders that it lies in.
fn put_below(folder: &Path, name: &str, content: &[u8]) -> Result<(), EmitError> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|source| EmitError::io(parent, source))?;
    }
    put(folder, name, content)?;
    #[cfg(unix)]
    if name.ends_with(".sh") {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(|source| EmitError::io(&path, source))?;
    }
    Ok(())
}

/// Adds the RTL of the host link to the `rtl/` of a design folder.
///
/// # Errors
/// What the file system refuses.
pub fn write_link(folder: &Path) -> Result<(), EmitError> {
    rtl::LINK_FILES.iter().try_for_each(|(name, text)| put(folder, &format!("rtl/{name}"), text.as_bytes()))
}

fn put(folder: &Path, name: &str, content: &[u8]) -> Result<(), EmitError> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(|source| EmitError::io(&path, source))
}

fn write(program: &Program, source: &Source, inputs: &[Vec<Vec<i8>>], folder: &Path) -> Result<(), EmitError> {
    let accelerator = &program.design.accelerator;
    write_hardware(accelerator, &program.images, folder)?;
    let model = folder.join(MODEL_FOLDER);
    fs::create_dir(&model).map_err(|source| EmitError::io(&model, source))?;
    put(&model, &source.name, &source.bytes)?;
    put(folder, "README.md", readme::readme(program).as_bytes())?;
    let json = serde_json::to_string_pretty(&program.design).map_err(|e| EmitError::Internal(e.to_string()))?;
    put(folder, "design.json", json.as_bytes())?;

    let machine = Machine::new(accelerator, &program.images).ok_or_else(|| EmitError::Internal("the step table does not decode".into()))?;
    let streams: Vec<Vec<u8>> = inputs.iter().map(|tensors| program.stream(tensors)).collect();
    let run = machine.run(&streams, Stalls::NONE, true);
    let outside = accelerator.stream.source.outside();
    let bench = Bench { lanes: accelerator.lanes, banks: accelerator.banks(), recording: &run.recording, inputs: &streams, outside };
    write_bench(folder, &bench).map_err(|e| EmitError::Internal(e.to_string()))
}
