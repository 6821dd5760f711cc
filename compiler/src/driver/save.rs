//! Files that appear whole or not at all.

use super::error::CommandError;
use std::path::Path;

/// Writes beside the target and renames.
///
/// # Errors
/// What the file system refuses.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || {
        let mut builder = tempfile::Builder::new();
        // As other files are made: the user's mask decides who may read it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.prefix(".fretwork-").tempfile_in(parent)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(CommandError::io(path))
}
