//! The link to a host over a simulated line: the RTL behind its UART, and the library's session in front of it, both in simulated time.

use fretwork::host::{Line, Settings};
use fretwork_cosim::faults::{Faults, Rates};
use fretwork_cosim::{Board, BuildOptions, Serial};
use fretwork_hdl::rtl;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Clock and rate of all simulated boards: as few clocks per bit as the link takes.
pub const CLOCK_HZ: u64 = 1_000_000;
/// See [`CLOCK_HZ`].
pub const BAUD: u64 = 125_000;
/// Clocks per bit.
pub const BIT: u32 = (CLOCK_HZ / BAUD) as u32;
/// Clocks per byte.
pub const BYTE: u64 = 10 * BIT as u64;

/// A patient host.
pub const SETTINGS: Settings = Settings { baud: BAUD as u32, timeout: Duration::from_millis(70), retries: 12, patience: Duration::from_secs(2) };

/// Writes the link's RTL, and the memory it uses, into the `rtl` folder of a design.
pub fn write_link(folder: &Path) {
    std::fs::create_dir_all(folder.join("rtl")).expect("a folder that can be written");
    let memory = rtl::FILES.iter().filter(|(name, _)| *name == "fw_ram.sv");
    for (name, text) in rtl::LINK_FILES.iter().chain(memory) {
        std::fs::write(folder.join("rtl").join(name), text).expect("a folder that can be written");
    }
}

/// The shape of the stand-in accelerator.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bytes of a word.
    pub lanes: usize,
    /// Words in.
    pub inputs: usize,
    /// Words out.
    pub outputs: usize,
    /// Cycles per word.
    pub pace: u64,
}

impl Shape {
    /// The output stream that belongs to an input stream.
    pub fn expected(&self, input: &[u8]) -> Vec<u8> {
        let mut sum = vec![0u8; self.lanes];
        for word in input.chunks(self.lanes) {
            let carries: Vec<u8> = (0..self.lanes).map(|lane| sum[(lane + self.lanes - 1) % self.lanes] >> 7).collect();
            for (lane, byte) in sum.iter_mut().enumerate() {
                *byte = (*byte << 1 | carries[lane]) ^ word[lane];
            }
        }
        let word = |index: usize| {
            let mut carry = index;
            let add = move |byte: &u8| {
                let total = usize::from(*byte) + (carry & 0xff);
                carry = (carry >> 8) + (total >> 8);
                total as u8
            };
            sum.iter().map(add).collect::<Vec<u8>>()
        };
        (0..self.outputs).flat_map(word).collect()
    }
}

/// The link and the stand-in accelerator, compiled.
pub struct Bench {
    /// The design's folder.
    pub folder: TempDir,
    board: Board,
}

impl Bench {
    /// Builds them, after a change to one of the RTL files: its name, text that occurs in it once, and what it becomes.
    pub fn build(shape: Shape, change: Option<(&str, &str, &str)>) -> Bench {
        Bench::build_at(shape, BAUD, change)
    }

    /// The same at another rate.
    pub fn build_at(shape: Shape, baud: u64, change: Option<(&str, &str, &str)>) -> Bench {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_link(folder.path());
        for (name, text) in [("top.sv", include_str!("../cases/link/top.sv")), ("link_bench.sv", include_str!("../cases/link/link_bench.sv"))] {
            std::fs::write(folder.path().join(name), text).expect("a folder that can be written");
        }
        if let Some((module, from, to)) = change {
            let path = folder.path().join(format!("rtl/{module}.sv"));
            let text = std::fs::read_to_string(&path).expect("a module of the link");
            assert_eq!(text.matches(from).count(), 1, "{module}: '{from}'");
            std::fs::write(&path, text.replace(from, to)).expect("a folder that can be written");
        }
        let Shape { lanes, inputs, outputs, pace } = shape;
        let parameters = [("Baud", baud), ("Lanes", lanes as u64), ("InputWords", inputs as u64), ("OutputWords", outputs as u64), ("Pace", pace)];
        let board = Board::build(folder.path(), "link_bench", &parameters, &BuildOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        Bench { folder, board }
    }

    /// A board that has just left reset.
    pub fn power_up(&self) -> Serial<'_> {
        self.power_up_at(BIT)
    }

    /// The same before a host whose bits last so many clocks of the board.
    pub fn power_up_at(&self, clocks_per_bit: u32) -> Serial<'_> {
        self.board.power_up(self.folder.path(), clocks_per_bit).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A board behind a line with faults.
    pub fn wire(&self, seed: u64, rates: Rates) -> Wire<'_> {
        Wire::new(self.power_up(), seed, rates)
    }
}

/// A board's line with faults in both directions. Its time is the board's.
pub struct Wire<'a> {
    serial: Serial<'a>,
    to_board: Faults,
    from_board: Faults,
    sending: VecDeque<u8>,
    received: VecDeque<u8>,
}

impl<'a> Wire<'a> {
    /// The line of a running board.
    pub fn new(serial: Serial<'a>, seed: u64, rates: Rates) -> Wire<'a> {
        let [to_board, from_board] = [2 * seed, 2 * seed + 1].map(|seed| Faults::new(seed, rates));
        Wire { serial, to_board, from_board, sending: VecDeque::new(), received: VecDeque::new() }
    }

    /// From now on the line is as good as this.
    pub fn rates(&mut self, rates: Rates) {
        for faults in [&mut self.to_board, &mut self.from_board] {
            *faults = Faults::new(0, rates);
        }
    }

    fn step(&mut self) -> io::Result<()> {
        let (begun, arrived) = self.serial.run(BYTE, self.sending.make_contiguous()).map_err(io::Error::other)?;
        self.sending.drain(..begun);
        self.received.extend(self.from_board.pass(&arrived));
        Ok(())
    }
}

impl Line for Wire<'_> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sending.extend(self.to_board.pass(bytes));
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> io::Result<usize> {
        while self.received.is_empty() && self.now() < deadline {
            self.step()?;
        }
        let count = self.received.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.received.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.serial.cycle() * (1_000_000_000 / CLOCK_HZ))
    }
}
