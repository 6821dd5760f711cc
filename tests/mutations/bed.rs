//! An emitted design that is changed, checked and put back.

use fretwork::compress::deep_compression;
use fretwork::compress::kmeans::{Init, Sharing};
use fretwork::compress::prune::{Scope, Target};
use fretwork::plan::{CodebookRequest, CoreChoice, Pace, Request, StreamRequest};
use fretwork_cosim::{BuildOptions, Model, Stimulus, compare};
use fretwork_hdl::eie::Eie;
use fretwork_hdl::memory::{Axi, Flash, Source};
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::xnor::XnorCore;
use fretwork_hdl::{Kind, Lean};
use fretwork_sim::outside::Latency;
use fretwork_sim::record::Recording;
use fretwork_sim::stalls::Stalls;
use fretwork_tests::binary::{binary_network, three_bit_network};
use fretwork_tests::folder::{emit, make};
use fretwork_tests::graphs::{every_operator, pruned_blocks, wide_layers, with_weights};
use fretwork_tests::networks::{Network, digits, lenet5, request};
use fretwork_tests::shift::shift_network;
use std::path::PathBuf;
use tempfile::TempDir;

/// Two slices and two banks in a word, and an array that Icarus simulates quickly.
const SHAPE: [usize; 3] = [8, 4, 4];

/// The design, with vectors of one inference or two.
pub struct Bed {
    pub network: Network,
    pub streams: Vec<Vec<u8>>,
    pub recording: Recording,
    folder: TempDir,
    model: Option<Model>,
}

impl Bed {
    /// LeNet-5 with a real digit.
    pub fn lenet5() -> Bed {
        Bed::new(Network::load(&lenet5(), &request(SHAPE)), &digits()[7..8])
    }

    /// The graph of every operator, with random inputs, in several pixel tiles.
    pub fn every_operator() -> Bed {
        let request = Request { acc_depth: Some(24), ..request(SHAPE) };
        let network = Network::plan(every_operator(), &request);
        let inputs = network.inputs(2);
        Bed::new(network, &inputs)
    }

    /// The graph of every operator on a shell that does without: shared requantisers, one port, late fetches, products of look-up tables, trimmed.
    pub fn lean() -> Bed {
        let lean = Lean { requantisers: Some(2), single_port: true, fetch_late: true, soft_rows: 2, soft_lanes: 5, ..Lean::default() };
        let network = Network::plan(every_operator(), &Request { acc_depth: Some(24), lean, trim: true, ..request(SHAPE) });
        let inputs = network.inputs(2);
        Bed::new(network, &inputs)
    }

    /// The same graph, pruned in blocks that are weight tiles.
    pub fn pruned() -> Bed {
        let request = Request { acc_depth: Some(24), ..request(SHAPE) };
        let network = Network::plan(pruned_blocks(4), &request);
        assert!(network.program.design.accelerator.tile_words > 100);
        let inputs = network.inputs(2);
        Bed::new(network, &inputs)
    }

    /// Convolutions with weights of three bits: codes of pairs in several tables, two columns to a multiplier, a word every three cycles.
    pub fn stream() -> Bed {
        let stream = StreamRequest {
            weight_bits: None,
            paired: true,
            codebook: CodebookRequest::Bits(6),
            group: 2,
            pace: Pace::Cycles(3),
            source: Source::Rom,
        };
        let graph = with_weights(shift_network([4, 5], [12, 4, 20, 5]), |weight| (weight >> 4).clamp(-4, 3));
        let network = Network::plan(graph, &Request { stream, ..request(SHAPE) });
        let stream = network.program.design.accelerator.stream;
        assert!(stream.weight_bits == 3 && stream.codebook.is_some_and(|book| book.tables > 1), "{stream}");
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// The graph of every operator, in several pixel tiles, with weights that come over AXI4 from a slow memory: words of a beat are half words.
    pub fn outside() -> Bed {
        let latency = Latency { least: 3, most: 40, gap_percent: 10, seed: 5 };
        let axi = Axi { bits: 32, burst: 16, outstanding: 1, queue: 32, base: 0x2000, latency };
        let stream = StreamRequest { source: Source::Axi(axi), ..StreamRequest::default() };
        let network = Network::plan(every_operator(), &Request { acc_depth: Some(24), stream, ..request([8, 4, 8]) });
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// The same graph with weights that are copied from a flash.
    pub fn flash() -> Bed {
        let flash = Flash { divider: 2, wake_cycles: 10, ..Flash::default() };
        let stream = StreamRequest { source: Source::Boot(flash), ..StreamRequest::default() };
        let network = Network::plan(every_operator(), &Request { acc_depth: Some(24), stream, ..request(SHAPE) });
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// The same graph, pruned and weight-shared, with every convolution on the sparse engine.
    pub fn sparse() -> Bed {
        let mut eie = Eie::with_pes(4);
        (eie.queue_depth, eie.index_bits, eie.code_bits, eie.registers) = (2, 2, 4, 16);
        let request = Request { eie: Some(eie), core: CoreChoice::Eie, ..request(SHAPE) };
        let target = Target { density: 0.3, scope: Scope::Layer, own: Vec::new(), depthwise: false };
        let sharing = Sharing { bits: 4, init: Init::Linear, depthwise: false };
        let network = Network::plan(deep_compression::compress(&every_operator(), &target, &sharing), &request);
        assert!(network.program.design.steps.iter().any(|step| step.kind == Kind::Eie));
        let inputs = network.inputs(2);
        Bed::new(network, &inputs)
    }

    /// A network of binary layers, all of them on the binary core.
    pub fn binary() -> Bed {
        let request = Request { xnor: Some(XnorCore::new(4, 16)), core: CoreChoice::Xnor, ..request(SHAPE) };
        let network = Network::plan(binary_network([4, 5], [12, 70, 9, 5]), &request);
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// The same network with convolutions of three-bit weights, on a core of four bits.
    pub fn three_bits() -> Bed {
        let core = XnorCore { weight_bits: 4, ..XnorCore::new(8, 16) };
        let network =
            Network::plan(three_bit_network([4, 4], [12, 34, 9, 5]), &Request { xnor: Some(core), core: CoreChoice::Xnor, ..request(SHAPE) });
        assert_eq!(network.program.design.steps.iter().filter(|step| step.kind == Kind::Xnor).count(), 5);
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// A network with powers of two, all layers whose weights allow it on the shift core: words of two chunks, tiles of two words.
    pub fn shift() -> Bed {
        let request = Request { shift: Some(ShiftCore::new(16, 4)), core: CoreChoice::Shift, ..request(SHAPE) };
        let network = Network::plan(shift_network([4, 5], [12, 4, 20, 5]), &request);
        assert_eq!(network.program.design.steps.iter().filter(|step| step.kind == Kind::Shift).count(), 4);
        let inputs = network.inputs(1);
        Bed::new(network, &inputs)
    }

    /// Layers of 16-bit activations in batches of two words, two parts per word of accumulators.
    pub fn wide() -> Bed {
        let mut eie = Eie::with_pes(4);
        (eie.queue_depth, eie.index_bits, eie.registers, eie.sources) = (2, 2, 16, 2);
        let request = Request { eie: Some(eie), core: CoreChoice::Eie, ..request(SHAPE) };
        let network = Network::plan(wide_layers(), &request);
        let mut inputs = network.inputs(2);
        // An activation whose low byte is zero, and a batch of zeros.
        inputs[0][0][..2].copy_from_slice(&[0, 3]);
        inputs[0][0][16..32].fill(0);
        Bed::new(network, &inputs)
    }

    fn new(network: Network, inputs: &[Vec<Vec<i8>>]) -> Bed {
        let streams = network.streams(inputs);
        let recording = network.simulate(&streams, Stalls::NONE);
        let folder = tempfile::tempdir().unwrap();
        let bed = Bed { network, streams, recording, folder, model: None };
        emit(&bed.network, inputs, &bed.path(""));
        let bench = make(&bed.path(""), "icarus");
        assert!(bench.passed, "the unchanged design fails: {}", bench.text);
        bed
    }

    /// With the Verilator model, which the unchanged images pass.
    pub fn with_model(mut self) -> Bed {
        self.model = Some(Model::build(&self.path(""), &BuildOptions::default()).unwrap());
        assert_eq!(self.verilator_difference(), None);
        self
    }

    fn path(&self, file: &str) -> PathBuf {
        let design = self.folder.path().join("design");
        if file.is_empty() { design } else { design.join(file) }
    }

    /// The text of a file of the design.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap()
    }

    /// What the Verilator run does differently from the simulator, if anything.
    fn verilator_difference(&self) -> Option<String> {
        let model = self.model.as_ref().expect("a bed with a model");
        let end = self.recording.steps.last().map_or(0, |step| step.end);
        let outside = self.network.program.design.accelerator.stream.source.outside();
        match model.run(&self.path(""), &Stimulus { outside, ..Stimulus::new(&self.streams, end + 1000) }) {
            Err(error) => Some(error.to_string()),
            Ok(found) => {
                let outcome = compare(&self.recording, &found, &self.network.program.design.step_names());
                outcome.err().map(|mismatch| mismatch.to_string())
            }
        }
    }

    /// Replaces a file's text, runs the checks and puts the text back: why the mutation survives, if it does.
    pub fn survives(&self, file: &str, mutant: &str) -> Option<String> {
        let original = self.text(file);
        assert_ne!(original, mutant, "{file}: the mutation changes nothing");
        std::fs::write(self.path(file), mutant).unwrap();
        let bench = make(&self.path(""), "icarus");
        let difference = if self.model.is_some() { self.verilator_difference() } else { Some("not run".into()) };
        std::fs::write(self.path(file), original).unwrap();
        if bench.passed {
            return Some("the bench passes under Icarus".into());
        }
        let line = bench.text.lines().find(|line| line.contains("FAIL") || line.to_lowercase().contains("error"));
        println!("{}: {} / {}", file, line.unwrap_or("failed").trim(), difference.as_deref().unwrap_or("-"));
        difference.is_none().then(|| "the Verilator run equals the simulator".into())
    }
}

/// Module, text that occurs in it once, what it becomes.
pub type Mutation = (&'static str, &'static str, &'static str);

/// Changes the RTL, one mutation after the other.
pub fn run(bed: &Bed, mutations: &[Mutation]) {
    let mut survivors = Vec::new();
    for (module, from, to) in mutations {
        let file = format!("rtl/{module}.sv");
        let original = bed.text(&file);
        assert_eq!(original.matches(from).count(), 1, "{file}: '{from}'");
        if bed.survives(&file, &original.replace(from, to)).is_some() {
            survivors.push(format!("{file}: '{from}' to '{to}'"));
        }
    }
    check(mutations.len(), &survivors);
}

/// Changes digits of an image's words, one after the other: line, and digit from the right.
pub fn change_digits(bed: &Bed, image: &str, places: &[(usize, usize)]) {
    let lines: Vec<String> = bed.text(image).lines().map(String::from).collect();
    let mut survivors = Vec::new();
    for &(line, digit) in places {
        let mut changed = lines.clone();
        let mut word: Vec<char> = lines[line].chars().collect();
        let at = word.len() - 1 - digit;
        let value = word[at].to_digit(16).expect("a digit");
        word[at] = char::from_digit(value ^ 1, 16).expect("a digit");
        changed[line] = word.into_iter().collect();
        if let Some(why) = bed.survives(image, &(changed.join("\n") + "\n")) {
            survivors.push(format!("{image}: line {line}, digit {digit}: {why}"));
        }
    }
    check(places.len(), &survivors);
}

/// Fails with all survivors.
#[track_caller]
pub fn check(count: usize, survivors: &[String]) {
    println!("{} of {count} mutations caught", count - survivors.len());
    assert!(survivors.is_empty(), "{} of {count} mutations survive:\n{}", survivors.len(), survivors.join("\n"));
}
