//! What `fretwork host` prints.

use super::simulate::LISTED;
use super::stimulus::inputs_text;
use fretwork::driver::simulation::Top1;
use fretwork::host::Statistics;
use fretwork::host::frame::Info;
use serde::Serialize;
use std::fmt::Write;
use std::time::Duration;

/// What the board computed in one inference.
pub struct Found {
    /// Output tensors, as bytes.
    pub outputs: Vec<Vec<i8>>,
    /// Clock cycles from the first input word to the last output word.
    pub cycles: u32,
    /// Those in which the accelerator did not wait for the line.
    pub worked_cycles: u32,
}

/// All inferences.
#[derive(Serialize)]
pub struct Summary {
    network: String,
    port: String,
    baud: u32,
    /// What the board says which design it holds, in hexadecimal.
    design: String,
    lanes: u8,
    clock_hz: u32,
    inputs: usize,
    /// Cycles of the board in which the accelerator did not wait for the line, one entry per inference.
    latency_cycles: Vec<u32>,
    /// The same as the simulator counts it.
    simulated_latency_cycles: Vec<u64>,
    /// Cycles of the board from the first input word to the last output word, with the transfer.
    transfer_cycles: Vec<u32>,
    /// Time of all inferences on this machine, in seconds.
    elapsed_s: f64,
    line: Statistics,
    /// Class with the largest first output, one entry per inference.
    pub classes: Vec<usize>,
    /// Against the labels.
    pub top1: Option<Top1>,
    /// Values that were compared with the simulator's.
    pub values_compared: Option<u64>,
    /// Of these, those that differ.
    pub values_differing: Option<u64>,
}

impl Summary {
    /// What is known after the last inference; classes and comparisons are added.
    #[allow(clippy::too_many_arguments, reason = "one value per field")]
    pub fn new(
        network: &str,
        port: &str,
        baud: u32,
        info: &Info,
        found: &[Found],
        simulated_latency_cycles: Vec<u64>,
        line: Statistics,
        elapsed: Duration,
    ) -> Summary {
        Summary {
            network: network.to_owned(),
            port: port.to_owned(),
            baud,
            design: format!("{:08x}", info.design),
            lanes: info.lanes,
            clock_hz: info.clock_hz,
            inputs: found.len(),
            latency_cycles: found.iter().map(|found| found.worked_cycles).collect(),
            simulated_latency_cycles,
            transfer_cycles: found.iter().map(|found| found.cycles).collect(),
            elapsed_s: elapsed.as_secs_f64(),
            line,
            classes: Vec::new(),
            top1: None,
            values_compared: None,
            values_differing: None,
        }
    }
}

/// `1234` or `1234 to 2345`.
fn span(values: &[u32]) -> String {
    let (least, most) = (values.iter().min().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0));
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

/// The summary for people.
pub fn text(summary: &Summary) -> String {
    let mean_ms = |cycles: &[u32]| {
        let sum: f64 = cycles.iter().map(|&cycles| f64::from(cycles)).sum();
        1000.0 * sum / cycles.len().max(1) as f64 / f64::from(summary.clock_hz.max(1))
    };
    let mut text = format!("{} on {} at {} baud, {}\n", summary.network, summary.port, summary.baud, inputs_text(summary.inputs));
    let mhz = f64::from(summary.clock_hz) / 1e6;
    let _ = writeln!(text, "  board     design {}, words of {} bytes, clock {mhz} MHz", summary.design, summary.lanes);
    let latency = &summary.latency_cycles;
    let _ = writeln!(
        text,
        "  latency   {} cycles, mean {:.3} ms; with the transfer {:.1} ms",
        span(latency),
        mean_ms(latency),
        mean_ms(&summary.transfer_cycles)
    );
    let line = &summary.line;
    let _ = writeln!(
        text,
        "  line      {} requests, {} sent again, {} put off; {} bytes sent, {} received in {:.1} s",
        line.requests, line.retries, line.busy, line.sent_bytes, line.received_bytes, summary.elapsed_s
    );
    if let (Some(compared), Some(differing)) = (summary.values_compared, summary.values_differing) {
        let _ = writeln!(text, "  compared  {compared} values with the simulator, {differing} differing");
    }
    if let Some(Top1 { correct, accuracy, .. }) = &summary.top1 {
        let _ = writeln!(text, "  top-1     {correct} of {}, {:.2} %", summary.inputs, accuracy * 100.0);
    }
    let listed: Vec<String> = summary.classes.iter().take(LISTED).map(usize::to_string).collect();
    let more = if summary.classes.len() > LISTED { ", ..." } else { "" };
    let _ = writeln!(text, "  classes   {}{more}", listed.join(", "));
    text
}
