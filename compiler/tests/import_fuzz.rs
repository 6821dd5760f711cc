//! Damaged model files: every one is imported or refused, none makes the importer panic or dawdle.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fretwork::graph::host::finish;
use fretwork::graph::{Graph, Op, evaluate};
use fretwork::import::compressed::write;
use fretwork::import::{import, load};
use fretwork_sim::stalls::splitmix;

const VARIANTS: usize = 10_000;
const SLOWEST: Duration = Duration::from_millis(500);

/// A seeded stream of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix(self.0)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Small models of the repository and, if it is there, an acceptance model.
fn originals() -> Vec<Vec<u8>> {
    let shared = workspace().join("../shared/models/mlperf-tiny/kws_ref_model.tflite");
    let folders = ["small", "int16", "compressed"].map(|folder| workspace().join("tests/tflm").join(folder));
    let small = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut paths: Vec<PathBuf> = small.filter(|path| path.extension().is_some_and(|e| e == "tflite")).collect();
    paths.sort();
    paths.extend(shared.is_file().then_some(shared));
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// One damaged variant: truncated, with flipped bits, with overwritten words, with a piece moved, or random altogether.
fn damage(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    match random.below(6) {
        0 => bytes.truncate(random.below(original.len())),
        1 => (0..1 + random.below(4)).for_each(|_| {
            let at = random.below(original.len());
            bytes[at] ^= 1 << random.below(8);
        }),
        2 => (0..1 + random.below(20)).for_each(|_| {
            let at = random.below(original.len());
            bytes[at] = random.next() as u8;
        }),
        3 => {
            let at = random.below(original.len() / 4) * 4;
            let words = [0u32, 1, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x0001_0000, original.len() as u32];
            bytes[at..at + 4].copy_from_slice(&words[random.below(words.len())].to_le_bytes());
        }
        4 => {
            let length = 1 + random.below(original.len() / 4);
            let (from, to) = (random.below(original.len() - length), random.below(original.len() - length));
            bytes.copy_within(from..from + length, to);
        }
        _ => {
            bytes = (0..random.below(300)).map(|_| random.next() as u8).collect();
            if bytes.len() > 8 && random.below(2) == 0 {
                bytes[4..8].copy_from_slice(b"TFL3");
            }
        }
    }
    bytes
}

/// A graph that was imported can be printed and, if it is small enough for a test, evaluated.
fn run(graph: &Graph) {
    let text = graph.to_string();
    let large_window = |op: &Op| match op {
        Op::Conv { window, .. } | Op::Depthwise { window, .. } => window.kernel.iter().any(|size| *size > 32),
        Op::AveragePool { window, .. } | Op::MaxPool { window, .. } => window.kernel.iter().any(|size| *size > 32),
        _ => false,
    };
    let values: usize = graph.tensors.iter().map(|tensor| tensor.len()).sum();
    if values < 10_000 && !graph.nodes.iter().any(|node| large_window(&node.op)) {
        let inputs: Vec<Vec<i8>> = graph.inputs.iter().map(|id| vec![-128; graph.tensors[*id].bytes()]).collect();
        let values = evaluate(graph, &inputs);
        let outputs: Vec<Vec<i8>> = graph.outputs.iter().map(|id| values[*id].clone()).collect();
        assert_eq!(finish(graph, &outputs).len(), graph.outputs.len(), "{text}");
        for (value, tensor) in values.iter().zip(&graph.tensors) {
            assert_eq!(value.len(), tensor.bytes(), "{text}");
        }
    }
}

/// The models as compressed files.
fn compressed() -> Vec<Vec<u8>> {
    originals().iter().map(|bytes| write(&import(bytes, "compressed").unwrap()).unwrap().bytes).collect()
}

/// One damaged variant of a compressed file: damaged as any file, or with another number, bracket or letter in its header.
fn damage_header(original: &[u8], random: &mut Random) -> Vec<u8> {
    if random.below(2) == 0 {
        return damage(original, random);
    }
    let mut bytes = original.to_vec();
    let header = 8 + usize::from(u16::from_le_bytes([bytes[0], bytes[1]]));
    for _ in 0..1 + random.below(3) {
        let at = 8 + random.below(header - 8);
        match bytes[at] {
            b'0'..=b'9' => bytes[at] = b"0123456789-."[random.below(12)],
            b',' | b'[' | b']' => bytes[at] = b",[]9"[random.below(4)],
            _ if random.below(8) == 0 => bytes[at] = b"aoptw"[random.below(5)],
            _ => {}
        }
    }
    bytes
}

#[test]
fn damaged_models_are_refused_or_imported() {
    damaged_files_are_refused_or_imported(&originals(), damage);
}

#[test]
fn damaged_compressed_files_are_refused_or_imported() {
    damaged_files_are_refused_or_imported(&compressed(), damage_header);
}

#[test]
fn every_truncation_of_a_compressed_file_is_refused() {
    let original = compressed().into_iter().min_by_key(Vec::len).unwrap();
    assert!(import(&original, "whole").is_ok());
    for length in 0..original.len() {
        assert!(import(&original[..length], "truncated").is_err(), "length {length}");
    }
}

fn damaged_files_are_refused_or_imported(originals: &[Vec<u8>], damage: fn(&[u8], &mut Random) -> Vec<u8>) {
    assert!(!originals.is_empty());
    let mut random = Random(7);
    let (mut imported, mut slowest) = (0, Duration::ZERO);
    for variant in 0..VARIANTS {
        let bytes = damage(&originals[variant % originals.len()], &mut random);
        let start = Instant::now();
        let result = import(&bytes, "damaged");
        slowest = slowest.max(start.elapsed());
        if let Ok(graph) = result {
            imported += 1;
            run(&graph);
        }
    }
    println!("{VARIANTS} variants of {} models: {imported} imported, slowest {slowest:?}", originals.len());
    assert!(slowest < SLOWEST, "the slowest took {slowest:?}");
}

#[test]
fn every_truncation_of_a_small_model_is_refused() {
    let original = originals().into_iter().min_by_key(Vec::len).unwrap();
    for length in 0..original.len() - 4 {
        assert!(import(&original[..length], "truncated").is_err(), "length {length}");
    }
}

#[test]
fn files_that_are_no_models_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, content: &[u8], part: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let message = load(&path).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains(part), "{message}");
    };
    check("empty.tflite", b"", "the file is empty");
    check("text.tflite", b"hello, world", "unknown file format");
    check("stub.tflite", b"\x18\0\0\0TFL3", "damaged");
    let absent = load(&folder.path().join("absent.tflite")).unwrap_err().to_string();
    assert!(absent.contains("absent.tflite") && absent.contains("cannot be read"), "{absent}");
}
