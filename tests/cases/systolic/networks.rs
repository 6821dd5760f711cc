//! Networks whose weight streams the planner chose.

use fretwork::plan::{CodebookRequest, Request, StreamRequest};
use fretwork_hdl::systolic::{Codebook, WeightStream};
use fretwork_tests::graphs::{every_operator, with_vectors};
use fretwork_tests::networks::{Network, request};
use fretwork_tests::shift::shift_network;

fn chosen(group: usize) -> StreamRequest {
    StreamRequest { weight_bits: None, codebook: CodebookRequest::Auto, group, ..StreamRequest::default() }
}

fn stream(network: &Network) -> WeightStream {
    network.program.design.accelerator.stream
}

#[test]
fn vectors_of_adjacent_channels() {
    let graph = with_vectors(every_operator(), 4, 12);
    let plan = |stream: StreamRequest| Network::plan(graph.clone(), &Request { stream, ..request([8, 4, 4]) });
    let coded = plan(chosen(4));
    // Twelve vectors and one of zeros, and what is left of them where a layer's channels end.
    assert!(
        matches!(stream(&coded), WeightStream { weight_bits: 4, codebook: Some(Codebook { code_bits: 5, group: 4, .. }), .. }),
        "{}",
        coded.program
    );
    let plain = plan(StreamRequest::default());
    assert_eq!((coded.latency_cycles(), stream(&plain)), (plain.latency_cycles(), WeightStream::PLAIN));
    coded.compare(&coded.inputs(2), true);
    // Fifteen distinct weights are no shorter as codes than as they are.
    assert_eq!(stream(&plan(chosen(1))).codebook, None);
}

/// Powers of two, ternary weights and their sums: few distinct weights of eight bits.
#[test]
fn distinct_weights() {
    let network = Network::plan(shift_network([5, 6], [20, 33, 14, 9]), &Request { stream: chosen(1), ..request([8, 4, 8]) });
    assert!(
        matches!(stream(&network), WeightStream { weight_bits: 8, codebook: Some(Codebook { code_bits: 5, group: 1, .. }), .. }),
        "{}",
        network.program
    );
    network.compare(&network.inputs(2), false);
}
