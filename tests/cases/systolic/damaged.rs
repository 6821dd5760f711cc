//! Step tables, weights and codebooks with some bits changed, on arrays of other widths than the program's: refused, or run to their end.

use super::stream::{coded, narrow};
use fretwork_hdl::systolic::WeightStream;
use fretwork_hdl::{Accelerator, Images, Machine};
use fretwork_sim::stalls::{Stalls, splitmix};
use fretwork_tests::choices::Choices;
use fretwork_tests::random::case_of;

const STREAMS: &[WeightStream] = &[narrow(3, true), narrow(8, false), coded(6, 4, 1), coded(8, 7, 4)];

fn damage(accelerator: &mut Accelerator, images: &mut Images, below: &mut impl FnMut(usize) -> usize) {
    match below(9) {
        0 if !images.weights.is_empty() => {
            let at = below(images.weights.len());
            images.weights[at] ^= 1 << below(8);
        }
        1 => {
            let left = below(images.weights.len() + 1);
            images.weights.truncate(left);
        }
        2 => accelerator.stream.weight_bits = below(12),
        3 if !images.weight_codebooks.is_empty() => {
            let at = below(images.weight_codebooks.len());
            images.weight_codebooks[at] ^= 1 << below(8);
        }
        4 => {
            let left = below(images.weight_codebooks.len() + 1);
            images.weight_codebooks.truncate(left);
        }
        5 => accelerator.stream.interval = below(5),
        6 => {
            if let Some(codebook) = &mut accelerator.stream.codebook {
                *[&mut codebook.code_bits, &mut codebook.group, &mut codebook.tables][below(3)] = below(12);
            }
        }
        _ => {
            let at = below(images.steps.len());
            images.steps[at] ^= 1 << below(32);
        }
    }
}

#[test]
fn changed_programs_are_refused_or_run() {
    let (mut refused, mut run) = (0, 0);
    for seed in 0..2000 {
        let mut case = case_of(&mut Choices::random(seed), &[[8, 4, 4], [8, 8, 4]], STREAMS, 100);
        let mut state = seed << 20;
        let mut below = |count: usize| {
            state += 1;
            (splitmix(state) % count as u64) as usize
        };
        (0..1 + below(3)).for_each(|_| damage(&mut case.accelerator, &mut case.images, &mut below));
        match Machine::new(&case.accelerator, &case.images) {
            None => refused += 1,
            Some(machine) => {
                machine.run(&case.inputs[..1], Stalls::NONE, false);
                run += 1;
            }
        }
    }
    assert!(refused > 500 && run > 250, "{refused} refused, {run} run");
}
