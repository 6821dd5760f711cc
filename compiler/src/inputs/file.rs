//! Array files: `FILE.npy`, `FILE.npz` and `FILE.npz:key`. The content decides, not the name.

use super::error::InputError;
use super::npy::{Array, parse};
use std::fs::File;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Most bytes of an array that are read.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads one array; `argument` is a path, for an archive with `:key` behind it where it holds several arrays.
///
/// # Errors
/// A file that cannot be read, is no array file, or has no such array.
pub fn load(argument: &str) -> Result<Array, InputError> {
    let (path, key) = match argument.rfind(".npz:") {
        Some(at) => (&argument[..at + 4], Some(&argument[at + 5..])),
        None => (argument, None),
    };
    let file = File::open(path).map_err(|source| InputError::Read { file: path.to_owned(), source })?;
    let bytes = read(file, path)?;
    let format = |reason| InputError::Format { file: argument.to_owned(), reason };
    match (&bytes[..], key) {
        ([b'P', b'K', ..], key) => member(bytes, path, key),
        (_, Some(_)) => Err(format("the file is no .npz archive, so it has no arrays with a key".to_owned())),
        (bytes, None) => parse(bytes).map_err(format),
    }
}

fn read(source: impl Read, file: &str) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    source.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|source| InputError::Read { file: file.to_owned(), source })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let reason = format!("it has more than {MAX_FILE_BYTES} bytes; arrays up to that size are supported");
        return Err(InputError::Format { file: file.to_owned(), reason });
    }
    Ok(bytes)
}

/// An array of an archive: the one with the key, or the only one.
fn member(bytes: Vec<u8>, path: &str, key: Option<&str>) -> Result<Array, InputError> {
    let format = |reason: String| InputError::Format { file: path.to_owned(), reason };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| format(format!("the archive is damaged: {error}")))?;
    let names = archive.file_names().filter_map(Result::ok);
    let mut keys: Vec<String> = names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect();
    keys.sort();
    let key = match (key, &keys[..]) {
        (_, []) => return Err(format("the archive holds no arrays".to_owned())),
        (Some(key), keys) if keys.iter().any(|known| known == key) => key.to_owned(),
        (Some(key), keys) => return Err(format(format!("there is no array '{key}'; there are {}", keys.join(", ")))),
        (None, [only]) => only.clone(),
        (None, keys) => {
            return Err(format(format!("the archive holds {} arrays; choose one: {path}:{}", keys.len(), keys.join(&format!(", {path}:")))));
        }
    };
    let entry = archive.by_name(&format!("{key}.npy")).map_err(|error| format(format!("array '{key}' cannot be unpacked: {error}")))?;
    let content = read(entry, path)?;
    parse(&content).map_err(|reason| format(format!("array '{key}': {reason}")))
}
