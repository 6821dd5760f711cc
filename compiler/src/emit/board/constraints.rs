//! Pins and clocks in the form of the family's tools.

use crate::area::Family;
use crate::board::{Board, Chosen, FlashClock, Signal};
use std::fmt::Write;

/// What pulls a pin that nobody drives.
#[derive(Clone, Copy)]
enum Pull {
    None,
    Up,
    Down,
}

/// A pin of the board's top level.
struct Pin<'a> {
    port: &'static str,
    pin: &'a str,
    io: &'a str,
    pull: Pull,
}

/// The text of the constraints' file of a board with a serial line.
pub fn constraints(board: &Board, chosen: &Chosen) -> String {
    let mut pins = vec![
        Pin { port: "clk_i", pin: &board.clock.pin, io: &board.clock.io, pull: Pull::None },
        Pin { port: "button_i", pin: &board.reset.pin, io: &board.reset.io, pull: released(&board.reset) },
        Pin { port: "led_o", pin: &board.led.pin, io: &board.led.io, pull: Pull::None },
    ];
    if let Some(uart) = &board.uart {
        pins.push(Pin { port: "rx_i", pin: &uart.rx, io: &uart.io, pull: Pull::Up });
        pins.push(Pin { port: "tx_o", pin: &uart.tx, io: &uart.io, pull: Pull::None });
    }
    if let Some(flash) = board.flash.as_ref().filter(|_| chosen.flash_offset.is_some()) {
        let own = |port, pin, pull| Pin { port, pin, io: &board.clock.io, pull };
        pins.extend([own("flash_cs_o", &flash.cs, Pull::None), own("flash_mosi_o", &flash.mosi, Pull::None)]);
        pins.push(own("flash_miso_i", &flash.miso, Pull::Up));
        let clk = Some(&flash.clk).filter(|_| board.flash_clock() == Some(FlashClock::Pin));
        let given = [("flash_clk_o", clk), ("flash_wp_o", flash.wp.as_ref()), ("flash_hold_o", flash.hold.as_ref())];
        pins.extend(given.into_iter().filter_map(|(port, pin)| Some(own(port, pin?, Pull::None))));
    }
    let mhz = board.clock.mhz;
    let mut text = String::new();
    match board.family {
        Family::Ice40 => {
            for pin in &pins {
                let pull = if matches!(pin.pull, Pull::Up) { "-pullup yes " } else { "" };
                let _ = writeln!(text, "set_io {pull}{} {}", pin.port, pin.pin);
            }
            let _ = writeln!(text, "set_frequency clk_i {mhz}");
        }
        Family::Ecp5 => {
            for pin in &pins {
                let pull = match pin.pull {
                    // Pads of memory standards have no pull resistors.
                    _ if pin.io.starts_with("SSTL") => "",
                    Pull::None => " PULLMODE=NONE",
                    Pull::Up => " PULLMODE=UP",
                    Pull::Down => " PULLMODE=DOWN",
                };
                let _ = writeln!(text, "LOCATE COMP \"{}\" SITE \"{}\";", pin.port, pin.pin);
                let _ = writeln!(text, "IOBUF PORT \"{}\" IO_TYPE={}{pull};", pin.port, pin.io);
            }
            let _ = writeln!(text, "FREQUENCY PORT \"clk_i\" {mhz} MHZ;");
        }
        Family::Gowin => {
            for pin in &pins {
                let pull = match pin.pull {
                    Pull::None => "NONE",
                    Pull::Up => "UP",
                    Pull::Down => "DOWN",
                };
                let _ = writeln!(text, "IO_LOC \"{}\" {};", pin.port, pin.pin);
                let _ = writeln!(text, "IO_PORT \"{}\" IO_TYPE={} PULL_MODE={pull};", pin.port, pin.io);
            }
        }
        Family::Xilinx7 | Family::Sg13g2 => {
            for pin in &pins {
                let pull = match pin.pull {
                    Pull::None => "",
                    Pull::Up => " PULLTYPE PULLUP",
                    Pull::Down => " PULLTYPE PULLDOWN",
                };
                let _ = writeln!(text, "set_property -dict {{PACKAGE_PIN {} IOSTANDARD {}{pull}}} [get_ports {}]", pin.pin, pin.io, pin.port);
            }
            let _ = writeln!(text, "create_clock -name oscillator -period {:.3} [get_ports clk_i]", 1e3 / mhz);
            text.push_str("set_false_path -from [get_ports {button_i rx_i}]\nset_false_path -to [get_ports {tx_o led_o}]\n");
            text.push_str("set_property CFGBVS VCCO [current_design]\nset_property CONFIG_VOLTAGE 3.3 [current_design]\n");
        }
    }
    text
}

/// The level of a button that nobody presses.
fn released(button: &Signal) -> Pull {
    if button.active_low { Pull::Up } else { Pull::Down }
}
