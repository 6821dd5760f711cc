//! What the ONNX importer makes of small models and of broken ones: the graphs it prints, the words in which it refuses, damaged files.
//!
//! `BLESS=1` rewrites the expectations.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fretwork::graph::{Graph, Op, evaluate};
use fretwork::import::{compressed, import, load, onnx};
use fretwork_sim::stalls::splitmix;

const VARIANTS: usize = 10_000;
const SLOWEST: Duration = Duration::from_secs(2);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/onnx").join(name)
}

fn models(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut models: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "onnx")).collect();
    models.sort();
    models
}

fn check(actual: &str, expectation: &Path) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(expectation, actual).unwrap();
    }
    let expected = std::fs::read_to_string(expectation).unwrap_or_default();
    let place = expectation.display();
    assert!(actual == expected, "{place} says\n{expected}\nbut it is\n{actual}\nIf that is right, run with BLESS=1");
}

#[test]
fn text_form_of_small_models() {
    let graphs = models(&folder("small")).iter().map(|model| load(model).unwrap().to_string()).collect::<Vec<_>>();
    check(&graphs.join("\n"), &folder("small/graphs.txt"));
}

#[test]
fn small_models_come_back_from_the_compressed_format() {
    for model in models(&folder("small")) {
        let graph = load(&model).unwrap();
        let written = compressed::write(&graph).unwrap_or_else(|error| panic!("{}: {error}", model.display()));
        assert_eq!(compressed::read(&written.bytes).unwrap(), graph);
    }
}

#[test]
fn refusals_name_the_node_the_reason_and_what_fits() {
    let refusal = |model: &PathBuf| {
        let message = load(model).expect_err(&model.display().to_string()).to_string();
        let start = model.parent().unwrap().display().to_string();
        message.strip_prefix(&start).unwrap().trim_start_matches('/').to_owned() + "\n"
    };
    check(&models(&folder("refused")).iter().map(refusal).collect::<String>(), &folder("refused/messages.txt"));
}

#[test]
fn content_tells_an_onnx_model() {
    let model = std::fs::read(&models(&folder("small"))[0]).unwrap();
    assert!(onnx::recognises(&model) && import(&model, "model").is_ok());
    for other in [&b"hello, world"[..], b"", &model[..model.len() - 1]] {
        assert!(!onnx::recognises(other));
    }
}

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

/// One damaged variant: truncated, with flipped bits, other bytes, another small number, a piece moved, or a field name exchanged.
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
            let length = 1 + random.below(original.len() / 4);
            let (from, to) = (random.below(original.len() - length), random.below(original.len() - length));
            bytes.copy_within(from..from + length, to);
        }
        // Small numbers are sizes, axes and types; with another one the file is often still well formed.
        _ => (0..1 + random.below(3)).for_each(|_| {
            let numbers: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] < 32).collect();
            let at = numbers[random.below(numbers.len())];
            bytes[at] = [0, 1, 2, 3, 5, 8, 28, 127][random.below(8)];
        }),
    }
    bytes
}

/// A graph that was imported can be printed and, if it is small enough for a test, evaluated.
fn run(graph: &Graph) {
    let text = graph.to_string();
    let large = |op: &Op| match op {
        Op::Conv { window, .. } | Op::Depthwise { window, .. } | Op::AveragePool { window, .. } | Op::MaxPool { window, .. } => {
            window.kernel.iter().any(|size| *size > 32)
        }
        _ => false,
    };
    let values: usize = graph.tensors.iter().map(|tensor| tensor.len()).sum();
    if values < 5_000 && !graph.nodes.iter().any(|node| large(&node.op)) {
        let inputs: Vec<Vec<i8>> = graph.inputs.iter().map(|id| vec![graph.tensors[*id].range()[1] as i8; graph.tensors[*id].bytes()]).collect();
        for (value, tensor) in evaluate(graph, &inputs).iter().zip(&graph.tensors) {
            assert_eq!(value.len(), tensor.bytes(), "{text}");
            assert_eq!(tensor.elements(value).iter().find(|element| !tensor.takes(**element)), None, "{tensor}\n{text}");
        }
    }
}

#[test]
fn damaged_models_are_refused_or_imported() {
    let originals: Vec<Vec<u8>> = models(&folder("small")).iter().map(|model| std::fs::read(model).unwrap()).collect();
    let mut random = Random(20);
    let mut imported = 0;
    for variant in 0..VARIANTS {
        let bytes = damage(&originals[variant % originals.len()], &mut random);
        let start = Instant::now();
        let result = onnx::import(&bytes, "damaged");
        let time = start.elapsed();
        assert!(time < SLOWEST, "variant {variant} took {time:?}");
        match result {
            Ok(graph) => {
                imported += 1;
                run(&graph);
            }
            Err(error) => assert!(!error.to_string().contains("bug"), "variant {variant}: {error}"),
        }
    }
    println!("{imported} of {VARIANTS} damaged models were imported");
    assert!(imported > VARIANTS / 100);
}

#[test]
fn every_truncation_is_refused() {
    let original = std::fs::read(folder("small/table_sigmoid.onnx")).unwrap();
    for length in 0..original.len() {
        // The operator versions stand behind the graph; without them there is still a model.
        let whole = import(&original[..length], "truncated").is_ok();
        assert!(!whole || length + 60 > original.len(), "length {length}");
    }
}
