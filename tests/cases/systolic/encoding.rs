//! Decoding is the exact inverse of encoding, and an encoded step depends on nothing that decoding loses.

use super::stream::{coded, narrow};
use fretwork_hdl::systolic::WeightStream;
use fretwork_hdl::{Work, core};
use fretwork_tests::choices::Choices;
use fretwork_tests::random::{case_of, kind};

const STREAMS: &[WeightStream] =
    &[WeightStream::PLAIN, narrow(2, false), narrow(3, true), narrow(7, false), coded(8, 4, 1), coded(4, 6, 4), coded(7, 1, 2)];
const SHAPES: &[[usize; 3]] = &[[4, 4, 4], [16, 4, 8], [16, 16, 4], [32, 8, 16], [64, 64, 64]];

#[test]
fn decode_is_the_inverse_of_encode() {
    let mut convolutions = 0;
    for seed in 0..1000 {
        let case = case_of(&mut Choices::random(seed), SHAPES, STREAMS, 90);
        let configs = case.images.configs().unwrap();
        for (step, config) in case.steps.iter().zip(&configs) {
            let Work::Conv(conv) = &step.work else { continue };
            convolutions += 1;
            let decoded = core(kind(step)).unwrap().decode(config, &case.accelerator, &case.images);
            let taps = conv.window.kernel[0] * conv.window.kernel[1];
            let inputs = conv.in_channels.next_multiple_of(case.accelerator.rows);
            let outputs = conv.out_channels.next_multiple_of(case.accelerator.cols);
            assert_eq!(decoded.len(), outputs * taps * inputs);
            for (at, &weight) in decoded.iter().enumerate() {
                let (out, tap, input) = (at / inputs / taps, at / inputs % taps, at % inputs);
                let exists = out < conv.out_channels && input < conv.in_channels;
                let expected = if exists { conv.weights[(out * taps + tap) * conv.in_channels + input] } else { 0 };
                assert_eq!(weight, i16::from(expected), "seed {seed}, output {out}, tap {tap}, input {input}");
            }
        }
    }
    assert!(convolutions > 1000, "{convolutions}");
}
