//! Every kind of difference, as it is shown.

use fretwork_cosim::{Mismatch, compare, compare_values};
use fretwork_sim::record::{Recording, StepRecord, Write};

fn recording() -> Recording {
    let write = |addr| Write { addr, mask: 3, data: vec![1, 2, 3, 4] };
    let step = |step, start| StepRecord { step, start, end: start + 9, writes: vec![write(5), write(6)] };
    Recording { steps: vec![step(0, 0), step(1, 10), step(0, 20), step(1, 30)], outputs: vec![vec![1, 2], vec![3, 4]] }
}

fn mismatch(change: impl FnOnce(&mut Recording)) -> Mismatch {
    let names = ["load".to_owned(), "conv1".to_owned()];
    let mut found = recording();
    change(&mut found);
    compare(&recording(), &found, &names).unwrap_err()
}

#[track_caller]
fn check(change: impl FnOnce(&mut Recording), expected: &str) {
    assert_eq!(mismatch(change).to_string(), expected);
}

#[test]
fn equal_recordings() {
    compare(&recording(), &recording(), &[]).unwrap();
}

#[test]
fn steps() {
    check(|r| r.steps[3].start = 31, "step 1 (conv1), inference 1: starts in cycle 31, expected 30");
    check(|r| r.steps[3].end = 38, "step 1 (conv1), inference 1: ends in cycle 38, expected 39");
    check(|r| r.steps[2].step = 1, "step 0 (load), inference 1: expected step 0 to run, found step 1");
    check(|r| drop(r.steps.pop()), "step 1 (conv1), inference 1: expected step 1 to run, found no more step");
    check(|r| r.steps.push(r.steps[0].clone()), "step 0 (load), inference 2: expected no more step to run, found step 0");
}

#[test]
fn writes() {
    check(|r| r.steps[1].writes[1].addr = 7, "step 1 (conv1), inference 0: write 1 goes to address 7, expected 6");
    check(|r| r.steps[1].writes[1].mask = 1, "step 1 (conv1), inference 0: write 1 to address 6 has bank mask 0b1, expected 0b11");
    check(|r| r.steps[1].writes[1].data[2] = 0xff, "step 1 (conv1), inference 0: write 1 to address 6 has -1 (0xff) in lane 2, expected 3 (0x03)");
    check(|r| drop(r.steps[1].writes.pop()), "step 1 (conv1), inference 0: writes 1 words, expected 2");
}

#[test]
fn outputs() {
    check(|r| r.outputs[1][1] = 5, "inference 1: output byte 1 is 5 (0x05), expected 4 (0x04)");
    check(|r| r.outputs[1].push(5), "inference 1: the output has 3 bytes, expected 2");
    check(|r| drop(r.outputs.pop()), "inference 1: 1 inferences delivered an output, expected 2");
}

#[test]
fn values_only() {
    let mut found = recording();
    found.steps[1].start += 5;
    found.steps[1].end += 6;
    compare_values(&recording(), &found, &[]).unwrap();
    found.steps[1].writes[0].data[0] = 9;
    compare_values(&recording(), &found, &[]).unwrap_err();
}

#[test]
fn as_json() {
    let mismatch = mismatch(|r| r.steps[3].end = 38);
    let json = serde_json::to_string(&mismatch).unwrap();
    assert_eq!(json, r#"{"step":1,"name":"conv1","inference":1,"difference":{"kind":"end","expected":39,"found":38}}"#);
    assert_eq!(serde_json::from_str::<Mismatch>(&json).unwrap(), mismatch);
}
