//! Estimates are the simulator's figures: every mixture of treatments, on accelerators of all cores.

use fretwork::compress::recode::{Recoder, Treatment};
use fretwork::explore::{Estimator, Options};
use fretwork::graph::Graph;
use fretwork::inputs;
use fretwork::plan::{Pace, Request, StreamRequest};
use fretwork::report::{EnergyOptions, Report, Size, inference_cycles, inferences_to_settle};
use fretwork_hdl::eie::Eie;
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::xnor::XnorCore;
use fretwork_hdl::{Lean, Machine};
use fretwork_sim::energy::Technology;
use fretwork_sim::stalls::{Stalls, splitmix};
use std::path::Path;

fn network(path: &str) -> Graph {
    fretwork::import::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path)).expect("an example of the project")
}

fn treatments(texts: &[&str]) -> Vec<Treatment> {
    texts.iter().map(|text| text.parse().expect("a treatment")).collect()
}

/// A number below `below` that follows from the seed.
fn random(seed: u64, below: usize) -> usize {
    splitmix(seed) as usize % below
}

/// Compares so many random choices with the simulator.
fn compare(graph: &Graph, request: &Request, texts: &[&str], choices: u64) {
    let technology = Technology::named("45nm").expect("it is known").expect("it is right");
    let inputs = inputs::random(graph, 1, 3);
    let options = Options { technology: &technology, clock_mhz: 500.0, inputs: &inputs };
    let estimator = Estimator::new(&Recoder::new(graph), request, &treatments(texts), &options).expect("the network fits");
    let layers = estimator.layers().count();
    for seed in 0..choices {
        let of =
            |layer: usize| (0..).map(|t| random(seed * 100 + layer as u64 * 10 + t, texts.len())).find(|t| estimator.refusal(layer, *t).is_none());
        let choice: Vec<usize> = (0..layers).filter_map(of).collect();
        let estimate = estimator.estimate(&choice).expect("every treatment is possible");
        let (treated, mut program) = estimator.program(&choice).expect("the mixture fits");
        let machine = Machine::new(&program.design.accelerator, &program.images).expect("it decodes");
        let stream = program.stream(&inputs[0]);
        assert_eq!(estimate.totals.cycles, inference_cycles(&machine, &stream), "{choice:?} of {texts:?}");
        assert_eq!(estimate.layers.iter().map(|layer| layer.cycles).sum::<u64>(), estimate.totals.cycles);
        assert_eq!(treated.nodes.len(), graph.nodes.len());
        // Energy is that of the accelerator for all choices.
        program.design.accelerator = estimator.accelerator().clone();
        let Some(machine) = Machine::new(&program.design.accelerator, &program.images) else {
            // Codes of the shift core are as wide as the widest layer needs.
            assert!(request.shift.is_some());
            continue;
        };
        let run = machine.run_counted(&vec![stream; inferences_to_settle(&machine)], Stalls::NONE, true);
        let size = Size::of(&program.design.accelerator, &technology).expect("the family is known");
        let energy = EnergyOptions { technology: &technology, clock_mhz: 500.0, size, activity: None };
        let report = Report::new(&program.design, &machine, &run).with_energy(&program.design, &machine, &run, &energy).expect("it sums up");
        let energy_pj = report.energy.expect("a technology was given").energy_pj;
        assert!((estimate.totals.energy_pj / energy_pj - 1.0).abs() < 1e-9, "{} pJ, simulated {energy_pj}", estimate.totals.energy_pj);
        let layers: f64 = estimate.layers.iter().map(|layer| layer.energy_pj).sum();
        assert!((layers / energy_pj - 1.0).abs() < 1e-9);
    }
}

#[test]
fn the_array_with_words_that_take_their_time() {
    let lenet = network("lenet5/lenet5_int8.tflite");
    compare(&lenet, &Request::square(8), &["keep", "w4", "d0.2"], 8);
    let stream = StreamRequest { pace: Pace::Cycles(5), ..StreamRequest::default() };
    compare(&lenet, &Request { stream, ..Request::square(8) }, &["keep", "d0.1"], 8);
    let lean = Lean { requantisers: Some(2), single_port: true, fetch_late: true, ..Lean::default() };
    compare(&lenet, &Request { lean, ..Request::square(8) }, &["keep", "w2"], 4);
}

#[test]
fn the_shift_core_beside_the_array() {
    let request = Request { shift: Some(ShiftCore { terms: 2, ..ShiftCore::new(16, 8) }), ..Request::square(8) };
    compare(&network("lenet5/lenet5_int8.tflite"), &request, &["keep", "twn", "apot4", "w4", "inq5"], 12);
}

#[test]
fn the_sparse_engine_beside_the_array() {
    let (lenet, request) = (network("lenet5/lenet5_int8.tflite"), Request { eie: Some(Eie::with_pes(8)), ..Request::square(8) });
    for text in ["keep", "d0.05", "d0.3", "kmeans3"] {
        compare(&lenet, &request, &[text], 1);
    }
    // What earlier layers are has a say in which activations are zero: of mixtures the time is an expected one.
    let technology = Technology::named("45nm").expect("it is known").expect("it is right");
    let inputs = inputs::random(&lenet, 4, 3);
    let options = Options { technology: &technology, clock_mhz: 500.0, inputs: &inputs };
    let estimator = Estimator::new(&Recoder::new(&lenet), &request, &treatments(&["keep", "d0.05", "d0.3"]), &options).expect("the network fits");
    let choice = [0, 1, 2, 1, 0];
    let program = estimator.program(&choice).expect("it fits").1;
    let machine = Machine::new(&program.design.accelerator, &program.images).expect("it decodes");
    let simulated = inputs.iter().map(|input| inference_cycles(&machine, &program.stream(input))).sum::<u64>() as f64 / inputs.len() as f64;
    let estimated = estimator.totals(&choice).expect("every treatment is possible").cycles as f64;
    assert!((estimated / simulated - 1.0).abs() < 0.05, "{estimated} cycles, simulated {simulated}");
}

#[test]
fn the_binary_core_beside_the_array() {
    let request = Request { xnor: Some(XnorCore::new(16, 64)), ..Request::square(8) };
    compare(&network("lenet5/lenet5_int8.tflite"), &request, &["keep", "binary", "w3"], 12);
    compare(&network("binary_lenet5/binary_lenet5.onnx"), &request, &["keep"], 1);
}
