//! A tiny design with the ports of every emitted design, and what it does cycle by cycle.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::fs;
use std::path::{Path, PathBuf};

use fretwork_cosim::{BuildOptions, Model};
use fretwork_sim::record::{Recording, StepRecord, Write};
use fretwork_sim::stalls::{Stalls, Stream, splitmix};

const TOP: &str = include_str!("top.sv");
const RTL: &str = include_str!("rtl/fw_standin.sv");
const WORDS: usize = 4;

/// A stand-in design in a folder of its own.
pub struct Standin {
    folder: tempfile::TempDir,
    pub lanes: usize,
    pub banks: usize,
    image: Vec<u8>,
}

impl Standin {
    /// A design whose image depends on `seed`.
    pub fn new(lanes: usize, banks: usize, seed: u64) -> Standin {
        let standin = Standin { folder: tempfile::tempdir().unwrap(), lanes, banks, image: bytes(WORDS * lanes, seed) };
        fs::create_dir(standin.dir().join("rtl")).unwrap();
        fs::create_dir(standin.dir().join("images")).unwrap();
        fs::write(standin.dir().join("rtl/fw_standin.sv"), RTL).unwrap();
        standin.inject("");
        let hex = |word: &[u8]| word.iter().rev().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
        fs::write(standin.dir().join("images/xor.hex"), standin.image.chunks(lanes).map(hex).collect::<String>()).unwrap();
        standin
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Adds Verilog to the top level.
    pub fn inject(&self, fault: &str) {
        let top = format!("`define LANES {}\n`define BANKS {}\n{}", self.lanes, self.banks, TOP.replace("// FAULT", fault));
        fs::write(self.dir().join("top.sv"), top).unwrap();
    }

    /// Replaces a part of the RTL.
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.dir().join("rtl/fw_standin.sv");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in the RTL");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn build(&self, trace: bool) -> Model {
        Model::build(self.dir(), &options(trace)).unwrap()
    }

    /// Inputs of `count` inferences.
    pub fn inputs(&self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|i| bytes(WORDS * self.lanes, 100 + i as u64)).collect()
    }

    /// What the design does, cycle by cycle.
    pub fn expected(&self, inputs: &[Vec<u8>], stalls: Stalls) -> Recording {
        let mut run = Golden { standin: self, stalls, cycle: 0, held: false, mem: vec![0; 2 * WORDS * self.lanes], recording: Recording::default() };
        for input in inputs {
            run.load(input);
            run.xor();
            run.store();
        }
        run.recording
    }
}

/// The design's state in the golden model.
struct Golden<'a> {
    standin: &'a Standin,
    stalls: Stalls,
    cycle: u64,
    held: bool,
    mem: Vec<u8>,
    recording: Recording,
}

impl Golden<'_> {
    /// One step: a launch cycle, then `WORDS` events in the cycles that `fires` allows.
    fn step(&mut self, step: u32, mut fires: impl FnMut(&mut Self) -> bool, mut event: impl FnMut(&mut Self, usize) -> Option<Write>) {
        let start = self.cycle;
        let mut writes = Vec::new();
        // The input driver offers a word in the launch cycle too.
        if step == 0 {
            fires(self);
        } else {
            self.offer();
        }
        self.cycle += 1;
        let mut count = 0;
        while count < WORDS {
            if fires(self) {
                writes.extend(event(self, count));
                count += 1;
                if step == 0 {
                    self.held = false;
                }
            }
            self.cycle += 1;
        }
        self.recording.steps.push(StepRecord { step, start, end: self.cycle - 1, writes });
    }

    /// The input driver's cycle: a word that was offered stays.
    fn offer(&mut self) -> bool {
        self.held |= !self.stalls.stalled(Stream::Input, self.cycle);
        self.held
    }

    fn load(&mut self, input: &[u8]) {
        let lanes = self.standin.lanes;
        let mask = (1 << self.standin.banks) - 1;
        let event = |run: &mut Self, i: usize| {
            let data = input[i * lanes..(i + 1) * lanes].to_vec();
            run.mem[i * lanes..(i + 1) * lanes].copy_from_slice(&data);
            Some(Write { addr: i as u32, mask, data })
        };
        self.step(0, Golden::offer, event);
    }

    fn xor(&mut self) {
        let (lanes, banks) = (self.standin.lanes, self.standin.banks);
        let event = |run: &mut Self, i: usize| {
            let written = if i.is_multiple_of(2) { lanes } else { lanes / banks };
            let mut data = vec![0; lanes];
            for (lane, byte) in data.iter_mut().enumerate().take(written) {
                *byte = run.mem[i * lanes + lane] ^ run.standin.image[i * lanes + lane];
                run.mem[(WORDS + i) * lanes + lane] = *byte;
            }
            Some(Write { addr: (WORDS + i) as u32, mask: if i.is_multiple_of(2) { (1 << banks) - 1 } else { 1 }, data })
        };
        let fires = |run: &mut Self| {
            run.offer();
            true
        };
        self.step(1, fires, event);
    }

    fn store(&mut self) {
        let fires = |run: &mut Self| {
            run.offer();
            !run.stalls.stalled(Stream::Output, run.cycle)
        };
        self.step(2, fires, |_, _| None);
        self.recording.outputs.push(self.mem[WORDS * self.standin.lanes..].to_vec());
    }
}

/// Options with a cache that the tests share.
pub fn options(trace: bool) -> BuildOptions {
    BuildOptions { trace, cache: Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cosim-cache")), ..BuildOptions::default() }
}

pub fn names() -> Vec<String> {
    ["load", "xor", "store"].map(String::from).to_vec()
}

fn bytes(count: usize, seed: u64) -> Vec<u8> {
    (0..count as u64).map(|i| splitmix(seed.wrapping_mul(1 << 20) + i) as u8).collect()
}
