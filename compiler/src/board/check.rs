//! What every description has to keep to. Texts end up in constraint files and scripts, so only plain ones are let through.

use super::known::BoardError;
use super::{Board, Link};
use crate::area::Family;

/// Largest count of a resource; the largest device of these families has less.
const MOST: u64 = 1 << 22;
/// Largest flash, MiB.
const MOST_MIB: u64 = 256;

impl Board {
    pub(super) fn check(&self) -> Result<(), BoardError> {
        let plain = "must be letters, digits, '.', '_', '-' or '/', and not empty";
        let words: [(&'static str, &str); 5] =
            [("name", &self.name), ("device", &self.device), ("part", &self.part), ("package", &self.package), ("clock.pin", &self.clock.pin)];
        let pins = [("reset.pin", &self.reset.pin), ("led.pin", &self.led.pin), ("reset.io", &self.reset.io), ("led.io", &self.led.io)];
        for (field, text) in words.into_iter().chain(pins.map(|(field, text)| (field, text.as_str()))).chain([("clock.io", self.clock.io.as_str())]) {
            rule(is_plain(text), field, text, plain)?;
        }
        if let Some(uart) = &self.uart {
            for (field, text) in [("uart.rx", &uart.rx), ("uart.tx", &uart.tx), ("uart.io", &uart.io)] {
                rule(is_plain(text), field, text, plain)?;
            }
        }
        if let Some(flash) = &self.flash {
            let optional = [("flash.wp", &flash.wp), ("flash.hold", &flash.hold)].into_iter().filter_map(|(field, pin)| Some((field, pin.as_ref()?)));
            for (field, text) in [("flash.cs", &flash.cs), ("flash.mosi", &flash.mosi), ("flash.miso", &flash.miso)].into_iter().chain(optional) {
                rule(is_plain(text), field, text, plain)?;
            }
            rule(flash.clk.is_empty() || is_plain(&flash.clk), "flash.clk", &flash.clk, "must be letters, digits, '.', '_', '-' or '/', or empty")?;
            rule((1..=MOST_MIB).contains(&flash.mib), "flash.mib", flash.mib, "must be in 1..=256")?;
            rule(u64::from(flash.data) <= flash.mib << 20, "flash.data", flash.data, "must be within the flash")?;
        }
        rule(self.speed.is_empty() || is_plain(&self.speed), "speed", &self.speed, plain)?;
        rule(self.family != Family::Sg13g2, "family", self.family.name(), "must be ice40, ecp5, gowin or xilinx7")?;
        rule(self.link != Link::Uart || self.uart.is_some(), "link", "uart", "a board with this link needs a table [uart] with rx, tx and io")?;
        rule(self.link != Link::Axi || self.family == Family::Xilinx7, "link", "axi", "only boards of the family xilinx7 have this link")?;
        rule((300..=12_000_000).contains(&self.baud), "baud", self.baud, "must be in 300..=12000000")?;
        rule((1.0..=1000.0).contains(&self.clock.mhz), "clock.mhz", self.clock.mhz, "must be in 1..=1000")?;
        let r = &self.resources;
        for (field, value, least) in [
            ("resources.luts", r.luts, 1),
            ("resources.flip_flops", r.flip_flops, 1),
            ("resources.dsp_blocks", r.dsp_blocks, 0),
            ("resources.block_rams", r.block_rams, 1),
            ("resources.block_ram_bits", r.block_ram_bits, 1),
            ("resources.large_rams", r.large_rams, 0),
            ("resources.large_ram_bits", r.large_ram_bits, 0),
        ] {
            rule((least..=MOST).contains(&value), field, value, "must be in 0..=4194304, and above 0 for luts, flip_flops and block RAMs")?;
        }
        if let Some(chosen) = &self.chosen {
            rule((1.0..=1000.0).contains(&chosen.clock_mhz), "chosen.clock_mhz", chosen.clock_mhz, "must be in 1..=1000")?;
        }
        Ok(())
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

fn rule(holds: bool, field: &'static str, found: impl ToString, rule: &'static str) -> Result<(), BoardError> {
    if holds { Ok(()) } else { Err(BoardError::Field { field, found: found.to_string(), rule }) }
}
