//! The head of the page: what one inference costs, what takes most of it, and on which accelerator.

use super::format::{bytes, count, digits, energy, percent, time};
use super::node::{Node, element, text};
use super::table::{Table, facts};
use crate::report::{Report, StepReport, unit};
use fretwork_hdl::Accelerator;
use fretwork_hdl::design::{Design, Port};

/// Figures, a sentence or two, facts.
pub fn summary(report: &Report, design: &Design) -> Vec<Node> {
    let mut content = vec![tiles(report, &design.accelerator)];
    content.extend(words(report).map(|words| text("p", words)));
    content.push(facts("facts", about(report, design).into_iter().map(|(name, lines)| (name.to_owned(), join(lines)))));
    content
}

fn tiles(report: &Report, a: &Accelerator) -> Node {
    let totals = &report.totals;
    let tile = |name: &str, value: String, more: String| {
        let value = vec![Node::from(value), text("small", more)];
        (name.to_owned(), value)
    };
    let clock = report.energy.as_ref().map(|energy| format!("{} at {} MHz", time(energy.latency_us), digits(energy.clock_mhz)));
    let mut tiles = vec![
        tile("Latency", count(totals.latency_cycles), format!("cycles{}", clock.map_or(String::new(), |clock| format!(", {clock}")))),
        tile("Multiply-accumulates", count(totals.macs), format!("{} per cycle", digits(totals.macs as f64 / totals.latency_cycles.max(1) as f64))),
        used(report, a, &tile),
        tile("Weights read", bytes(totals.weight_bytes), "in one inference".to_owned()),
        tile("Activations moved", bytes(totals.read_bytes + totals.write_bytes), format!("{} of them read", bytes(totals.read_bytes))),
    ];
    if let Some(report) = &report.energy {
        tiles.push(tile("Energy", energy(report.energy_pj), format!("{} mW on average", digits(report.power_mw))));
    }
    facts("tiles", tiles)
}

/// How much of the array is used; of the cycles, when no step runs there.
fn used(report: &Report, a: &Accelerator, tile: &impl Fn(&str, String, String) -> (String, Vec<Node>)) -> (String, Vec<Node>) {
    let totals = &report.totals;
    if totals.array_operations > 0 {
        return tile("Array utilisation", percent(totals.array_utilisation), format!("of {} multipliers", count((a.rows * a.cols) as u64)));
    }
    let busy = totals.latency_parts.iter().filter(|part| part.cause == "busy").map(|part| part.share).sum();
    tile("Busy", percent(busy), "of all cycles".to_owned())
}

/// What takes most.
fn words(report: &Report) -> Option<String> {
    let whole = report.totals.latency_cycles.max(1) as f64;
    let slowest = report.steps.iter().max_by_key(|step| step.cycles)?;
    let share = percent(slowest.cycles as f64 / whole);
    let mut words =
        format!("{} on the {} unit takes longest: {} cycles, {share} of the latency.", slowest.name, unit::name(slowest.unit), count(slowest.cycles));
    let waits = report.totals.latency_parts.iter().filter(|part| part.cause != "busy").max_by_key(|part| part.cycles);
    let busy = report.totals.latency_parts.iter().find(|part| part.cause == "busy");
    if let (Some(busy), Some(wait)) = (busy, waits) {
        words += &format!(
            " Words move in {} of all cycles; the most frequent reason that none does is {}, {}.",
            percent(busy.share),
            reason(wait.cause),
            percent(wait.share)
        );
    }
    Some(words)
}

fn reason(cause: &str) -> &str {
    match cause {
        "pipeline" => "a pipeline that fills or drains",
        "weights" => "waiting for weights",
        "config" => "waiting for a step's configuration",
        "input" => "waiting for the input stream",
        "output" => "waiting for the output stream",
        "launch" => "the cycle between two steps",
        other => other,
    }
}

/// Names, and values one per line.
fn about(report: &Report, design: &Design) -> Vec<(&'static str, Vec<String>)> {
    let a = &design.accelerator;
    let mut facts = vec![("Accelerator", shape(a)), ("Memories", memories(a))];
    facts.push(("Inputs", design.inputs.iter().map(port).collect()));
    facts.push(("Outputs", design.outputs.iter().map(port).collect()));
    facts.push(("The host does", if report.host_steps.is_empty() { vec!["nothing".to_owned()] } else { report.host_steps.clone() }));
    let technology = report.energy.as_ref().map(|energy| vec![format!("{}, {}", energy.technology, energy.conditions), energy.error_band.clone()]);
    facts.push(("Technology", technology.unwrap_or_else(|| vec!["none given: times are in cycles, energy is left out".to_owned()])));
    if report.totals.skipped_tiles > 0 {
        let [used, left_out] = [report.totals.weight_tiles, report.totals.skipped_tiles].map(count);
        facts.push(("Weight tiles", vec![format!("{used} used, {left_out} of zeros left out")]));
    }
    let stream = &report.totals.weight_stream;
    if stream.interval_cycles > 1 || stream.bus.is_some() {
        let bandwidth = format!(
            "{} bytes per cycle, {} streamed, {} cycles waited",
            digits(stream.bytes_per_cycle),
            bytes(stream.streamed_bytes),
            count(stream.stalled_cycles)
        );
        let bus = stream.bus.as_ref().map(|bus| format!("{} over AXI4 of {} bits", bytes(bus.bus_bytes), bus.bus_bits));
        facts.push(("Weight stream", std::iter::once(bandwidth).chain(bus).collect()));
    }
    if let Some(cycles) = report.totals.load_cycles {
        facts.push(("Sparse engine", vec![format!("loaded {} cycles after reset, once; this is a later inference", count(cycles))]));
    }
    facts.push(("Fretwork", vec![format!("version {}", report.fretwork_version)]));
    facts
}

fn shape(a: &Accelerator) -> Vec<String> {
    let mut lines = vec![format!("systolic array of {} x {}, {} lanes", a.rows, a.cols, a.lanes)];
    if a.stream.weight_bits < 8 {
        lines.push(format!("weights of {} bits on the array", a.stream.weight_bits));
    }
    lines.extend(a.eie.as_ref().map(|eie| format!("sparse engine (eie) of {} elements, queues of {}", eie.pes, eie.queue_depth)));
    lines.extend(a.xnor.as_ref().map(|xnor| {
        let weights = if xnor.weight_bits > 1 { format!(", weights of up to {} bits", xnor.weight_bits) } else { String::new() };
        format!("binary core (xnor) of {} columns, {} gates each{weights}", xnor.cols, xnor.simd)
    }));
    lines.extend(a.shift.as_ref().map(|shift| format!("shift core of {} columns, {} inputs and {} terms each", shift.cols, shift.simd, shift.terms)));
    lines
}

fn memories(a: &Accelerator) -> Vec<String> {
    let activations = bytes((a.activation_words * a.lanes) as u64);
    let weights = bytes((a.weight_words * a.weight_word_bytes()) as u64);
    vec![format!("activations {activations}, array weights {weights}, lane weights {}", bytes((a.lane_weight_words * a.lanes) as u64))]
}

fn port(port: &Port) -> String {
    let shape: Vec<String> = port.shape.iter().map(ToString::to_string).collect();
    format!("{}, {} [{}]", port.name, if port.wide { "int16" } else { "int8" }, shape.join(", "))
}

fn join(lines: Vec<String>) -> Vec<Node> {
    let last = lines.len().saturating_sub(1);
    lines.into_iter().enumerate().flat_map(|(k, line)| [Some(Node::from(line)), (k < last).then(|| element("br"))]).flatten().collect()
}

/// Every step with what it costs.
pub fn steps(report: &Report) -> Vec<Node> {
    let headings = ["#", "step", "unit", "cycles", "floor", "operations", "util", "read", "written", "weights"];
    let row = |(index, step): (usize, &StepReport)| {
        let traffic = [step.read_bytes, step.write_bytes, step.weight_bytes].map(bytes);
        let floor = step.floor_cycles.map_or("-".to_owned(), count);
        let utilisation = step.utilisation.map_or("-".to_owned(), percent);
        let head =
            [index.to_string(), step.name.clone(), unit::name(step.unit).to_owned(), count(step.cycles), floor, count(step.operations), utilisation];
        head.into_iter().chain(traffic).collect()
    };
    let totals = &report.totals;
    let sums = [totals.read_bytes, totals.write_bytes, totals.weight_bytes].map(bytes);
    let total = [totals.latency_cycles, totals.floor_cycles, totals.operations].map(count);
    let head = ["".to_owned(), "total".to_owned(), "".to_owned()].into_iter().chain(total);
    let total = head.chain([percent(totals.array_utilisation)]).chain(sums).collect();
    let table = Table::new(3, &headings).rows(report.steps.iter().enumerate().map(row)).rows([total]).draw("Steps and what they cost");
    let words = "Floor: cycles if every multiplier, lane or element worked in every cycle. The total is from the first input word to the last output \
                 word, with one cycle between two steps; its utilisation is that of the array.";
    vec![table, text("p", words).with("class", "note")]
}
