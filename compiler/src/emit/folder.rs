//! Folders that appear whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a design folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// The file system refused.
    #[error("cannot write '{}': {source}; nothing was left behind", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The target is there and is not ours.
    #[error("'{}' exists and is no design folder (it has no design.json); choose another folder or remove it", path.display())]
    Occupied {
        /// The target.
        path: PathBuf,
    },
    /// A bug.
    #[error("this is a bug in fretwork: {0}")]
    Internal(String),
}

impl EmitError {
    /// A refusal of the file system.
    pub fn io(path: &Path, source: io::Error) -> EmitError {
        EmitError::Io { path: path.to_path_buf(), source }
    }
}

/// Fills a temporary folder beside `target` and renames it to `target`; an earlier design there is replaced.
///
/// # Errors
/// What `fill` returns, what the file system refuses, or a target that exists and holds no design.
pub fn replace_folder(target: &Path, fill: impl FnOnce(&Path) -> Result<(), EmitError>) -> Result<(), EmitError> {
    let occupied = target.exists() && (!target.is_dir() || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_some()));
    if occupied && !target.join("design.json").is_file() {
        return Err(EmitError::Occupied { path: target.to_path_buf() });
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|source| EmitError::io(parent, source))?;
    let fresh = tempfile::Builder::new().prefix(".fretwork-").tempdir_in(parent).map_err(|source| EmitError::io(parent, source))?;
    let content = fresh.path().join("new");
    fs::create_dir(&content).map_err(|source| EmitError::io(&content, source))?;
    fill(&content)?;
    if target.exists() {
        fs::rename(target, fresh.path().join("old")).map_err(|source| EmitError::io(target, source))?;
    }
    fs::rename(&content, target).map_err(|source| EmitError::io(target, source))
}
