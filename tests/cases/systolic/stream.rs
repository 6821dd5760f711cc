//! Random programs on arrays of other weight streams.

use fretwork_hdl::memory::Source;
use fretwork_hdl::systolic::{Codebook, WeightStream};
use fretwork_tests::suite::{FULL, Suite};

/// Plain words of so many bits per weight.
pub const fn narrow(weight_bits: usize, paired: bool) -> WeightStream {
    WeightStream { weight_bits, paired, codebook: None, interval: 1, source: Source::Rom }
}

/// Words of codes; tables for every step of a random program.
pub const fn coded(weight_bits: usize, code_bits: usize, group: usize) -> WeightStream {
    WeightStream { weight_bits, paired: false, codebook: Some(Codebook { code_bits, group, tables: 16 }), interval: 1, source: Source::Rom }
}

/// A word every so many cycles.
const fn paced(interval: usize, stream: WeightStream) -> WeightStream {
    WeightStream { interval, ..stream }
}

fn verilog(cases: usize, shapes: &'static [[usize; 3]], streams: &'static [WeightStream]) {
    Suite { cases, shapes, streams, lean: FULL, conv_percent: 90, verilog: true }.run();
}

#[test]
fn words_that_do_not_fill_bytes() {
    verilog(60, &[[8, 8, 4]], &const { [paced(2, narrow(3, true))] });
}

#[test]
fn codes_of_weights() {
    verilog(60, &[[8, 8, 4]], &const { [paced(7, coded(8, 3, 1))] });
}

#[test]
fn codes_of_vectors() {
    verilog(60, &[[8, 4, 8]], &const { [WeightStream { paired: true, ..coded(5, 5, 4) }] });
}

/// Intervals from those that hide behind the pixels to those that nothing hides behind, of codes too.
#[test]
#[ignore = "builds eight Verilator models"]
fn every_pace() {
    const ALL: &[WeightStream] =
        &[paced(2, narrow(8, false)), paced(3, narrow(8, false)), paced(4, coded(8, 4, 2)), paced(7, narrow(3, true)), paced(64, narrow(8, false))];
    verilog(1000, &[[16, 4, 8]], ALL);
    verilog(300, &[[16, 16, 16]], &const { [paced(2, narrow(8, false)), paced(5, narrow(4, false))] });
    verilog(100, &[[4, 4, 4]], &const { [paced(1000, narrow(8, false))] });
}

/// Codes of several lengths for one weight and for vectors of every length.
#[test]
#[ignore = "builds eight Verilator models"]
fn every_group() {
    const ALL: &[WeightStream] = &[
        coded(8, 1, 1),
        coded(6, 4, 1),
        coded(8, 7, 1),
        coded(8, 4, 2),
        coded(8, 8, 4),
        coded(2, 6, 8),
        WeightStream { paired: true, ..coded(5, 5, 2) },
        WeightStream { paired: true, ..coded(4, 8, 8) },
    ];
    verilog(800, &[[16, 4, 8]], ALL);
}

/// Every width, with a multiplier per weight and with one for two.
#[test]
#[ignore = "builds fourteen Verilator models"]
fn every_width() {
    const ALL: &[WeightStream] = &[
        narrow(2, false),
        narrow(3, false),
        narrow(4, false),
        narrow(5, false),
        narrow(6, false),
        narrow(7, false),
        narrow(2, true),
        narrow(3, true),
        narrow(4, true),
        narrow(5, true),
        narrow(6, true),
        narrow(7, true),
        narrow(8, true),
    ];
    verilog(1000, &[[16, 4, 8]], ALL);
    verilog(200, &[[16, 16, 16], [4, 4, 4]], &const { [narrow(4, true), narrow(8, true)] });
}
