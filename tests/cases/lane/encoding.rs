//! Decoding is the exact inverse of encoding.

use fretwork_hdl::{LaneOp, Work, core};
use fretwork_tests::choices::Choices;
use fretwork_tests::random::{case, kind};

#[test]
fn decode_is_the_inverse_of_encode() {
    let mut depthwise = 0;
    for seed in 0..1000 {
        let case = case(&mut Choices::random(seed), &[[4, 4, 4], [16, 8, 4], [64, 8, 8]], 10);
        let configs = case.images.configs().unwrap();
        for (step, config) in case.steps.iter().zip(&configs) {
            let Work::Lane(work) = &step.work else { continue };
            let decoded = core(kind(step)).unwrap().decode(config, &case.accelerator, &case.images);
            match &work.op {
                LaneOp::Mac { weights } => {
                    depthwise += 1;
                    assert!(decoded.iter().copied().eq(weights.iter().map(|&w| i16::from(w))), "seed {seed}");
                }
                LaneOp::Max | LaneOp::Or | LaneOp::Sum | LaneOp::Add { .. } | LaneOp::Table { .. } => assert!(decoded.is_empty(), "seed {seed}"),
            }
        }
    }
    assert!(depthwise > 300, "{depthwise}");
}
