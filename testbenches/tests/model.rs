//! Building and running models of the stand-in design, and every way in which that can fail.

mod standin;

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use fretwork_cosim::error::When;
use fretwork_cosim::{BuildOptions, CosimError, Model, Stimulus, compare, compare_values};
use fretwork_sim::stalls::Stalls;
use standin::{Standin, names, options};

const STALLS: Stalls = Stalls { seed: 3, probability: 0.4 };

/// Runs a design of this width and compares it with the golden model, with and without stalls.
fn check(lanes: usize, banks: usize) {
    let design = Standin::new(lanes, banks, 1);
    let model = design.build(false);
    assert_eq!((model.lanes(), model.banks()), (lanes, banks));
    let inputs = design.inputs(5);
    for stalls in [Stalls::NONE, STALLS, Stalls { seed: 9, probability: 0.9 }] {
        let expected = design.expected(&inputs, stalls);
        let found = model.run(design.dir(), &Stimulus { stalls, ..Stimulus::new(&inputs, 10_000) }).unwrap();
        compare(&expected, &found, &names()).unwrap();
        assert_eq!(expected, found);
        compare_values(&design.expected(&inputs, Stalls::NONE), &found, &names()).unwrap();
    }
}

#[test]
fn word_of_32_bits() {
    check(4, 4);
}

#[test]
fn word_of_48_bits() {
    check(6, 1);
}

#[test]
fn word_of_64_bits() {
    check(8, 2);
}

#[test]
fn word_of_144_bits() {
    check(18, 2);
}

#[test]
fn word_of_512_bits() {
    check(64, 16);
}

#[test]
fn long_run_crosses_chunks() {
    let design = Standin::new(8, 2, 1);
    let inputs = design.inputs(6000);
    let last = Cell::new(0);
    let progress = |cycle| last.set(cycle);
    let stimulus = Stimulus { stalls: STALLS, progress: Some(&progress), ..Stimulus::new(&inputs, 1 << 20) };
    let run = design.build(false).run_timed(design.dir(), &stimulus).unwrap();
    assert!(run.cycles > 1 << 16 && last.get() == run.cycles);
    assert_eq!(run.recording, design.expected(&inputs, STALLS));
    let silent = design.build(false).run(design.dir(), &Stimulus { log: false, ..stimulus }).unwrap();
    assert!(silent.steps.is_empty() && silent.outputs == run.recording.outputs);
}

#[test]
fn cache_is_hit_and_images_are_not_part_of_it() {
    let cache = tempfile::tempdir().unwrap();
    let options = BuildOptions { cache: Some(cache.path().join("with a space")), ..BuildOptions::default() };
    let (one, two) = (Standin::new(8, 2, 1), Standin::new(8, 2, 2));
    let first = Model::build(one.dir(), &options).unwrap();
    let second = Model::build(two.dir(), &options).unwrap();
    assert!(!first.cache_hit() && second.cache_hit());
    eprintln!("build {:?}, from the cache {:?}", first.build_time(), second.build_time());
    let inputs = one.inputs(2);
    // Either model runs either design, at the same time.
    std::thread::scope(|scope| {
        for (model, design) in [(&first, &one), (&first, &two), (&second, &one), (&second, &two)] {
            let inputs = &inputs;
            scope.spawn(move || {
                let found = model.run(design.dir(), &Stimulus::new(inputs, 1000)).unwrap();
                compare(&design.expected(inputs, Stalls::NONE), &found, &names()).unwrap();
            });
        }
    });
    one.inject("wire changed;");
    assert!(!Model::build(one.dir(), &options).unwrap().cache_hit());
    let kinds = |kind: &str| {
        fs::read_dir(options.cache.as_ref().unwrap()).unwrap().filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(kind)).count()
    };
    assert_eq!((kinds("model-"), kinds("runtime-"), kinds("")), (2, 1, 3));
}

#[test]
fn concurrent_builds_of_one_design() {
    let cache = tempfile::tempdir().unwrap();
    let options = BuildOptions { cache: Some(cache.path().to_owned()), ..BuildOptions::default() };
    let design = Standin::new(8, 1, 1);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let model = Model::build(design.dir(), &options).unwrap();
                let inputs = design.inputs(1);
                assert_eq!(model.run(design.dir(), &Stimulus::new(&inputs, 100)).unwrap(), design.expected(&inputs, Stalls::NONE));
            });
        }
    });
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 2);
}

#[test]
fn trace_is_written() {
    let design = Standin::new(8, 2, 1);
    let path = design.dir().join("run.fst");
    let inputs = design.inputs(3);
    let stimulus = Stimulus { trace: Some(&path), ..Stimulus::new(&inputs, 1000) };
    assert_eq!(design.build(true).run(design.dir(), &stimulus).unwrap(), design.expected(&inputs, Stalls::NONE));
    assert!(fs::metadata(&path).unwrap().len() > 500);
    let error = design.build(false).run(design.dir(), &stimulus).unwrap_err().to_string();
    assert!(error.contains("built with `trace`"), "{error}");
    let nowhere = design.dir().join("absent/run.fst");
    let error = design.build(true).run(design.dir(), &Stimulus { trace: Some(&nowhere), ..stimulus }).unwrap_err().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
}

#[test]
fn hang_names_the_step() {
    let design = Standin::new(8, 2, 1);
    let mut inputs = design.inputs(2);
    inputs[1].truncate(8);
    let error = design.build(false).run(design.dir(), &Stimulus::new(&inputs, 70_000)).unwrap_err();
    let expected = "the design hangs: step 0, launched in cycle 15, has not ended after 70000 cycles \
                    (1 inferences complete, 5 of 5 input words taken, 4 output words sent)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn stimulus_of_the_wrong_width() {
    let design = Standin::new(8, 2, 1);
    let inputs = vec![vec![0; 8], vec![0; 7]];
    let error = design.build(false).run(design.dir(), &Stimulus::new(&inputs, 100)).unwrap_err().to_string();
    assert!(error.contains("input 1 has 7 bytes") && error.contains("8 lanes"), "{error}");
}

/// Runs the stand-in with Verilog added; the error it ends with.
fn fails_with(fault: &str) -> CosimError {
    let design = Standin::new(8, 2, 1);
    design.inject(fault);
    design.build(false).run(design.dir(), &Stimulus::new(&design.inputs(2), 1000)).unwrap_err()
}

/// Checks that it is an error of the RTL, raised then, with this text.
#[track_caller]
fn check_rtl_error(error: CosimError, expected: When, text: &str) {
    let shown = error.to_string();
    match error {
        CosimError::Rtl { when, .. } if when == expected => {
            assert!(shown.contains(text), "{shown}")
        }
        other => panic!("{other}"),
    }
}

#[test]
fn error_in_rtl() {
    let error = fails_with("always @(posedge clk_i) if (rst_ni && probe_step_o == 1 && probe_end_o) $error(\"boom %0d\", probe_addr_o);");
    check_rtl_error(error, When::Cycle(9), "boom 7");
    let error = fails_with("always @(posedge clk_i) if (rst_ni && probe_step_o == 1 && probe_end_o) $fatal(1, \"worse\");");
    check_rtl_error(error, When::Cycle(9), "worse");
    let error = fails_with("always @(posedge clk_i) if (rst_ni) $finish;");
    check_rtl_error(error, When::Cycle(0), "called $finish");
}

#[test]
fn failed_assertion() {
    let error = fails_with("NeverEnds: assert property (@(posedge clk_i) disable iff (!rst_ni) !probe_end_o) else $error(\"it ends\");");
    check_rtl_error(error, When::Cycle(4), "it ends");
}

#[test]
fn error_at_elaboration() {
    check_rtl_error(fails_with("initial if (`LANES == 8) $error(\"LANES = 8 is odd\");"), When::Reset, "LANES = 8 is odd");
}

#[test]
fn missing_image() {
    let design = Standin::new(8, 2, 1);
    let model = design.build(false);
    fs::remove_file(design.dir().join("images/xor.hex")).unwrap();
    let error = model.run(design.dir(), &Stimulus::new(&design.inputs(1), 100)).unwrap_err();
    check_rtl_error(error, When::Reset, "images/xor.hex");
}

#[test]
fn probes_that_contradict() {
    let design = Standin::new(8, 2, 1);
    design.edit("assign start_o = rst_ni && !busy_q;", "assign start_o = rst_ni && (!busy_q || count_q == 2'd2);");
    let error = design.build(false).run(design.dir(), &Stimulus::new(&design.inputs(1), 100)).unwrap_err().to_string();
    assert_eq!(error, "the probes are inconsistent in cycle 3: step 0 starts while step 0 has not ended");
}

#[test]
fn verilog_that_does_not_compile() {
    let design = Standin::new(8, 2, 1);
    design.inject("assign nowhere = ;");
    let error = Model::build(design.dir(), &options(false)).err().unwrap().to_string();
    assert!(error.contains("verilator failed on") && error.contains("top.sv:") && error.contains("syntax error"), "{error}");
}

#[test]
fn verilator_missing() {
    let design = Standin::new(8, 2, 1);
    let options = BuildOptions { verilator: PathBuf::from("/absent/verilator"), ..options(false) };
    let error = Model::build(design.dir(), &options).err().unwrap().to_string();
    assert_eq!(error, "`/absent/verilator` was not found; install it with `apt-get install verilator`");
}

#[test]
fn folder_that_is_no_design() {
    let folder = tempfile::tempdir().unwrap();
    let error = Model::build(folder.path(), &options(false)).err().unwrap().to_string();
    assert!(error.contains("is not a design folder: it has no `top.sv`"), "{error}");
    let design = Standin::new(8, 2, 1);
    let top = fs::read_to_string(design.dir().join("top.sv")).unwrap().replace("probe_we_o", "probe_mask_o");
    fs::write(design.dir().join("top.sv"), top).unwrap();
    let error = Model::build(design.dir(), &options(false)).err().unwrap().to_string();
    assert!(error.contains("has no port `probe_we_o`"), "{error}");
}

#[test]
#[ignore = "a measurement, not a check"]
fn speed() {
    let design = Standin::new(8, 2, 1);
    let inputs = design.inputs(200_000);
    let model = design.build(false);
    for (stalls, log) in [(Stalls::NONE, false), (Stalls::NONE, true), (STALLS, false), (STALLS, true)] {
        let run = model.run_timed(design.dir(), &Stimulus { stalls, log, ..Stimulus::new(&inputs, 1 << 30) }).unwrap();
        println!("stalls {}, log {log}: {:.1} M cycles/s", stalls.probability, run.cycles_per_s() / 1e6);
    }
}
