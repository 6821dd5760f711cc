//! The AXI4-Lite port of an emitted design under Icarus: identification, stopping and starting, counters, a rewritten step table.

use fretwork_hdl::config::{Config, WORDS};
use fretwork_hdl::{Kind, Machine};
use fretwork_sim::stalls::Stalls;
use fretwork_tests::folder::emit;
use fretwork_tests::graphs::every_operator;
use fretwork_tests::networks::{Network, request};
use std::path::Path;
use std::process::Command;

const BENCH: &str = include_str!("control_tb.sv");

/// Runs the bench in the design folder and returns its lines.
fn run(folder: &Path, entries: &[u32]) -> Vec<String> {
    let hex: Vec<String> = entries.iter().map(|word| format!("{word:08x}")).collect();
    std::fs::write(folder.join("control_tb.sv"), BENCH).unwrap();
    std::fs::write(folder.join("control_entries.hex"), hex.join("\n") + "\n").unwrap();
    std::fs::write(folder.join("control_params.vh"), format!("localparam integer EntryWords = {};\n", entries.len())).unwrap();
    let script = "iverilog -g2012 -I . -s control_tb -o control.vvp rtl/*.sv top.sv control_tb.sv && vvp -N control.vvp";
    let output = Command::new("sh").args(["-c", script]).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(String::from).collect()
}

/// What follows a prefix, line by line.
fn after<'a>(lines: &'a [String], prefix: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(prefix)).collect()
}

/// The program's step table with other addresses for the loaded tensor and another clamp for the last convolution.
fn rewritten(network: &Network) -> Vec<u32> {
    let mut configs = network.program.images.configs().unwrap();
    let loaded = configs[0].out_base;
    let readers = |config: &Config| config.kind == Kind::Lane && config.lane_op == 0;
    let reader = configs.iter().position(readers).unwrap();
    let free = network.program.design.accelerator.activation_words as u16 - configs[0].out[0].last - 1;
    assert_ne!(free, loaded);
    configs[0].out_base = free;
    configs[reader].in_base = configs[reader].in_base.wrapping_add(free).wrapping_sub(loaded);
    let last = configs.iter_mut().rfind(|config| config.kind == Kind::Systolic).unwrap();
    last.clamp = [-2, 3];
    configs.iter().flat_map(Config::to_words).collect()
}

#[test]
fn control_port() {
    let mut request = request([8, 4, 4]);
    request.activation_words = Some(1024);
    let network = Network::plan(every_operator(), &request);
    let inputs = network.inputs(2);
    let streams = network.streams(&inputs);
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("design");
    emit(&network, &inputs, &design);
    let entries = rewritten(&network);
    assert_eq!(entries.len(), network.program.steps.len() * WORDS);
    let lines = run(&design, &entries);

    assert_eq!(after(&lines, "error"), [""; 0]);
    assert!(after(&lines, "response ").iter().all(|&code| code == "0"));
    let steps = network.program.steps.len();
    let reads = after(&lines, "read ");
    let value = |name: &str| {
        let text = reads.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {lines:?}"));
        u32::from_str_radix(text.trim(), 16).unwrap()
    };
    assert_eq!(value("id "), u32::from_be_bytes(*b"FRTW"));
    assert_eq!([value("version "), value("run "), value("stopping ")], [1, 1, 0]);
    assert_eq!(value("busy ") & 1, 1);
    assert!((value("busy ") >> 16) < steps as u32);
    assert_eq!(value("idle ") & 1, 0);
    assert_eq!([value("unfinished "), value("finished "), value("all ")], [0, 1, 2]);
    assert_eq!(after(&lines, "launches "), ["0"]);

    let expected = network.simulate(&streams[..1], Stalls::NONE);
    let counter = |name: &str, index: usize| after(&lines, &format!("{name} {index} "))[0].parse::<u64>().unwrap();
    for (index, record) in expected.steps.iter().enumerate() {
        assert_eq!([counter("start", index), counter("end", index)], [record.start, record.end], "step {index}");
    }
    assert!(u64::from(value("cycles ")) > expected.steps[steps - 1].end + 500);

    let mut images = network.program.images.clone();
    images.steps = entries;
    let machine = Machine::new(&network.program.design.accelerator, &images).unwrap();
    let changed = machine.run(&streams[1..], Stalls::NONE, true).recording;
    assert_ne!(changed.outputs[0], network.simulate(&streams[1..], Stalls::NONE).outputs[0]);
    for (inference, output) in [(0, &expected.outputs[0]), (1, &changed.outputs[0])] {
        let words: Vec<String> = output.chunks(8).map(|word| word.iter().rev().map(|byte| format!("{byte:02x}")).collect()).collect();
        assert_eq!(after(&lines, &format!("output {inference} ")), words, "inference {inference}");
    }
}
