//! The single-port RAM of an iCE40 UltraPlus: its block, by Yosys's model, against the text that simulators take for it.

use crate::yosys::Yosys;
use fretwork::board::Board;
use fretwork::build::verify::MODELS;
use fretwork_hdl::rtl;
use std::process::Command;

/// Runs the bench with a twin; what it prints, or nothing where Yosys is not.
fn compared(twin: &str) -> Option<String> {
    let yosys = Yosys::find(&Board::named("icebreaker").unwrap().unwrap())?;
    let folder = tempfile::tempdir().unwrap();
    let block = rtl::ICE40.iter().find(|(name, _)| *name == "fw_spram.sv").expect("the block's file").1;
    for (name, text) in [("block.sv", block), ("twin.sv", twin), ("spram_tb.sv", include_str!("spram_tb.sv"))] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    yosys.models("ice40", folder.path(), &[]);
    let script = format!("iverilog -g2012 -s spram_tb -o spram.vvp {MODELS} block.sv twin.sv spram_tb.sv && vvp -n spram.vvp");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}

/// The text for simulators under another name.
fn twin() -> String {
    let text = rtl::FILES.iter().find(|(name, _)| *name == "fw_spram.sv").expect("the text for simulators").1;
    text.replace("module fw_spram", "module twin")
}

#[test]
fn the_block_and_its_twin_agree() {
    let Some(text) = compared(&twin()) else { return };
    let words = text.trim().strip_prefix("done ").unwrap_or_else(|| panic!("{text}"));
    assert!(words.parse::<usize>().unwrap() > 5000, "{text}");
}

#[test]
fn a_changed_twin_does_not() {
    let twin = twin();
    let changes = [
        ("if (we_i) mem[addr_i]", "if (we_i && !re_i) mem[addr_i]"),
        ("mem[addr_i] <= wdata_i", "mem[{1'b0, addr_i[12:0]}] <= wdata_i"),
        ("mem[addr_i] <= wdata_i", "mem[addr_i] <= {wdata_i[15:4], mem[addr_i][3:0]}"),
        ("rdata_o <= mem[addr_i]", "rdata_o <= {mem[addr_i][15:1], 1'b0}"),
    ];
    for (from, to) in changes {
        assert_eq!(twin.matches(from).count(), 1, "{from}");
        let Some(text) = compared(&twin.replace(from, to)) else { return };
        assert!(text.starts_with("differs at address"), "{to}: {text}");
    }
}
