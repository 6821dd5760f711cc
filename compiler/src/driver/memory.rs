//! Memories outside the chip that the array's weights come from, on the command line.

use fretwork_hdl::memory::{Axi, Flash, Source};
use fretwork_sim::outside::Latency;

/// Where the array's weights come from.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Where the array's weights come from (for a model)")]
pub struct Memory {
    /// `rom`: a memory on the chip that is part of the design; `axi`: a memory outside, read over AXI4 while steps run; `boot`: a memory on the chip
    /// that is filled from an SPI flash after reset [default: rom].
    #[arg(long, value_name = "FROM", value_enum)]
    weights: Option<From>,
    /// Cycles from a burst's acceptance to its first beat, `N` or `A..B` (drawn anew for every burst), as simulator and bench take them [default: 32].
    #[arg(long, value_name = "A..B", value_parser = latency)]
    memory_latency: Option<[u32; 2]>,
    /// Share of beats before which the memory pauses for 1 to 4 cycles, in percent [default: 0].
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    memory_gaps: Option<u32>,
    /// Seed of the latencies and pauses [default: 0].
    #[arg(long, value_name = "S")]
    memory_seed: Option<u64>,
    /// Bits of the AXI4 data bus: 32, 64 or 128 [default: 64].
    #[arg(long, value_name = "B", value_parser = ["32", "64", "128"])]
    axi_bits: Option<String>,
    /// Most beats of a burst: a power of two, 1 to 256 [default: 16].
    #[arg(long, value_name = "N")]
    axi_burst: Option<usize>,
    /// Most bursts on the way, 1 to 64 [default: 4].
    #[arg(long, value_name = "N")]
    axi_outstanding: Option<usize>,
    /// Beats that the queue holds: a power of two, at least a burst [default: 4 bursts, at least 64].
    #[arg(long, value_name = "N")]
    axi_queue: Option<usize>,
    /// Byte address of the weights, a multiple of 4096, decimal or 0x... [default: 0].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    axi_base: Option<u32>,
    /// Read the flash over four data lines (0x6B) instead of one (0x0B).
    #[arg(long)]
    flash_quad: bool,
    /// Half a period of the flash's clock in cycles, 1 to 256 [default: 1; for a board as many as keep it at 25 MHz].
    #[arg(long, value_name = "N")]
    flash_divider: Option<usize>,
    /// Byte address of the weights in the flash, decimal or 0x... [default: 0x100000; for a board the first that no bitstream reaches].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    flash_offset: Option<u32>,
    /// Cycles that the flash takes to wake up [default: 100; for a board 10 us].
    #[arg(long, value_name = "N")]
    flash_wake: Option<usize>,
    /// With `boot`: the memory on the chip is single-port RAM of 16,384 words of 16 bits, as an iCE40 UltraPlus has.
    #[arg(long)]
    single_port_weights: bool,
}

/// Where weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum From {
    /// A memory that is part of the design.
    Rom,
    /// A memory outside the chip, over AXI4.
    Axi,
    /// An SPI flash, copied after reset.
    Boot,
}

impl Memory {
    /// The name of an option that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        self.weights.map(|_| "--weights").or_else(|| self.of_axi()).or_else(|| self.of_flash())
    }

    /// An option that belongs to `axi`.
    fn of_axi(&self) -> Option<&'static str> {
        let options = [
            ("--memory-latency", self.memory_latency.is_some()),
            ("--memory-gaps", self.memory_gaps.is_some()),
            ("--memory-seed", self.memory_seed.is_some()),
            ("--axi-bits", self.axi_bits.is_some()),
            ("--axi-burst", self.axi_burst.is_some()),
            ("--axi-outstanding", self.axi_outstanding.is_some()),
            ("--axi-queue", self.axi_queue.is_some()),
            ("--axi-base", self.axi_base.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }

    /// An option that belongs to `boot`.
    fn of_flash(&self) -> Option<&'static str> {
        let options = [
            ("--flash-quad", self.flash_quad),
            ("--flash-divider", self.flash_divider.is_some()),
            ("--flash-offset", self.flash_offset.is_some()),
            ("--flash-wake", self.flash_wake.is_some()),
            ("--single-port-weights", self.single_port_weights),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }

    /// The same where what was not asked of a flash is as in `plain`.
    pub fn with_flash(&self, plain: &Flash) -> Memory {
        let own = self.clone();
        if self.weights != Some(From::Boot) {
            return own;
        }
        Memory {
            flash_divider: own.flash_divider.or(Some(plain.divider)),
            flash_offset: own.flash_offset.or(Some(plain.offset)),
            flash_wake: own.flash_wake.or(Some(plain.wake_cycles)),
            ..own
        }
    }

    /// What is asked of the planner.
    ///
    /// # Errors
    /// An option that belongs to another source than the one asked for.
    pub fn source(&self) -> Result<Source, String> {
        let from = self.weights.unwrap_or(From::Rom);
        let strangers = [(From::Axi, self.of_axi(), "axi"), (From::Boot, self.of_flash(), "boot")];
        for (own, option, name) in strangers {
            if let Some(option) = option.filter(|_| from != own) {
                return Err(format!("{option} is for weights from elsewhere: add --weights {name}"));
            }
        }
        Ok(match from {
            From::Rom => Source::Rom,
            From::Axi => Source::Axi(self.axi()),
            From::Boot => Source::Boot(self.flash()),
        })
    }

    fn axi(&self) -> Axi {
        let plain = Axi::default();
        let [least, most] = self.memory_latency.unwrap_or([plain.latency.least, plain.latency.most]);
        let gap_percent = self.memory_gaps.unwrap_or(plain.latency.gap_percent);
        let burst = self.axi_burst.unwrap_or(plain.burst);
        Axi {
            bits: self.axi_bits.as_deref().and_then(|bits| bits.parse().ok()).unwrap_or(plain.bits),
            burst,
            outstanding: self.axi_outstanding.unwrap_or(plain.outstanding),
            queue: self.axi_queue.unwrap_or(plain.queue.max(4 * burst)),
            base: self.axi_base.unwrap_or(plain.base),
            latency: Latency { least, most, gap_percent, seed: self.memory_seed.unwrap_or(0) },
        }
    }

    fn flash(&self) -> Flash {
        let plain = Flash::default();
        Flash {
            quad: self.flash_quad,
            divider: self.flash_divider.unwrap_or(plain.divider),
            offset: self.flash_offset.unwrap_or(plain.offset),
            wake_cycles: self.flash_wake.unwrap_or(plain.wake_cycles),
            single_port: self.single_port_weights,
        }
    }
}

fn latency(text: &str) -> Result<[u32; 2], String> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    match (least.parse(), most.parse()) {
        (Ok(least), Ok(most)) if 1 <= least && least <= most && most <= 65_536 => Ok([least, most]),
        _ => Err(format!("parameter 'memory-latency' is {text}, must be cycles in 1..=65536, as N or A..B with A at most B")),
    }
}

fn address(text: &str) -> Result<u32, String> {
    let number = text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16));
    number.map_err(|_| format!("'{text}' is no address of 32 bits"))
}
