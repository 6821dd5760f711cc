//! The board's top level: clock, reset, serial link, design.

use crate::board::{Board, Chosen, Flash, FlashClock};
use crate::emit::top::ports;
use crate::plan::Program;

/// What the design's ports are connected to; other inputs are 0 and other outputs open.
const CONNECTED: [(&str, &str); 9] = [
    ("clk_i", "clk"),
    ("rst_ni", "core_rst_n"),
    ("s_axis_tvalid_i", "to_core_valid"),
    ("s_axis_tready_o", "to_core_ready"),
    ("s_axis_tdata_i", "to_core_data"),
    ("m_axis_tvalid_o", "from_core_valid"),
    ("m_axis_tready_i", "from_core_ready"),
    ("m_axis_tdata_o", "from_core_data"),
    ("m_axis_tlast_o", "from_core_last"),
];

/// What the flash's ports are connected to, over one line in each direction.
const FLASH: [(&str, &str); 4] =
    [("flash_csb_o", "flash_cs_o"), ("flash_sclk_o", "flash_sclk"), ("flash_io_o", "flash_io"), ("flash_io_i", "{2'd0, flash_miso_i, 1'd0}")];

/// Ports of the board's top level to the flash, and what lies between them and the design's.
fn flash(board: &Board) -> (String, String) {
    let by_pin = board.flash_clock() == Some(FlashClock::Pin);
    let has = |pin: fn(&Flash) -> &Option<String>| board.flash.as_ref().is_some_and(|flash| pin(flash).is_some());
    let outputs = [
        ("flash_cs_o", true, None),
        ("flash_clk_o", by_pin, Some("flash_sclk")),
        ("flash_mosi_o", true, Some("flash_io[0]")),
        ("flash_wp_o", has(|flash| &flash.wp), Some("flash_io[2]")),
        ("flash_hold_o", has(|flash| &flash.hold), Some("flash_io[3]")),
    ];
    let outputs: Vec<_> = outputs.into_iter().filter(|(_, there, _)| *there).collect();
    let ports: String = outputs.iter().map(|(port, ..)| format!("  output logic {port},\n")).collect();
    let assigned: String = outputs.iter().filter_map(|(port, _, line)| Some(format!("  assign {port} = {};\n", (*line)?))).collect();
    let mut lines = format!("\n  logic flash_sclk;\n  logic [3:0] flash_io;\n  logic unused_io;\n{assigned}  assign unused_io = ^flash_io;\n");
    if !by_pin {
        lines.push_str(FLASH_BLOCK);
    }
    (format!("{ports}  input  logic flash_miso_i,\n"), lines)
}

const FLASH_BLOCK: &str = "\n  \
    // The clock's pin lies behind a block of the device; what stands in for it in benches is open.\n  /* verilator lint_off PINCONNECTEMPTY */\n  \
    fw_flash_clock u_flash_clock (\n    .rst_ni(core_rst_n),\n    .sclk_i(flash_sclk),\n    .pin_o()\n  );\n  /* verilator lint_on PINCONNECTEMPTY */\n";

/// The text of `board.sv`.
pub fn board(board: &Board, chosen: &Chosen, program: &Program) -> String {
    let design = &program.design;
    let accelerator = &design.accelerator;
    let pll = &chosen.pll;
    let list = |entries: Vec<String>| entries.into_iter().map(|entry| format!("    {entry}")).collect::<Vec<_>>().join(",\n");
    let clock = list(vec![
        format!(".Bypass({})", u8::from(pll.bypass)),
        format!(".RefDiv({})", pll.ref_div),
        format!(".FbDiv({})", pll.fb_div),
        format!(".FbOutDiv({})", pll.fb_out_div),
        format!(".OutDiv({})", pll.out_div),
        format!(".Filter({})", pll.filter),
        format!(".InputKhz({})", (board.clock.mhz * 1e3).round()),
        format!(".InputMhz(\"{}\")", board.clock.mhz),
        format!(".Device(\"{}\")", gowin_device(board)),
    ]);
    let link = list(vec![
        format!(".ClockHz({})", (pll.mhz * 1e6).round()),
        format!(".Baud({})", board.baud),
        format!(".Lanes({})", accelerator.lanes),
        format!(".InputWords({})", design.input_words()),
        format!(".OutputWords({})", design.output_words()),
        format!(".Design(32'h{:08x})", chosen.design),
    ]);
    let (pins, lines, wires) = if chosen.flash_offset.is_some() {
        let (pins, lines) = flash(board);
        (pins, lines, &FLASH[..])
    } else {
        Default::default()
    };
    let connected = list(
        ports(accelerator)
            .iter()
            .map(|(direction, name, bits)| match CONNECTED.iter().chain(wires).find(|(port, _)| port == name) {
                Some((port, wire)) => format!(".{port}({wire})"),
                None if direction.starts_with("input") => format!(".{name}({bits}'d0)"),
                None => format!(".{name}()"),
            })
            .collect(),
    );
    let pressed = if board.reset.active_low { "~button_i" } else { "button_i" };
    let lit = if board.led.active_low { "~activity" } else { "activity" };
    format!(
        "// Top level for the board {name} ({title}): clock, reset, serial link and the design.\n\
         module board (\n  input  logic clk_i,\n  input  logic button_i,\n  input  logic rx_i,\n  output logic tx_o,\n{pins}  output logic led_o\n);\n  \
         logic clk, locked, rst_n, core_rst_n, activity;\n  \
         logic to_core_valid, to_core_ready, from_core_valid, from_core_ready, from_core_last;\n  \
         logic [{high}:0] to_core_data, from_core_data;\n{lines}\n  \
         fw_clock #(\n{clock}\n  ) u_clock (\n    .clk_i(clk_i),\n    .clk_o(clk),\n    .locked_o(locked)\n  );\n\n  \
         fw_reset_sync u_reset (\n    .clk_i(clk),\n    .rst_ni(locked & ~({pressed})),\n    .rst_no(rst_n)\n  );\n\n  \
         fw_uart_link #(\n{link}\n  ) u_link (\n    .clk_i(clk),\n    .rst_ni(rst_n),\n    .rx_i(rx_i),\n    .tx_o(tx_o),\n    \
         .core_rst_no(core_rst_n),\n    .to_core_valid_o(to_core_valid),\n    .to_core_ready_i(to_core_ready),\n    .to_core_data_o(to_core_data),\n    \
         .from_core_valid_i(from_core_valid),\n    .from_core_ready_o(from_core_ready),\n    .from_core_data_i(from_core_data),\n    \
         .from_core_last_i(from_core_last),\n    .activity_o(activity)\n  );\n\n  \
         // Registers and probes are for other hosts and for benches; they stay open.\n  /* verilator lint_off PINCONNECTEMPTY */\n  \
         top u_top (\n{connected}\n  );\n  /* verilator lint_on PINCONNECTEMPTY */\n\n  assign led_o = {lit};\nendmodule\n",
        name = board.name,
        title = board.title,
        high = accelerator.lanes * 8 - 1,
    )
}

/// The device as an rPLL names it.
fn gowin_device(board: &Board) -> &str {
    if board.part.starts_with("GW1NR-LV9") {
        "GW1NR-9C"
    } else if board.part.starts_with("GW2AR-LV18") {
        "GW2AR-18C"
    } else {
        &board.device
    }
}
