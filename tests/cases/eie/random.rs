//! Random programs on engines of several shapes.

use super::program::{Program, Shape, draw};
use fretwork_cosim::{BuildOptions, Model, Stimulus, compare};
use fretwork_hdl::eie::accumulator_words;
use fretwork_hdl::{Core, Kind, Machine, Work, core};
use fretwork_sim::record::Recording;

const MAX_CYCLES: u64 = 4_000_000;

fn shape(sizes: [usize; 8]) -> Shape {
    let [lanes, pes, queue_depth, index_bits, codebook_bits, registers, act_bits, sources] = sizes;
    Shape { lanes, pes, queue_depth, index_bits, codebook_bits, registers, act_bits, sources }
}

/// Runs the simulator; its memory writes are the kernels' values.
fn simulate(program: &Program) -> Result<Recording, String> {
    let machine = Machine::new(&program.accelerator, &program.images).ok_or("the step table does not decode")?;
    let run = machine.run(&program.inputs, program.stalls, true);
    let lanes = program.accelerator.lanes;
    for (inference, input) in program.inputs.iter().enumerate() {
        let memory = program.kernels(input);
        for record in &run.recording.steps[inference * program.steps + 1..][..program.layers.len()] {
            for write in &record.writes {
                let expected: Vec<u8> = memory[write.addr as usize * lanes..][..lanes].iter().map(|&v| v as u8).collect();
                if write.data != expected {
                    return Err(format!(
                        "inference {inference}, step {}, address {}: {:?}, the kernels say {expected:?}",
                        record.step, write.addr, write.data
                    ));
                }
            }
        }
        let outputs: usize = program.layers.iter().map(|step| step.output.pixels() * step.output.words).sum();
        let written: usize = run.recording.steps[inference * program.steps + 1..][..program.layers.len()].iter().map(|r| r.writes.len()).sum();
        if outputs != written {
            return Err(format!("inference {inference}: {written} words written, {outputs} expected"));
        }
    }
    Ok(run.recording)
}

fn check(sizes: [usize; 8], cases: u64) {
    let shape = shape(sizes);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut model = None;
    for seed in 0..std::env::var("FRETWORK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases) {
        let program = draw(&shape, seed);
        let recording = simulate(&program).unwrap_or_else(|what| panic!("{shape:?}, seed {seed}: {what}"));
        fretwork::emit::write_hardware(&program.accelerator, &program.images, folder.path()).expect("a folder that can be written");
        let model = model.get_or_insert_with(|| Model::build(folder.path(), &BuildOptions::default()).expect("a model"));
        let mut stimulus = Stimulus::new(&program.inputs, MAX_CYCLES);
        stimulus.stalls = program.stalls;
        let found = model.run(folder.path(), &stimulus).unwrap_or_else(|error| panic!("{shape:?}, seed {seed}: {error}"));
        let names = vec![String::new(); program.steps];
        compare(&recording, &found, &names).unwrap_or_else(|mismatch| panic!("{shape:?}, seed {seed}: {mismatch}"));
    }
}

/// Lanes, elements, queue depth, index bits, codebook bits (0: plain), accumulators, activation bits, source registers.
#[test]
fn four_elements_with_queues_of_one() {
    check([4, 4, 1, 2, 2, 16, 8, 0], 40);
}

#[test]
fn fewer_elements_than_lanes() {
    check([8, 4, 2, 4, 4, 32, 8, 0], 40);
}

#[test]
fn one_element_with_eight_bit_codes() {
    check([16, 1, 8, 8, 8, 64, 8, 0], 20);
}

#[test]
fn plain_weights() {
    check([8, 8, 3, 4, 0, 16, 8, 0], 40);
}

#[test]
fn more_elements_than_lanes() {
    check([4, 16, 8, 3, 5, 16, 8, 0], 40);
}

#[test]
fn sixteen_bit_activations() {
    check([8, 8, 4, 4, 4, 16, 16, 0], 40);
}

#[test]
fn sixteen_bit_activations_on_few_elements_with_batches() {
    check([8, 2, 2, 3, 0, 32, 16, 4], 40);
}

#[test]
fn batches_over_source_registers() {
    check([4, 4, 2, 3, 4, 16, 8, 2], 40);
}

#[test]
fn elements_that_are_no_power_of_two() {
    check([4, 12, 3, 2, 3, 7, 16, 2], 40);
}

#[test]
fn encoding_is_reversible() {
    for sizes in [[4, 4, 1, 2, 2, 16, 8, 0], [8, 8, 3, 4, 0, 16, 16, 0], [16, 1, 8, 8, 8, 64, 8, 0], [4, 12, 3, 2, 3, 7, 16, 2]] {
        for seed in 0..50 {
            let program = draw(&shape(sizes), seed);
            let configs = program.images.configs().expect("a step table");
            for (step, config) in program.layers.iter().zip(&configs[1..]) {
                let Work::Sparse(sparse) = &step.work else { continue };
                let engine: &dyn Core = core(Kind::Eie).expect("a core");
                let decoded = engine.decode(config, &program.accelerator, &program.images);
                let pixel = step.input.words * program.accelerator.lanes / if sparse.wide { 2 } else { 1 };
                let columns = decoded.len() / (accumulator_words(step) * program.accelerator.lanes);
                for (index, &weight) in sparse.weights.iter().enumerate() {
                    let (row, k) = (index / sparse.reduction(), index % sparse.reduction());
                    let column = k / sparse.in_channels * pixel + k % sparse.in_channels;
                    assert_eq!(decoded[row * columns + column], weight, "{sizes:?}, seed {seed}, weight {index}");
                }
                assert_eq!(decoded.iter().filter(|w| **w != 0).count(), sparse.weights.iter().filter(|w| **w != 0).count());
            }
        }
    }
}
