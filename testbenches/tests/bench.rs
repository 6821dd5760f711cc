//! The emitted bench, run by both simulators: it passes on the stand-in and notices every kind of difference.

mod standin;

use std::process::Command;

use fretwork_cosim::{Bench, write_bench};
use fretwork_sim::record::Recording;
use fretwork_sim::stalls::Stalls;
use standin::Standin;

/// Writes the bench for a recording that `change` has altered and makes `target`: whether make succeeded, and what it printed.
fn bench(design: &Standin, target: &str, change: impl FnOnce(&mut Recording)) -> (bool, String) {
    let inputs = design.inputs(3);
    let mut recording = design.expected(&inputs, Stalls::NONE);
    change(&mut recording);
    write_bench(design.dir(), &Bench { lanes: design.lanes, banks: design.banks, recording: &recording, inputs: &inputs, outside: None }).unwrap();
    let output = Command::new("make").arg("-C").arg(design.dir()).arg(target).env_remove("MAKEFLAGS").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[track_caller]
fn check_pass(design: &Standin, target: &str, runs: usize) {
    let (passed, text) = bench(design, target, |_| {});
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("PASS")).collect();
    assert!(passed && lines.len() == runs, "{text}");
    assert!(lines.iter().any(|line| line.starts_with("PASS 132 checks in 45 cycles, no stalls")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("random stalls")), "{lines:?}");
}

#[track_caller]
fn check_fail(design: &Standin, target: &str, change: impl FnOnce(&mut Recording), expected: &str) {
    let (passed, text) = bench(design, target, change);
    assert!(!passed && text.contains(expected) && !text.contains("PASS"), "{text}");
}

#[test]
fn passes_under_both() {
    check_pass(&Standin::new(8, 2, 1), "all", 4);
}

#[test]
fn passes_with_other_widths() {
    check_pass(&Standin::new(4, 4, 1), "icarus", 2);
    check_pass(&Standin::new(64, 16, 1), "icarus", 2);
}

#[test]
fn icarus_notices_every_difference() {
    let design = Standin::new(8, 2, 1);
    check_fail(&design, "icarus", |r| r.steps[4].writes[2].data[5] ^= 1, "FAIL in cycle 23: data of write 14");
    check_fail(&design, "icarus", |r| r.steps[4].writes[2].addr ^= 1, "FAIL in cycle 23: address of write 14");
    check_fail(&design, "icarus", |r| r.steps[4].writes[2].mask ^= 1, "FAIL in cycle 23: banks of write 14");
    check_fail(&design, "icarus", |r| r.steps[5].start += 1, "FAIL in cycle 25: start of step record 5");
    check_fail(&design, "icarus", |r| r.steps[5].end += 1, "FAIL in cycle 29: end of step record 5");
    check_fail(&design, "icarus", |r| r.steps[5].step = 7, "FAIL in cycle 25: index of step record 5");
    check_fail(&design, "icarus", |r| r.outputs[1][9] ^= 1, "FAIL in cycle 27: output word 5");
    check_fail(&design, "icarus", |r| r.outputs[1].truncate(24), "FAIL in cycle 28: output word 6");
    check_fail(&design, "icarus", |r| drop(r.steps[4].writes.pop()), "FAIL in cycle 24: banks of write 15");
    check_fail(&design, "icarus", |r| drop(r.steps.pop()), "FAIL in cycle 40: surplus step");
    check_fail(&design, "icarus", |r| r.outputs.push(vec![0; 8]), "FAIL in cycle 45: surplus step");
}

#[test]
fn icarus_notices_undefined_values_hangs_and_errors() {
    let design = Standin::new(8, 2, 1);
    design.edit("assign end_o = fires && last;", "assign end_o = fires && last && (step_q != Xor || 1'bx);");
    check_fail(&design, "icarus", |_| {}, "FAIL in cycle 9: undefined control");
    design.edit("(step_q != Xor || 1'bx)", "step_q != Xor");
    check_fail(&design, "icarus", |_| {}, "FAIL in cycle 10: address of write 8");
    design.edit("last && step_q != Xor", "last && step_q != Store");
    check_fail(&design, "icarus", |_| {}, "FAIL in cycle 15: output word 4");
    let design = Standin::new(8, 2, 1);
    design.edit("step_q == Load ? in_valid_i", "step_q == Load ? 1'b0");
    check_fail(&design, "icarus", |_| {}, "hang at step record 0");
    let design = Standin::new(8, 2, 1);
    design.inject("always @(posedge clk_i) if (rst_ni && probe_step_o == 1 && probe_end_o) $error(\"boom\");");
    let (passed, text) = bench(&design, "icarus", |_| {});
    assert!(!passed && text.contains("boom"), "{text}");
}

#[test]
fn verilator_notices_differences() {
    let design = Standin::new(8, 2, 1);
    check_fail(&design, "verilator", |r| r.steps[4].writes[2].data[5] ^= 1, "FAIL in cycle 23: data of write 14");
    design.inject("always @(posedge clk_i) if (rst_ni && probe_step_o == 1 && probe_end_o) $error(\"boom\");");
    let (passed, text) = bench(&design, "verilator", |_| {});
    assert!(!passed && text.contains("boom") && !text.contains("PASS"), "{text}");
}
