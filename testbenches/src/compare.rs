//! The first difference between two recordings. Tolerance is zero: a step that ends one cycle late is a difference.

use fretwork_sim::record::{Recording, StepRecord, Write};

use crate::mismatch::{Difference, Mismatch};

/// Compares everything: steps, cycles, writes, outputs. `names[i]` is the name of step `i`.
pub fn compare(expected: &Recording, found: &Recording, names: &[String]) -> Result<(), Mismatch> {
    compare_with(expected, found, names, true)
}

/// Compares as [`compare`] does, but for start and end cycles: for runs under different stalls.
pub fn compare_values(expected: &Recording, found: &Recording, names: &[String]) -> Result<(), Mismatch> {
    compare_with(expected, found, names, false)
}

fn compare_with(expected: &Recording, found: &Recording, names: &[String], cycles: bool) -> Result<(), Mismatch> {
    for i in 0..expected.steps.len().max(found.steps.len()) {
        let (want, have) = (expected.steps.get(i), found.steps.get(i));
        let Some(difference) = differing_step(want, have, cycles) else {
            continue;
        };
        let (step, steps) = match want {
            Some(want) => (want.step, &expected.steps),
            None => (found.steps[i].step, &found.steps),
        };
        let inference = steps[..i].iter().filter(|earlier| earlier.step == step).count();
        return Err(Mismatch { step: Some(step), name: names.get(step as usize).cloned(), inference, difference });
    }
    compare_outputs(&expected.outputs, &found.outputs)
}

fn compare_outputs(expected: &[Vec<u8>], found: &[Vec<u8>]) -> Result<(), Mismatch> {
    let mismatch = |inference, difference| Mismatch { step: None, name: None, inference, difference };
    for (i, (want, have)) in expected.iter().zip(found).enumerate() {
        if let Some(byte) = first_difference(want, have) {
            return Err(mismatch(i, Difference::OutputValue { byte, expected: want[byte], found: have[byte] }));
        }
        if want.len() != have.len() {
            return Err(mismatch(i, Difference::OutputLength { expected: want.len(), found: have.len() }));
        }
    }
    if expected.len() != found.len() {
        let difference = Difference::Inferences { expected: expected.len(), found: found.len() };
        return Err(mismatch(expected.len().min(found.len()), difference));
    }
    Ok(())
}

/// The index of the first byte that differs in the common part.
fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a != b)
}

/// What differs first in a step: its identity, start, writes one by one, their number, end.
fn differing_step(want: Option<&StepRecord>, have: Option<&StepRecord>, cycles: bool) -> Option<Difference> {
    let (Some(want), Some(have)) = (want, have) else {
        return Some(Difference::Step { expected: want.map(|step| step.step), found: have.map(|step| step.step) });
    };
    if want.step != have.step {
        return Some(Difference::Step { expected: Some(want.step), found: Some(have.step) });
    }
    if cycles && want.start != have.start {
        return Some(Difference::Start { expected: want.start, found: have.start });
    }
    let writes = want.writes.iter().zip(&have.writes).enumerate();
    if let Some(difference) = writes.into_iter().find_map(|(i, (want, have))| differing_write(i, want, have)) {
        return Some(difference);
    }
    if want.writes.len() != have.writes.len() {
        return Some(Difference::WriteCount { expected: want.writes.len(), found: have.writes.len() });
    }
    (cycles && want.end != have.end).then_some(Difference::End { expected: want.end, found: have.end })
}

fn differing_write(write: usize, want: &Write, have: &Write) -> Option<Difference> {
    if want.addr != have.addr {
        return Some(Difference::WriteAddr { write, expected: want.addr, found: have.addr });
    }
    let addr = want.addr;
    if want.mask != have.mask {
        return Some(Difference::WriteMask { write, addr, expected: want.mask, found: have.mask });
    }
    first_difference(&want.data, &have.data).map(|lane| Difference::WriteValue {
        write,
        addr,
        lane,
        expected: want.data[lane],
        found: have.data[lane],
    })
}
