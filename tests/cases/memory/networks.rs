//! LeNet-5 and every small operator with weights from outside the chip, and the bench that travels with such a design.

use fretwork::plan::{Request, StreamRequest};
use fretwork_hdl::memory::{Axi, Flash, Source};
use fretwork_sim::outside::Latency;
use fretwork_tests::folder::{emit, make};
use fretwork_tests::graphs::every_operator;
use fretwork_tests::networks::{Network, digits, lenet5, request};

fn from(source: Source, shape: [usize; 3]) -> Request {
    Request { stream: StreamRequest { source, ..StreamRequest::default() }, ..request(shape) }
}

const SLOW: Axi = Axi { bits: 32, burst: 8, outstanding: 2, queue: 16, base: 0, latency: Latency { least: 5, most: 90, gap_percent: 20, seed: 4 } };

#[test]
fn lenet5_over_axi() {
    let network = Network::load(&lenet5(), &from(Source::Axi(SLOW), [8, 8, 8]));
    let inputs = [network.inputs(1), digits()[..3].to_vec()].concat();
    network.compare(&inputs, true);
}

#[test]
fn lenet5_from_flash() {
    let flash = Flash { quad: true, single_port: true, ..Flash::default() };
    let network = Network::load(&lenet5(), &from(Source::Boot(flash), [4, 4, 4]));
    assert!(network.program.design.accelerator.weight_words < 16_384, "the weights fit 64 KiB");
    network.compare(&digits()[..2], true);
}

/// A memory that is as fast as the array costs the first step's wait alone.
#[test]
fn a_fast_memory_costs_little() {
    let axi = Axi { bits: 128, burst: 64, outstanding: 8, queue: 256, base: 0, latency: Latency::fixed(1) };
    let fast = Network::load(&lenet5(), &from(Source::Axi(axi), [16, 16, 16])).latency_cycles();
    let rom = Network::load(&lenet5(), &request([16, 16, 16])).latency_cycles();
    assert!(rom <= fast && fast < rom + rom / 10, "{rom} cycles from the chip, {fast} over AXI4");
}

/// The folder's own bench, values and cycles, with the memory it brings.
#[test]
fn benches_bring_their_memory() {
    for source in [Source::Axi(SLOW), Source::Boot(Flash { quad: true, ..Flash::default() })] {
        let network = Network::plan(every_operator(), &from(source, [8, 4, 4]));
        let folder = tempfile::tempdir().unwrap();
        let design = folder.path().join("design");
        emit(&network, &network.inputs(1), &design);
        let bench = make(&design, "icarus");
        assert!(bench.passed, "{}", bench.text);
        let image = design.join(source.outside().unwrap().file);
        let mut bytes = std::fs::read(&image).unwrap();
        bytes[9] ^= 0x40;
        std::fs::write(&image, bytes).unwrap();
        assert!(!make(&design, "icarus").passed, "a changed weight in {} is not found", image.display());
    }
}
