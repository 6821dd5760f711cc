//! Answers of the memory that are no data: the status register tells, and keeps telling.

use fretwork::plan::{Request, StreamRequest};
use fretwork_hdl::memory::{Axi, Source};
use fretwork_tests::folder::emit;
use fretwork_tests::networks::{Network, lenet5, request};
use std::process::Command;

const BENCH: &str = include_str!("reader_tb.sv");

#[test]
fn failed_reads_show_in_the_status() {
    let stream = StreamRequest { source: Source::Axi(Axi::default()), ..StreamRequest::default() };
    let network = Network::load(&lenet5(), &Request { stream, ..request([8, 4, 4]) });
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("design");
    emit(&network, &network.inputs(1), &design);
    std::fs::write(design.join("reader_tb.sv"), BENCH).unwrap();
    let script = "iverilog -g2012 -I . -s reader_tb -o reader.vvp rtl/*.sv top.sv reader_tb.sv && vvp -N reader.vvp";
    let output = Command::new("sh").args(["-c", script]).current_dir(&design).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("status")).collect();
    assert_eq!(lines, ["status 0 0 0", "status 2 0 1", "status 3 0 1"], "{text}");
}
