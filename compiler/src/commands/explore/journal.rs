//! What was searched already: a journal, a line for each accelerator, so that what was stopped goes on where it was; and the result of a shard in one
//! file that appears whole or not at all.

use crate::commands::error::CommandError;
use fretwork::driver::save::save;
use fretwork::explore::Found;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A part of the accelerators: those whose index leaves `index` when divided by `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// 0 to `count - 1`.
    pub index: usize,
    /// Number of shards.
    pub count: usize,
}

impl Shard {
    /// All of them.
    pub const WHOLE: Shard = Shard { index: 0, count: 1 };

    /// Whether an accelerator is of this part.
    pub fn holds(self, candidate: usize) -> bool {
        candidate % self.count == self.index
    }
}

/// Reads `I/N`, I from 0.
pub fn shard(text: &str) -> Result<Shard, String> {
    let refused = || format!("parameter 'shard' is {text}, must be I/N with I in 0..N");
    let (index, count) = text.split_once('/').ok_or_else(refused)?;
    let (index, count) = index.parse().ok().zip(count.parse().ok()).ok_or_else(refused)?;
    if index < count { Ok(Shard { index, count }) } else { Err(refused()) }
}

/// SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize, Deserialize)]
struct Line {
    candidate: usize,
    found: Found,
}

/// The journal of a search; its first line is the search's key.
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// Largest file that is read.
const MOST_BYTES: u64 = 1 << 32;

fn read(path: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    File::open(path).map_err(CommandError::io(path))?.take(MOST_BYTES).read_to_string(&mut text).map_err(CommandError::io(path))?;
    Ok(text)
}

impl Journal {
    /// Opens or begins a journal; what it holds already.
    ///
    /// # Errors
    /// A journal of another search.
    pub fn open(path: &Path, key: &str) -> Result<(Journal, BTreeMap<usize, Found>), CommandError> {
        let text = if path.exists() { read(path)? } else { String::new() };
        // What was being written when the search was stopped is no whole line.
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut lines = whole.lines();
        if lines.next().is_some_and(|first| first != key) {
            let why =
                format!("'{}' is the journal of another search (other options, model or inputs): name another file, or remove it", path.display());
            return Err(CommandError::Usage(why));
        }
        let entries = lines.map(|line| serde_json::from_str::<Line>(line).map(|line| (line.candidate, line.found)));
        let damaged = |error: serde_json::Error| CommandError::Usage(format!("'{}' is damaged: {error}; remove it", path.display()));
        let done = entries.collect::<Result<BTreeMap<usize, Found>, _>>().map_err(damaged)?;
        let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(CommandError::io(path))?;
        file.set_len(whole.len() as u64).map_err(CommandError::io(path))?;
        if whole.is_empty() {
            writeln!(file, "{key}").map_err(CommandError::io(path))?;
        }
        Ok((Journal { path: path.to_owned(), file: Mutex::new(file) }, done))
    }

    /// Notes what was found.
    pub fn note(&self, candidate: usize, found: &Found) -> Result<(), CommandError> {
        let line = json(&Line { candidate, found: found.clone() })?;
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.flush()).map_err(CommandError::io(&self.path))
    }
}

/// A shard's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardResult {
    /// The search's key.
    pub key: String,
    /// The part of it.
    pub shard: Shard,
    /// The words that began the search.
    pub arguments: Vec<String>,
    /// Number of accelerators in all.
    pub candidates: usize,
    /// What was found, by accelerator.
    pub found: BTreeMap<usize, Found>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// SHA-256 of `result` as JSON.
    hash: String,
    result: ShardResult,
}

fn json(value: &impl Serialize) -> Result<String, CommandError> {
    serde_json::to_string(value).map_err(|error| CommandError::Internal(error.to_string()))
}

impl ShardResult {
    /// The file of a shard in a folder.
    pub fn path(folder: &Path, key: &str, shard: Shard) -> PathBuf {
        folder.join(format!("{}-{}-of-{}.json", &key[..16], shard.index, shard.count))
    }

    /// Writes the file whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, CommandError> {
        let path = ShardResult::path(folder, &self.key, self.shard);
        let text = json(&Sealed { hash: hash(json(self)?.as_bytes()), result: self.clone() })? + "\n";
        save(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Reads a file and checks its hash.
    pub fn read(path: &Path) -> Result<ShardResult, CommandError> {
        let damaged = |why: String| CommandError::Usage(format!("'{}' is no result of a shard: {why}; run the shard again", path.display()));
        let Sealed { hash: sealed, result } = serde_json::from_str(&read(path)?).map_err(|error| damaged(error.to_string()))?;
        if hash(json(&result)?.as_bytes()) != sealed {
            return Err(damaged("its content is not what its hash says".to_owned()));
        }
        Ok(result)
    }

    /// All results in a folder.
    pub fn all(folder: &Path) -> Result<Vec<ShardResult>, CommandError> {
        let entries = fs::read_dir(folder).map_err(CommandError::io(folder))?;
        let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(CommandError::io(folder))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| ShardResult::read(path)).collect()
    }
}
