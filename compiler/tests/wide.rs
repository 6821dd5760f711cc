//! int16 activations from model to memory: who executes them, how they lie there, and how differences and refusals are told.

use std::path::{Path, PathBuf};

use fretwork::graph::{Graph, evaluate};
use fretwork::import::compressed::{read, write};
use fretwork::import::load;
use fretwork::inputs::random;
use fretwork::plan::{CoreChoice, Request, plan};
use fretwork_hdl::eie::Eie;
use fretwork_hdl::{Kind, Machine, Work};
use fretwork_sim::stalls::Stalls;

fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tflm/int16");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|e| e == "tflite")).collect()
}

fn network() -> Graph {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tflm/int16/network.tflite")).unwrap()
}

/// An engine without a codebook.
fn request(core: CoreChoice) -> Request {
    let eie = Eie { plain: true, code_bits: 8, ..Eie::with_pes(8) };
    Request { eie: Some(eie), core, ..Request::square(8) }
}

#[test]
fn all_layers_run_on_an_engine_of_16_bits() {
    for core in [CoreChoice::Auto, CoreChoice::Eie] {
        let program = plan(&network(), &request(core)).unwrap();
        assert_eq!(program.design.accelerator.eie.as_ref().unwrap().act_bits, 16);
        for step in program.steps.iter().filter(|step| step.epilogue.is_some()) {
            let Work::Sparse(sparse) = &step.work else { panic!("{step:?}") };
            assert!(sparse.wide && step.epilogue.as_ref().unwrap().wide);
        }
        // 21 channels are three words of accumulators and six of activations.
        let words: Vec<usize> = program.steps.iter().map(|step| step.output.words).collect();
        assert_eq!(words[1..5], [4, 2, 6, 4]);
        let input = &program.design.inputs[0];
        assert!(input.wide && input.words == 56 * 2);
        assert_eq!(input.elements[..17], [0, 1, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 4]);
    }
}

#[test]
fn what_has_no_core_is_refused_with_the_layer() {
    let says = |request: Request| plan(&network(), &request).unwrap_err().to_string();
    let none = says(Request::square(8));
    assert_eq!(
        none,
        "layer 'tensor_4' is not supported by the hardware: its activations have 16 bits and there is no sparse engine; \
         a sparse engine (--pes), or int8 activations"
    );
    assert!(says(request(CoreChoice::Systolic)).contains("'tensor_4'") && says(request(CoreChoice::Systolic)).contains("systolic array"));
    let mut shared = request(CoreChoice::Auto);
    shared.eie = Some(Eie::with_pes(8));
    assert!(says(shared).starts_with("layer 'tensor_4' does not fit: 126 different non-zero weights"));
}

#[test]
fn a_difference_is_told_with_its_element_and_16_bit_value() {
    let graph = network();
    let program = plan(&graph, &request(CoreChoice::Auto)).unwrap();
    let inputs = &random(&graph, 1, 5)[0];
    let machine = Machine::new(&program.design.accelerator, &program.images).unwrap();
    let mut recording = machine.run(&[program.stream(inputs)], Stalls::NONE, true).recording;
    let tensors = evaluate(&graph, inputs);
    for (index, step) in recording.steps.iter().enumerate() {
        program.check_step(index, &step.writes, &tensors).unwrap_or_else(|mismatch| panic!("{mismatch}"));
    }
    let output = program.tensors(&recording.outputs[0]);
    assert_eq!(output[0], tensors[graph.outputs[0]]);

    let (step, tensor) = (3, program.placements[3].tensor);
    assert_eq!(program.design.steps[step].kind, Kind::Eie);
    let expected = graph.tensors[tensor].elements(&tensors[tensor])[5];
    // The high byte of channel 5, which lies in the second word.
    recording.steps[step].writes[1].data[3] ^= 0x40;
    let mismatch = program.check_step(step, &recording.steps[step].writes, &tensors).unwrap_err();
    assert_eq!((mismatch.index, mismatch.expected, mismatch.found), (5, expected, Some(expected ^ 0x4000)));
}

#[test]
fn compressed_files_hold_them_exactly() {
    for path in models() {
        let graph = load(&path).unwrap();
        assert_eq!(read(&write(&graph).unwrap().bytes).unwrap(), graph, "{}", path.display());
    }
}
