//! Which design a folder holds, in four bytes: what a board says of itself, so that a host does not talk to another design's board.

use crate::host::Crc32;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The CRC-32 over `design.json` and the memory images of a design folder, each with its name and its length, images in name order.
///
/// # Errors
/// A file that cannot be read; the error names it.
pub fn design_hash(folder: &Path) -> io::Result<u32> {
    let named = |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("'{}': {error}", path.display()));
    let images = folder.join("images");
    let entries = fs::read_dir(&images).map_err(|error| named(&images, error))?;
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>().map_err(|error| named(&images, error))?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "hex"));
    files.sort();
    files.insert(0, folder.join("design.json"));
    let mut sum = Crc32::default();
    for file in files {
        let bytes = fs::read(&file).map_err(|error| named(&file, error))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sum.add(format!("{name} {}\n", bytes.len()).as_bytes());
        sum.add(&bytes);
    }
    Ok(sum.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_and_the_description_count() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert!(design_hash(folder.path()).unwrap_err().to_string().contains("images"));
        fs::create_dir(folder.path().join("images")).unwrap();
        assert!(design_hash(folder.path()).unwrap_err().to_string().contains("design.json"));
        put("design.json", "{}");
        put("images/a.hex", "01\n");
        put("images/b.hex", "02\n");
        let hash = design_hash(folder.path()).unwrap();
        put("images/notes.txt", "does not count");
        assert_eq!(design_hash(folder.path()).unwrap(), hash);
        for (name, text, original) in [("design.json", "[]", "{}"), ("images/a.hex", "02\n", "01\n"), ("images/b.hex", "", "02\n")] {
            put(name, text);
            assert_ne!(design_hash(folder.path()).unwrap(), hash, "{name}");
            put(name, original);
        }
        assert_eq!(design_hash(folder.path()).unwrap(), hash);
    }
}
