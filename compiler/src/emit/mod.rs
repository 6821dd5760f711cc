//! Program -> a folder that a hardware engineer can use without this tool: RTL, top level, memory images, a self-checking bench with
//! recorded vectors, build script, description.
//!
//! The folder appears whole or not at all: everything is written beside the target and renamed.

pub mod board;
mod folder;
mod readme;
mod top;

pub use folder::{EmitError, replace_folder};

use crate::plan::Program;
use fretwork_cosim::{Bench, write_bench};
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
    emit_with(program, source, inputs, &[], target)
}

/// The same with more files in it: path and content. Scripts (`.sh`) become executable.
///
/// # Errors
/// What the file system refuses, or a target that exists and is no design folder.
pub fn emit_with(program: &Program, source: &Source, inputs: &[Vec<Vec<i8>>], more: &[board::File], target: &Path) -> Result<(), EmitError> {
    replace_folder(target, |folder| {
        write(program, source, inputs, folder)?;
        more.iter().try_for_each(|(path, content)| put_below(folder, path, content))
    })
}

/// Tells designs apart: a hash of the description and of the memory images.
pub fn design_hash(program: &Program) -> u32 {
    let images = program.images.to_hex(&program.design.accelerator);
    let description = serde_json::to_string(&program.design).unwrap_or_default();
    let bytes = images.iter().flat_map(|(_, text)| text.bytes()).chain(description.bytes());
    // FNV-1a.
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
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
    let bench = Bench { lanes: accelerator.lanes, banks: accelerator.banks(), recording: &run.recording, inputs: &streams };
    write_bench(folder, &bench).map_err(|e| EmitError::Internal(e.to_string()))
}
