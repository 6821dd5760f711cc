//! Whole networks: where they lie, inputs for them, and the comparison of reference kernels, cycle simulator and emitted Verilog.

use fretwork::graph::{Graph, evaluate};
use fretwork::plan::{Program, Request, plan};
use fretwork_cosim::{BuildOptions, Model, Stimulus, compare};
use fretwork_hdl::{Accelerator, Kind, Machine};
use fretwork_sim::record::Recording;
use fretwork_sim::stalls::Stalls;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Back-pressure for the runs that have some.
pub const STALLS: Stalls = Stalls { seed: 3, probability: 0.3 };

/// The workspace's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The example network.
pub fn lenet5() -> PathBuf {
    workspace().join("examples/lenet5/lenet5_int8.tflite")
}

/// Small models with one operator or two each, by name.
pub fn small(name: &str) -> PathBuf {
    workspace().join("tests/tflm/small").join(name).with_extension("tflite")
}

/// All small models that run without a sparse engine.
pub fn all_small() -> Vec<PathBuf> {
    models("small")
}

/// The models in a folder of those that were compared with TensorFlow Lite Micro.
pub fn models(folder: &str) -> Vec<PathBuf> {
    found(&workspace().join("tests/tflm").join(folder), "tflite")
}

/// Small ONNX models that were compared with their runtimes.
pub fn onnx_models() -> Vec<PathBuf> {
    found(&workspace().join("tests/onnx/small"), "onnx")
}

/// Small float ONNX models.
pub fn float_models() -> Vec<PathBuf> {
    found(&workspace().join("tests/onnx/float"), "onnx")
}

/// An ONNX model of `tests/onnx` by name.
pub fn onnx_model(name: &str) -> PathBuf {
    let folders = ["small", "widths"].map(|folder| workspace().join("tests/onnx").join(folder).join(name).with_extension("onnx"));
    folders.into_iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("no model {name} in tests/onnx"))
}

/// The files of a folder with an extension, by name.
pub fn found(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the small models").flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    found.sort();
    found
}

/// A network of MLPerf Tiny, when the acceptance models are there; otherwise the test is skipped, and says so.
pub fn mlperf_tiny(name: &str) -> Option<PathBuf> {
    let folder = workspace().join("../shared/models/mlperf-tiny");
    if !folder.is_dir() {
        println!("skipped: ../shared is not here");
        return None;
    }
    Some(folder.join(name).with_extension("tflite"))
}

/// The digits that come with LeNet-5, one inference each.
pub fn digits() -> Vec<Vec<Vec<i8>>> {
    let bytes = std::fs::read(workspace().join("examples/lenet5/digits.npy")).expect("the digits");
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[header..].chunks_exact(28 * 28).map(|digit| vec![digit.iter().map(|&b| b as i8).collect()]).collect()
}

/// Random input tensors of one inference.
pub fn random_inputs(graph: &Graph, seed: u64) -> Vec<Vec<i8>> {
    fretwork::inputs::random(graph, 1, seed).remove(0)
}

/// A request for an accelerator of the given lanes, rows and columns.
pub fn request([lanes, rows, cols]: [usize; 3]) -> Request {
    Request { lanes, rows, cols, ..Request::square(lanes) }
}

/// A network on an accelerator.
pub struct Network {
    /// Its name.
    pub name: String,
    /// The graph.
    pub graph: Graph,
    /// The program.
    pub program: Program,
    machine: Machine,
}

/// What a comparison covered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compared {
    /// Activations of the layers that the kernels, the simulator and (when it ran) the Verilog agree on.
    pub values: usize,
    /// Cycles of the Verilog runs.
    pub cycles: u64,
    /// Time to build the Verilator model.
    pub build_time: Duration,
    /// Time of the Verilog runs.
    pub run_time: Duration,
}

impl Network {
    /// Imports and plans a model.
    pub fn load(path: &Path, request: &Request) -> Network {
        let graph = fretwork::import::load(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Network::plan(graph, request)
    }

    /// Plans a graph.
    pub fn plan(graph: Graph, request: &Request) -> Network {
        graph.check().unwrap_or_else(|error| panic!("{error}"));
        let name = graph.name.clone();
        let program = plan(&graph, request).unwrap_or_else(|error| panic!("{name}: {error}"));
        let machine = Machine::new(&program.design.accelerator, &program.images).unwrap_or_else(|| panic!("{name}: no step table"));
        Network { name, graph, program, machine }
    }

    /// Gives networks whose thresholds have the same width one accelerator, with accumulators and memories that are large enough for all of them.
    pub fn share_accelerators(networks: &mut [Network]) {
        let accelerators: Vec<Accelerator> = networks.iter().map(|network| network.program.design.accelerator.clone()).collect();
        for network in networks {
            let own = &mut network.program.design.accelerator;
            for other in accelerators.iter().filter(|other| other.threshold_bits == own.threshold_bits) {
                own.acc_bits = own.acc_bits.max(other.acc_bits);
                own.acc_depth = own.acc_depth.max(other.acc_depth);
                own.activation_words = own.activation_words.max(other.activation_words);
                own.weight_words = own.weight_words.max(other.weight_words);
                own.lane_weight_words = own.lane_weight_words.max(other.lane_weight_words);
                own.param_words = own.param_words.max(other.param_words);
                own.threshold_words = own.threshold_words.max(other.threshold_words);
                own.tables = own.tables.max(other.tables);
                own.steps = own.steps.max(other.steps);
                own.affine |= other.affine;
                if let (Some(own), Some(other)) = (&mut own.xnor, &other.xnor) {
                    own.weight_words = own.weight_words.max(other.weight_words);
                }
                if let (Some(own), Some(other)) = (&mut own.shift, &other.shift) {
                    own.weight_words = own.weight_words.max(other.weight_words);
                    own.tables = own.tables.max(other.tables);
                }
            }
            let machine = Machine::new(&network.program.design.accelerator, &network.program.images);
            network.machine = machine.unwrap_or_else(|| panic!("{}: no step table", network.name));
        }
    }

    /// Inputs of `count` inferences.
    pub fn inputs(&self, count: u64) -> Vec<Vec<Vec<i8>>> {
        (1..=count).map(|seed| random_inputs(&self.graph, seed)).collect()
    }

    /// The input streams of some inferences.
    pub fn streams(&self, inputs: &[Vec<Vec<i8>>]) -> Vec<Vec<u8>> {
        inputs.iter().map(|tensors| self.program.stream(tensors)).collect()
    }

    /// What the simulator records.
    pub fn simulate(&self, streams: &[Vec<u8>], stalls: Stalls) -> Recording {
        self.machine.run(streams, stalls, true).recording
    }

    /// Cycles of the first inference, from the first input word to the last output word.
    pub fn latency_cycles(&self) -> u64 {
        let timings = self.machine.timings(&self.streams(&self.inputs(1)), Stalls::NONE);
        timings[timings.len() - 1].end - timings[0].start
    }

    /// Every layer and every output of every inference: the simulator's values are the kernels'. Returns how many values were compared.
    fn check_kernels(&self, expected: &[Vec<Vec<i8>>], recording: &Recording) -> usize {
        let steps = self.program.steps.len();
        let mut values = 0;
        for (inference, expected) in expected.iter().enumerate() {
            let records = &recording.steps[inference * steps..][..steps];
            for (step, record) in records.iter().enumerate() {
                let outcome = self.program.check_step(step, &record.writes, expected);
                outcome.unwrap_or_else(|mismatch| panic!("{}, inference {inference}: {mismatch}", self.name));
                if matches!(self.program.design.steps[step].kind, Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift) {
                    let placement = &self.program.placements[step];
                    values += placement.region.pixels() * placement.map.len() / placement.width;
                }
            }
            let outputs = self.program.tensors(&recording.outputs[inference]);
            let wanted: Vec<&Vec<i8>> = self.graph.outputs.iter().map(|&id| &expected[id]).collect();
            assert!(outputs.iter().eq(wanted), "{}, inference {inference}: outputs differ from the kernels", self.name);
        }
        values
    }

    /// Kernels = simulator, and with `verilog` = Verilog, without stalls and with them.
    pub fn compare(&self, inputs: &[Vec<Vec<i8>>], verilog: bool) -> Compared {
        let streams = self.streams(inputs);
        let mut compared = Compared::default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let model = verilog.then(|| {
            let begin = Instant::now();
            fretwork::emit::write_hardware(&self.program.design.accelerator, &self.program.images, folder.path()).expect("a folder");
            let model = Model::build(folder.path(), &BuildOptions::default()).unwrap_or_else(|error| panic!("{}: {error}", self.name));
            assert_eq!(model.log(), "", "Verilator has no complaint about the RTL");
            compared.build_time = begin.elapsed();
            model
        });
        let expected: Vec<_> = inputs.iter().map(|tensors| evaluate(&self.graph, tensors)).collect();
        for stalls in [Stalls::NONE, STALLS] {
            let recording = self.simulate(&streams, stalls);
            compared.values = self.check_kernels(&expected, &recording);
            let Some(model) = &model else { continue };
            let end = recording.steps.last().map_or(0, |step| step.end);
            let mut stimulus = Stimulus::new(&streams, end + 1000);
            stimulus.stalls = stalls;
            stimulus.outside = self.program.design.accelerator.stream.source.outside();
            let run = model.run_timed(folder.path(), &stimulus).unwrap_or_else(|error| panic!("{}: {error}", self.name));
            let outcome = compare(&recording, &run.recording, &self.program.design.step_names());
            outcome.unwrap_or_else(|mismatch| panic!("{}, {stalls:?}: {mismatch}", self.name));
            compared.cycles += run.cycles;
            compared.run_time += run.wall_time;
        }
        let Compared { values, cycles, build_time, run_time } = compared;
        let a = &self.program.design.accelerator;
        let found = format!("{} {}x{} lanes {}: {values} values, kernels = simulator", self.name, a.rows, a.cols, a.lanes);
        if verilog {
            println!("{found} = Verilog; {cycles} cycles, build {build_time:.1?}, run {run_time:.1?}");
        } else {
            println!("{found}");
        }
        compared
    }
}
