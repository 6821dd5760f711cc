//! Random programs whose weights are copied from an SPI flash after reset.

use fretwork_hdl::memory::{Flash, Source};
use fretwork_hdl::systolic::WeightStream;
use fretwork_tests::suite::{FULL, Suite};

const fn flash(weight_bits: usize, flash: Flash) -> WeightStream {
    WeightStream { weight_bits, source: Source::Boot(flash), ..WeightStream::PLAIN }
}

fn verilog(cases: usize, shapes: &'static [[usize; 3]], streams: &'static [WeightStream]) {
    Suite { cases, shapes, streams, lean: FULL, conv_percent: 90, verilog: true }.run();
}

#[test]
fn one_line() {
    const FLASH: Flash = Flash { quad: false, divider: 1, offset: 0x1234, wake_cycles: 30, single_port: false };
    verilog(6, &[[8, 8, 4]], &const { [flash(8, FLASH)] });
}

#[test]
fn four_lines_and_single_port_memory() {
    const FLASH: Flash = Flash { quad: true, divider: 2, offset: 0x10_0000, wake_cycles: 1, single_port: true };
    verilog(12, &[[8, 4, 8]], &const { [flash(3, FLASH)] });
}
