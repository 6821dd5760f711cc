//! Random programs on shift cores of several shapes.

use super::program::{Program, Shape, draw};
use fretwork_cosim::{BuildOptions, Model, Stimulus, compare};
use fretwork_hdl::{Kind, Machine, Work, core, shell};
use fretwork_sim::record::Recording;

const MAX_CYCLES: u64 = 4_000_000;

/// Lanes, columns, shift units per column, terms, bits of a code, registers of the adder tree, threshold bits.
pub fn shape(sizes: [usize; 7]) -> Shape {
    let [lanes, cols, simd, terms, code_bits, stages, threshold_bits] = sizes;
    Shape { lanes, cols, simd, terms, code_bits, stages, threshold_bits }
}

/// Runs the simulator; its memory writes are the kernels' values.
fn simulate(program: &Program) -> Result<Recording, String> {
    let (accelerator, images) = (&program.accelerator, &program.images);
    let machine = Machine::new(accelerator, images).ok_or_else(|| format!("refused: {:?}", shell::check::check(accelerator, images).err()))?;
    let run = machine.run(&program.inputs, program.stalls, true);
    let lanes = accelerator.lanes;
    for (inference, input) in program.inputs.iter().enumerate() {
        let memory = program.kernels(input);
        let records = &run.recording.steps[inference * program.steps + 1..][..program.layers.len()];
        for (record, step) in records.iter().zip(&program.layers) {
            for write in &record.writes {
                let expected: Vec<u8> = memory[write.addr as usize * lanes..][..lanes].iter().map(|&v| v as u8).collect();
                if write.data != expected {
                    let (step, addr, data) = (record.step, write.addr, &write.data);
                    return Err(format!("inference {inference}, step {step}, address {addr}: {data:?}, the kernels say {expected:?}"));
                }
            }
            if record.writes.len() != step.output.pixels() * step.output.words {
                return Err(format!("inference {inference}, step {}: {} words written", record.step, record.writes.len()));
            }
        }
    }
    Ok(run.recording)
}

fn describe(step: &fretwork_hdl::Step) -> String {
    let Work::Shift(s) = &step.work else { return String::new() };
    format!("{:?} -> {:?} {:?} pad {} in {} out {}\n", step.input, step.output, s.window, s.pad_value, s.in_channels, s.out_channels)
}

fn check(sizes: [usize; 7], cases: u64) {
    let shape = shape(sizes);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut model = None;
    for seed in 0..std::env::var("FRETWORK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases) {
        let program = draw(&shape, seed);
        let text = || program.layers.iter().map(describe).collect::<String>();
        let recording = simulate(&program).unwrap_or_else(|what| panic!("{shape:?}, seed {seed}: {what}\n{}", text()));
        fretwork::emit::write_hardware(&program.accelerator, &program.images, folder.path()).expect("a folder that can be written");
        let model = model.get_or_insert_with(|| Model::build(folder.path(), &BuildOptions::default()).expect("a model"));
        let mut stimulus = Stimulus::new(&program.inputs, MAX_CYCLES);
        stimulus.stalls = program.stalls;
        let found = model.run(folder.path(), &stimulus).unwrap_or_else(|error| panic!("{shape:?}, seed {seed}: {error}"));
        let names = vec![String::new(); program.steps];
        compare(&recording, &found, &names).unwrap_or_else(|mismatch| panic!("{shape:?}, seed {seed}: {mismatch}\n{}", text()));
    }
}

#[test]
fn powers_of_two() {
    check([4, 4, 4, 1, 4, 2, 2], 40);
}

#[test]
fn ternary_weights_on_fewer_columns_than_lanes() {
    check([8, 2, 2, 1, 2, 1, 1], 40);
}

#[test]
fn one_unit_and_one_column() {
    check([4, 1, 1, 3, 3, 3, 0], 20);
}

#[test]
fn more_columns_than_lanes() {
    check([4, 16, 2, 2, 5, 2, 4], 40);
}

#[test]
fn columns_that_are_no_power_of_two() {
    check([4, 12, 4, 4, 3, 4, 0], 40);
}

#[test]
fn words_of_sixteen_bytes() {
    check([16, 16, 16, 2, 4, 4, 3], 20);
}

#[test]
fn encoding_is_reversible() {
    for sizes in [[4, 4, 4, 1, 4, 2, 0], [8, 2, 2, 1, 2, 1, 0], [4, 12, 4, 4, 3, 4, 0], [4, 1, 1, 3, 3, 1, 0]] {
        for seed in 0..50 {
            let program = draw(&shape(sizes), seed);
            let configs = program.images.configs().expect("a step table");
            for (config, step) in configs[1..].iter().zip(&program.layers) {
                let Work::Shift(shift) = &step.work else { continue };
                let decoded = core(Kind::Shift).expect("a core").decode(config, &program.accelerator, &program.images);
                let (taps, held) = (shift.window.kernel[0] * shift.window.kernel[1], step.input.words * sizes[0]);
                for (index, weight) in shift.weights.iter().enumerate() {
                    let (place, channel) = (index / shift.in_channels, index % shift.in_channels);
                    assert_eq!(decoded[place * held + channel], i16::from(*weight), "{sizes:?}, seed {seed}, output {}", place / taps);
                }
            }
        }
    }
}
