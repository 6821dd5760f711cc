//! Random programs on binary cores of several shapes.

use super::program::{Program, Shape, draw};
use fretwork_cosim::{BuildOptions, Model, Stimulus, compare};
use fretwork_hdl::{Kind, Machine, Work, core};
use fretwork_sim::record::Recording;

const MAX_CYCLES: u64 = 4_000_000;

fn shape(sizes: [usize; 7]) -> Shape {
    let [lanes, cols, simd, stages, threshold_bits, act_bits, weight_bits] = sizes;
    Shape { lanes, cols, simd, stages, threshold_bits, act_bits, weight_bits }
}

/// Runs the simulator; its memory writes are the kernels' values.
fn simulate(program: &Program) -> Result<Recording, String> {
    let machine = Machine::new(&program.accelerator, &program.images)
        .ok_or_else(|| format!("the step table is refused: {:?}", fretwork_hdl::shell::check::check(&program.accelerator, &program.images).err()))?;
    let run = machine.run(&program.inputs, program.stalls, true);
    let lanes = program.accelerator.lanes;
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

fn check(sizes: [usize; 7], cases: u64) {
    let shape = shape(sizes);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut model = None;
    for seed in 0..std::env::var("FRETWORK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases) {
        let program = draw(&shape, seed);
        let text =
            || program.layers.iter().map(|step| format!("{:?} -> {:?} {:?}\n", step.input, step.output, describe(&step.work))).collect::<String>();
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

fn describe(work: &Work) -> String {
    match work {
        Work::Xnor(x) => {
            format!("{:?} {:?} pad {:?} in {} out {} weights of {}", x.window, x.planes, x.pad_value, x.in_channels, x.out_channels, x.weight_bits)
        }
        Work::Load | Work::Store | Work::Conv(_) | Work::Lane(_) | Work::Sparse(_) | Work::Shift(_) => "pool".to_owned(),
    }
}

/// Lanes, columns, gates per column, popcount registers, threshold bits, output bits, weight bits.
#[test]
fn as_many_columns_as_lanes() {
    check([4, 4, 32, 2, 1, 8, 1], 40);
}

#[test]
fn fewer_columns_than_lanes() {
    check([8, 2, 8, 1, 3, 16, 1], 40);
}

#[test]
fn one_column() {
    check([4, 1, 16, 3, 2, 8, 1], 20);
}

#[test]
fn more_columns_than_lanes() {
    check([4, 16, 16, 2, 4, 16, 1], 40);
}

#[test]
fn columns_that_are_no_power_of_two() {
    check([4, 12, 8, 4, 1, 8, 1], 40);
}

#[test]
fn words_of_sixteen_bytes_without_thresholds() {
    check([16, 16, 128, 2, 0, 8, 1], 20);
}

#[test]
fn a_thousand_gates_per_column() {
    check([128, 8, 1024, 2, 1, 8, 1], 4);
}

#[test]
fn weights_of_up_to_eight_bits() {
    check([4, 4, 16, 2, 2, 8, 8], 40);
}

#[test]
fn weights_of_up_to_three_bits_and_wide_outputs() {
    check([8, 16, 8, 1, 1, 16, 3], 30);
}

#[test]
fn weights_of_two_bits_on_a_whole_word() {
    check([4, 2, 32, 4, 1, 8, 2], 30);
}

#[test]
fn encoding_is_reversible() {
    for sizes in [[4, 4, 32, 2, 1, 8, 1], [8, 2, 8, 1, 3, 16, 8], [4, 12, 8, 4, 1, 8, 5]] {
        for seed in 0..50 {
            let program = draw(&shape(sizes), seed);
            let configs = program.images.configs().expect("a step table");
            for (config, step) in configs[1..].iter().zip(&program.layers) {
                let Work::Xnor(xnor) = &step.work else { continue };
                let decoded = core(Kind::Xnor).expect("a core").decode(config, &program.accelerator, &program.images);
                let weights: Vec<i16> = xnor.weights.iter().map(|&weight| i16::from(weight)).collect();
                assert_eq!(decoded[..weights.len()], weights, "{sizes:?}, seed {seed}");
            }
        }
    }
}
