//! An emitted folder needs nothing but itself: its own bench passes under both simulators.

use fretwork_tests::folder::{emit, make};
use fretwork_tests::networks::{Network, digits, lenet5, request};

#[test]
fn lenet5_passes_its_own_bench() {
    let network = Network::load(&lenet5(), &request([16, 16, 16]));
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("lenet5");
    emit(&network, &digits()[..1], &design);
    let bench = make(&design, "all");
    assert!(bench.passed, "{}", bench.text);
    assert_eq!(bench.text.lines().filter(|line| line.starts_with("PASS")).count(), 4, "{}", bench.text);
    print!("{}", bench.text);
}
