//! The cache of compiled models and Verilator runtimes: folders named by a hash. An entry is made beside its place and renamed into it, so it is either
//! whole or absent, and two builders of the same entry do no harm.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{CosimError, io_error};

/// A hash over named parts, in order.
#[derive(Default)]
pub(crate) struct Key(Sha256);

impl Key {
    /// Adds a part; lengths go in too, so that no two lists of parts run into each other.
    pub fn part(mut self, name: &str, text: &[u8]) -> Key {
        for field in [name.as_bytes(), text] {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
        self
    }

    /// The hash in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// One cache folder.
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The folder asked for, else `$FRETWORK_CACHE`, `$XDG_CACHE_HOME/fretwork`, `~/.cache/fretwork`.
    pub fn open(asked: Option<&Path>) -> Result<Cache, CosimError> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let root = asked
            .map(Path::to_owned)
            .or_else(|| set("FRETWORK_CACHE"))
            .or_else(|| set("XDG_CACHE_HOME").map(|path| path.join("fretwork")))
            .or_else(|| set("HOME").map(|path| path.join(".cache/fretwork")))
            .unwrap_or_else(|| std::env::temp_dir().join("fretwork-cache"));
        fs::create_dir_all(&root).map_err(io_error(&root))?;
        // Absolute, because tools run in other folders.
        let root = fs::canonicalize(&root).map_err(io_error(&root))?;
        Ok(Cache { root })
    }

    /// Where the entry is, or would be.
    pub fn entry(&self, kind: &str, key: &str) -> PathBuf {
        self.root.join(format!("{kind}-{key}"))
    }

    /// Copies `files` in as one entry and returns its folder. An entry that another builder finished first is kept.
    pub fn install(&self, kind: &str, key: &str, files: &[&Path]) -> Result<PathBuf, CosimError> {
        let entry = self.entry(kind, key);
        let staging = tempfile::Builder::new().prefix("new-").tempdir_in(&self.root).map_err(io_error(&self.root))?;
        for file in files {
            let name = file.file_name().expect("a cached file has a name");
            fs::copy(file, staging.path().join(name)).map_err(io_error(file))?;
        }
        let staged = staging.keep();
        if let Err(error) = fs::rename(&staged, &entry) {
            // The staged folder is ours alone; whether it can be removed changes nothing for the caller.
            let _ = fs::remove_dir_all(&staged);
            if !entry.is_dir() {
                return Err(io_error(&entry)(error));
            }
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let a = Key::default().part("x", b"yz").finish();
        let b = Key::default().part("xy", b"z").finish();
        assert_ne!(a, b);
        assert_eq!(a.len(), 64);
    }

    #[test]
    fn second_install_keeps_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(&folder.path().join("cache"))).unwrap();
        let file = folder.path().join("model.txt");
        fs::write(&file, "first").unwrap();
        let entry = cache.install("model", "k", &[&file]).unwrap();
        fs::write(&file, "second").unwrap();
        assert_eq!(cache.install("model", "k", &[&file]).unwrap(), entry);
        assert_eq!(fs::read_to_string(entry.join("model.txt")).unwrap(), "first");
        assert_eq!(fs::read_dir(folder.path().join("cache")).unwrap().count(), 1);
    }
}
