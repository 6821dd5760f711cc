//! The bench that travels with an emitted design: static text (`tb.sv`, `Makefile`), a parameter file and vectors, for Icarus and Verilator alike.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fretwork_sim::outside::Outside;
use fretwork_sim::record::Recording;

use crate::error::{CosimError, io_error};

const TB: &str = include_str!("bench/tb.sv");
const TB_AXI: &str = include_str!("bench/tb_axi.sv");
pub(crate) const TB_FLASH: &str = include_str!("bench/tb_flash.sv");
const AXI: &str = include_str!("bench/tb_outside_axi.vh");
const AXI_PORTS: &str = include_str!("bench/tb_outside_axi_ports.vh");
const FLASH: &str = include_str!("bench/tb_outside_flash.vh");
const FLASH_PORTS: &str = include_str!("bench/tb_outside_flash_ports.vh");
const MAKEFILE: &str = include_str!("bench/Makefile");

/// What the bench checks.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// Bytes of a word.
    pub lanes: usize,
    /// Write banks of the activation memory.
    pub banks: usize,
    /// The run to expect, recorded without stalls.
    pub recording: &'a Recording,
    /// One entry per inference: the input stream's words, concatenated.
    pub inputs: &'a [Vec<u8>],
    /// What lies outside the chip; its contents are in the design folder already.
    pub outside: Option<Outside>,
}

/// Writes `tb.sv`, `tb_params.vh`, `Makefile` and `vectors/` into the design folder.
pub fn write_bench(design_dir: &Path, bench: &Bench<'_>) -> Result<(), CosimError> {
    bench.check()?;
    let vectors = design_dir.join("vectors");
    fs::create_dir_all(&vectors).map_err(io_error(&vectors))?;
    let files = [
        ("tb.sv", TB.to_owned()),
        ("Makefile", MAKEFILE.to_owned()),
        ("tb_params.vh", bench.params()),
        ("vectors/inputs.hex", bench.input_vectors()),
        ("vectors/outputs.hex", bench.output_vectors()),
        ("vectors/writes.hex", bench.write_vectors()),
        ("vectors/steps.hex", bench.step_vectors()),
    ];
    let outside = match &bench.outside {
        None => NOTHING.map(|(name, text)| (name, text.to_owned())).to_vec(),
        Some(outside) => outside_files(outside, design_dir)?,
    };
    for (name, text) in files.into_iter().chain(outside) {
        let path = design_dir.join(name);
        fs::write(&path, text).map_err(io_error(&path))?;
    }
    Ok(())
}

/// The files of a design that reads nothing outside the chip.
const NOTHING: [(&str, &str); 2] =
    [("tb_outside.vh", "// Nothing lies outside the chip.\n"), ("tb_outside_ports.vh", "// No ports to what lies outside the chip.\n")];

/// The memory outside the chip, and how it is connected.
fn outside_files(outside: &Outside, design_dir: &Path) -> Result<Vec<(&'static str, String)>, CosimError> {
    let path = design_dir.join(outside.file);
    let count = fs::metadata(&path).map_err(io_error(&path))?.len();
    let Outside { file, base, bus_bytes, latency } = outside;
    if *bus_bytes == 0 {
        let text = FLASH.replace("{file}", file).replace("{count}", &count.to_string()).replace("{base}", &base.to_string());
        return Ok(vec![("tb_flash.sv", TB_FLASH.to_owned()), ("tb_outside.vh", text), ("tb_outside_ports.vh", FLASH_PORTS.to_owned())]);
    }
    let numbers = [
        ("{count}", count),
        ("{bus_bytes}", *bus_bytes as u64),
        ("{base}", u64::from(*base)),
        ("{first}", u64::from(latency.least)),
        ("{span}", u64::from(latency.most - latency.least) + 1),
        ("{gap_percent}", u64::from(latency.gap_percent)),
        ("{seed}", latency.seed),
    ];
    let text = numbers.iter().fold(AXI.replace("{file}", file), |text, (name, value)| text.replace(name, &value.to_string()));
    Ok(vec![("tb_axi.sv", TB_AXI.to_owned()), ("tb_outside.vh", text), ("tb_outside_ports.vh", AXI_PORTS.to_owned())])
}

impl Bench<'_> {
    fn check(&self) -> Result<(), CosimError> {
        let refuse = |reason: String| Err(CosimError::Stimulus(reason));
        if !(1..=16).contains(&self.banks) || self.lanes == 0 || !self.lanes.is_multiple_of(self.banks) {
            return refuse(format!("a word of {} lanes cannot have {} banks", self.lanes, self.banks));
        }
        let streams = self.inputs.iter().chain(&self.recording.outputs);
        if let Some(stream) = streams.into_iter().find(|stream| !stream.len().is_multiple_of(self.lanes)) {
            return refuse(format!("a stream of {} bytes is no multiple of the {} lanes", stream.len(), self.lanes));
        }
        if self.recording.outputs.iter().all(Vec::is_empty) {
            return refuse("the recording has no output".into());
        }
        let writes = self.recording.steps.iter().flat_map(|step| &step.writes);
        match writes.into_iter().find(|write| write.data.len() != self.lanes || write.addr > 0xffff || write.mask > 0xffff) {
            Some(write) => refuse(format!("the write to address {} does not fit 16 bits of address, 16 banks and {} lanes", write.addr, self.lanes)),
            None => Ok(()),
        }
    }

    fn params(&self) -> String {
        let words = |streams: &[Vec<u8>]| streams.iter().map(|stream| stream.len() / self.lanes).sum::<usize>();
        let writes = self.recording.steps.iter().map(|step| step.writes.len()).sum::<usize>();
        let last_cycle = self.recording.steps.last().map_or(0, |step| step.end);
        let mut text = String::from("// Parameters of tb.sv for this design. A depth is a count, or 1 where there is nothing.\n");
        let _ = writeln!(text, "localparam integer Lanes = {};\nlocalparam integer Banks = {};", self.lanes, self.banks);
        let counts =
            [("Input", "InputWords", words(self.inputs)), ("Output", "OutputWords", words(&self.recording.outputs)), ("Write", "Writes", writes)];
        for (memory, name, count) in counts.into_iter().chain([("Step", "StepRuns", self.recording.steps.len())]) {
            let _ = writeln!(text, "localparam integer {name} = {count};\nlocalparam integer {memory}Depth = {};", count.max(1));
        }
        let _ = writeln!(text, "localparam [47:0] LastCycle = 48'd{last_cycle};");
        text
    }

    fn input_vectors(&self) -> String {
        lines("one input word a line, lane 0 last", self.inputs.iter().flat_map(|input| input.chunks(self.lanes)).map(hex_word))
    }

    fn output_vectors(&self) -> String {
        let words = self.recording.outputs.iter().flat_map(|output| {
            let last = (output.len() / self.lanes).saturating_sub(1);
            output.chunks(self.lanes).enumerate().map(move |(i, word)| format!("{}_{}", u8::from(i == last), hex_word(word)))
        });
        lines("tlast and output word", words)
    }

    fn write_vectors(&self) -> String {
        let writes = self.recording.steps.iter().flat_map(|step| &step.writes);
        lines("banks, address, data", writes.map(|write| format!("{:04x}_{:04x}_{}", write.mask, write.addr, hex_word(&write.data))))
    }

    fn step_vectors(&self) -> String {
        let mut writes = 0;
        let steps = self.recording.steps.iter().map(|step| {
            writes += step.writes.len();
            format!("{:04x}_{:012x}_{:012x}_{writes:08x}", step.step, step.start, step.end)
        });
        lines("step, start cycle, end cycle, writes from the first step to the end of this one", steps)
    }
}

/// A $readmemh file; it has at least one word, since a memory has at least one.
fn lines(comment: &str, words: impl Iterator<Item = String>) -> String {
    let mut text = format!("// {comment}\n");
    let start = text.len();
    for word in words {
        text.push_str(&word);
        text.push('\n');
    }
    if text.len() == start {
        text.push_str("0\n");
    }
    text
}

/// A word with its highest lane first, as a Verilog number is written.
fn hex_word(word: &[u8]) -> String {
    word.iter().rev().fold(String::with_capacity(2 * word.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
