//! Step tables, tables of codes and weights with some bits changed: refused, or run to their end.

use super::program::draw;
use super::random::shape;
use fretwork_hdl::Machine;
use fretwork_sim::stalls::{Stalls, splitmix};

#[test]
fn changed_programs_are_refused_or_run() {
    let (mut refused, mut run) = (0, 0);
    for seed in 0..4000 {
        let mut program = draw(&shape([[4, 4, 4, 1, 4, 2, 2], [8, 2, 2, 2, 3, 1, 0], [4, 12, 4, 4, 5, 4, 0]][seed as usize % 3]), seed % 60);
        let mut below = {
            let mut state = seed << 20;
            move |count: usize| {
                state += 1;
                (splitmix(state) % count as u64) as usize
            }
        };
        for _ in 0..1 + below(3) {
            match below(6) {
                0 => {
                    let at = below(program.images.shift_tables.len());
                    program.images.shift_tables[at] ^= 1 << below(8);
                }
                1 => {
                    let at = below(program.images.shift_weights.len());
                    program.images.shift_weights[at] ^= 1 << below(8);
                }
                2 => {
                    let left = below(program.images.shift_weights.len());
                    program.images.shift_weights.truncate(left);
                }
                _ => {
                    let at = below(program.images.steps.len());
                    program.images.steps[at] ^= 1 << below(32);
                }
            }
        }
        match Machine::new(&program.accelerator, &program.images) {
            None => refused += 1,
            Some(machine) => {
                machine.run(&program.inputs[..1], Stalls::NONE, false);
                run += 1;
            }
        }
    }
    assert!(refused > 1000 && run > 500, "{refused} refused, {run} run");
}
