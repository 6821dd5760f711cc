//! Random programs whose weights come over AXI4, from memories of random latencies with random pauses.

use fretwork_hdl::memory::{Axi, Source};
use fretwork_hdl::systolic::{Codebook, WeightStream};
use fretwork_sim::outside::Latency;
use fretwork_tests::suite::{FULL, Suite};

const fn axi(bits: usize, burst: usize, outstanding: usize, queue: usize, stream: WeightStream) -> WeightStream {
    let source = Source::Axi(Axi { bits, burst, outstanding, queue, base: 0x8000_3000, latency: Latency::fixed(1) });
    WeightStream { source, ..stream }
}

const fn narrow(weight_bits: usize) -> WeightStream {
    WeightStream { weight_bits, ..WeightStream::PLAIN }
}

const fn coded(weight_bits: usize, code_bits: usize, group: usize) -> WeightStream {
    WeightStream { codebook: Some(Codebook { code_bits, group, tables: 16 }), ..narrow(weight_bits) }
}

fn verilog(cases: usize, shapes: &'static [[usize; 3]], streams: &'static [WeightStream]) {
    Suite { cases, shapes, streams, lean: FULL, conv_percent: 90, verilog: true }.run();
}

/// Words of two beats.
#[test]
fn beats_are_collected() {
    verilog(80, &[[8, 4, 8]], &const { [axi(32, 4, 2, 8, narrow(8))] });
}

/// Four words to a beat, steps that begin within one.
#[test]
fn beats_hold_several_words() {
    verilog(80, &[[8, 8, 4]], &const { [axi(128, 8, 3, 16, narrow(6))] });
}

/// A word to a beat, the smallest queue.
#[test]
fn beats_one_by_one() {
    verilog(60, &[[8, 4, 8]], &const { [axi(64, 1, 1, 2, coded(8, 7, 1))] });
}

/// The simulator alone: many more parameters, kernels = simulator and timing without values = timing with values.
#[test]
fn kernels_simulator() {
    const STREAMS: &[WeightStream] =
        &[axi(32, 256, 64, 256, narrow(8)), axi(64, 16, 4, 64, narrow(2)), axi(128, 2, 1, 4, coded(5, 3, 2)), axi(32, 1, 3, 2, narrow(7))];
    Suite { cases: 800, shapes: &[[8, 4, 8], [16, 8, 4], [16, 16, 16], [32, 4, 32]], streams: STREAMS, lean: FULL, conv_percent: 90, verilog: false }
        .run();
}

/// Every width of the bus with every relation of words to beats, long and short bursts, shallow and deep queues.
#[test]
#[ignore = "builds eleven Verilator models"]
fn every_bus() {
    const ALL: &[WeightStream] = &[
        axi(32, 16, 4, 64, narrow(8)),
        axi(64, 64, 8, 64, narrow(8)),
        axi(128, 256, 2, 256, narrow(8)),
        axi(32, 2, 16, 4, narrow(3)),
        axi(128, 4, 1, 32, narrow(2)),
        axi(64, 8, 64, 8, coded(8, 1, 4)),
    ];
    verilog(600, &[[16, 4, 8]], ALL);
    verilog(200, &[[16, 16, 16]], &const { [axi(32, 32, 4, 128, narrow(8)), axi(128, 16, 4, 16, narrow(5))] });
    verilog(100, &[[64, 8, 64]], &const { [axi(32, 16, 4, 64, narrow(8)), axi(128, 16, 4, 64, narrow(8))] });
    verilog(100, &[[4, 4, 4]], &const { [axi(128, 16, 4, 64, narrow(2))] });
}
