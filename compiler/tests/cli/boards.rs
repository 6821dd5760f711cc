use super::*;
use serde_json::Value;

/// LeNet-5 for a board: the folder, and the summary.
fn compiled(board: &str, options: &[&str]) -> (TempDir, PathBuf, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d");
    let out = succeeds(&[&["compile", &lenet(), "-o", &path.display().to_string(), "--board", board, "--json"][..], options].concat());
    let summary = json(&out);
    (folder, path, summary)
}

fn read(path: &Path, name: &str) -> String {
    fs::read_to_string(path.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn boards_are_listed_and_shown() {
    let table = succeeds(&["boards"]);
    for name in ["icebreaker", "orangecrab", "ulx3s-25f", "ulx3s-85f", "tang-nano-9k", "tang-nano-20k", "arty-a7-35t", "arty-a7-100t", "pynq-z2"] {
        assert!(table.contains(&format!("\n{name} ")), "{name}\n{table}");
    }
    let all = json(&succeeds(&["boards", "--json"]));
    assert_eq!(all.as_array().unwrap().len(), table.lines().count() - 1);
    let one = json(&succeeds(&["boards", "ulx3s-25f", "--json"]));
    assert_eq!((&one["clock"]["pin"], &one["clock"]["mhz"], &one["resources"]["dsp_blocks"]), (&"G2".into(), &25.0.into(), &28.into()));
    fails(&["boards", "ulx4s"], 2, "there is no board 'ulx4s'; known are icebreaker,");
}

#[test]
fn a_board_of_ones_own_is_read_from_a_file_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml").display().to_string();
    let text = succeeds(&["boards", "ulx3s-45f"]);
    fs::write(&file, text.replace("ulx3s-45f", "mine")).unwrap();
    assert_eq!(json(&succeeds(&["boards", &file, "--json"]))["name"], "mine");
    let design = folder.path().join("d").display().to_string();
    let summary = json(&succeeds(&["compile", &lenet(), "-o", &design, "--board", &file, "--json"]));
    assert_eq!(summary["board"]["name"], "mine");
    fs::write(&file, text.replace("luts", "lutes")).unwrap();
    fails(&["boards", &file], 2, "unknown field `lutes`");
}

#[test]
fn the_array_is_the_largest_that_fits() {
    let (_folder, path, summary) = compiled("ulx3s-85f", &[]);
    let board = &summary["board"];
    let tried = board["tried"].as_array().unwrap();
    let fewest = tried.iter().filter_map(|tried| tried["cycles"].as_u64()).min().unwrap();
    let cycles = summary["latency_cycles"].as_u64().unwrap();
    assert!(cycles as f64 <= fewest as f64 * 1.02 && tried.len() > 3, "{board}");
    assert!(board["limited_by"].as_str().unwrap().contains("estimated"), "{board}");
    let description = read(&path, "board.toml");
    assert!(description.contains(&format!("\ncycles = {cycles}\n")) && description.contains("name = \"ulx3s-85f\""));
    // The same again is the same to the byte.
    let (_other, again, _) = compiled("ulx3s-85f", &[]);
    for name in ["board.toml", "board.sv", "board.ys", "build.sh", "board.lpf", "design.json"] {
        assert_eq!(read(&path, name), read(&again, name), "{name}");
    }
    // A board's folder is a design folder like any other.
    succeeds(&["simulate", &path.display().to_string()]);
}

#[test]
fn what_does_not_fit_is_refused_unless_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d").display().to_string();
    let words = ["compile", &lenet(), "-o", &path, "--board", "ulx3s-25f", "--rows", "16", "--cols", "16"];
    fails(&words, 1, "the design does not fit the board 'ulx3s-25f': ");
    fails(&words, 1, "take another board, a smaller array or --force");
    assert_eq!(entries(folder.path()), [""; 0]);
    let summary = json(&succeeds(&[&words[..], &["--force", "--json"]].concat()));
    assert!(!summary["board"]["too_large"].as_array().unwrap().is_empty());
    fails(&["compile", &lenet(), "-o", &path, "--board", "ulx3s-25f", "--clock-mhz", "450"], 2, "the nearest clock is 400");
    fails(&["compile", &lenet(), "-o", &path, "--board", "ulx3s-25f", "--baud", "1"], 2, "baud is 1; must be in 300..=12000000");
    fails(&["compile", &lenet(), "-o", &path, "--clock-mhz", "50"], 2, "--board");
}

/// The RTL in a folder of a design.
fn sources(design: &Path, folder: &str) -> Vec<String> {
    entries(&design.join(folder)).into_iter().filter(|name| name.ends_with(".sv")).map(|name| format!("{folder}/{name}")).collect()
}

/// The board around a design as simulators read it: without the device's own blocks, which have twins.
pub fn around(design: &Path) -> Vec<String> {
    let has_twin = |file: &String| ["board/sim", "rtl"].iter().any(|folder| design.join(file.replacen("board", folder, 1)).exists());
    let board = sources(design, "board").into_iter().filter(|file| !has_twin(file));
    board.chain(sources(design, "board/sim")).collect()
}

/// Top level, constraints and scripts of every family, under Verilator and Icarus with the clock's twin.
#[test]
fn the_top_level_is_clean_under_verilator_and_icarus() {
    let from_flash = ["--weights", "boot"];
    for (name, constraints, options) in [
        ("icebreaker", "board.pcf", &[][..]),
        ("ulx3s-45f", "board.lpf", &[]),
        ("ulx3s-25f", "board.lpf", &from_flash),
        ("tang-nano-20k", "board.cst", &[]),
        ("arty-a7-35t", "board.xdc", &[]),
    ] {
        let (_folder, path, _) = compiled(name, &[&["--rows", "4", "--cols", "4", "--force"][..], options].concat());
        let pins = read(&path, constraints);
        let flash: &[&str] = match name {
            "icebreaker" => &["flash_cs_o", "flash_clk_o", "flash_mosi_o", "flash_miso_i"],
            "ulx3s-25f" => &["flash_cs_o", "flash_mosi_o", "flash_miso_i", "flash_wp_o", "flash_hold_o"],
            _ => &[],
        };
        for port in ["clk_i", "button_i", "rx_i", "tx_o", "led_o"].iter().chain(flash) {
            assert!(pins.contains(port), "{name}: {port}\n{pins}");
        }
        let sources = [around(&path), sources(&path, "rtl"), vec!["top.sv".to_owned(), "board.sv".to_owned()]].concat();
        for (tool, options) in [
            ("verilator", &["--lint-only", "-Wall", "--top-module", "board"][..]),
            ("iverilog", &["-g2012", "-Wall", "-t", "null", "-s", "board"][..]),
        ] {
            let ran = finished(Command::new(tool).args(options).args(&sources).current_dir(&path).output().unwrap());
            assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{name} {tool}");
        }
    }
}

/// On an ECP5 the flash's clock goes through a block of the device; offset, clock and wake-up are the board's.
#[test]
fn weights_of_an_ecp5_board_come_from_its_flash() {
    for (name, hold, offset, load) in [
        ("ulx3s-25f", "W1", 0x10_0000, "openFPGALoader -b ulx3s -f -o 1048576 images/flash.bin"),
        ("orangecrab", "N18", 0x20_0000, "ecpprog -o 2097152 images/flash.bin"),
    ] {
        let (_folder, path, _) = compiled(name, &["--rows", "4", "--cols", "4", "--weights", "boot"]);
        let (top, pins) = (read(&path, "top.sv"), read(&path, "board.lpf"));
        for says in [format!(".FlashOffset({offset})"), ".FlashDivider(2)".to_owned(), ".FlashWake(800)".to_owned()] {
            assert!(top.contains(&says), "{name}: {says}\n{top}");
        }
        assert!(read(&path, "board.sv").contains("fw_flash_clock u_flash_clock (") && read(&path, "board/fw_flash_clock.sv").contains("USRMCLK"));
        assert!(pins.contains(&format!("LOCATE COMP \"flash_hold_o\" SITE \"{hold}\";")) && !pins.contains("flash_clk_o"), "{pins}");
        assert!(read(&path, "build.sh").contains(load) && fs::metadata(path.join("images/flash.bin")).unwrap().len() > 60_000);
        assert!(read(&path, "board.toml").contains(&format!("flash_offset = {offset}\n")));
        succeeds(&["simulate", &path.display().to_string()]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d").display().to_string();
    let refused = |board: &str, options: &[&str], says: &str| {
        let words = ["compile", &lenet(), "-o", &path, "--board", board, "--rows", "4", "--cols", "4", "--weights", "boot"];
        fails(&[&words[..], options].concat(), 2, says);
    };
    let below = "the weights begin at byte 0x80000 of the flash, where a bitstream for 'ulx3s-25f' may lie; --flash-offset must be at least 0x100000";
    refused("ulx3s-25f", &["--flash-offset", "0x80000"], below);
    refused("ulx3s-25f", &["--flash-quad"], "leave out --flash-quad");
    refused("pynq-z2", &[], "the top level for 'pynq-z2' reaches no flash");
}

#[test]
fn xilinx_boards_get_scripts_for_vivado_and_an_ip_description() {
    let (_folder, path, _) = compiled("arty-a7-35t", &["--rows", "4", "--cols", "4"]);
    assert!(read(&path, "vivado/build.tcl").contains("write_bitstream -force build/board.bit"));
    let (_folder, path, _) = compiled("pynq-z2", &["--rows", "4", "--cols", "4"]);
    assert!(read(&path, "vivado/block_design.tcl").contains("xilinx.com:ip:axi_dma") && !path.join("board.sv").exists());
    let xml = read(&path, "component.xml");
    let document = roxmltree::Document::parse(&xml).unwrap();
    let named = |tag: &str| -> Vec<String> {
        let nodes = document.descendants().filter(|node| node.tag_name().name() == tag);
        nodes.filter_map(|node| node.children().find(|child| child.tag_name().name() == "name")?.text().map(str::to_owned)).collect()
    };
    assert_eq!(named("busInterface"), ["s_axis", "m_axis", "s_axil", "clk", "rst"]);
    let (ports, physical) = (named("port"), named("physicalPort"));
    assert!(physical.iter().all(|port| ports.contains(port)) && physical.len() == 26, "{physical:?}");
    for file in named("file") {
        assert!(path.join(&file).is_file(), "{file}");
    }
    // Braces and brackets of all scripts are balanced, as far as a Tcl shell would ask for more.
    for name in ["vivado/package_ip.tcl", "vivado/block_design.tcl"] {
        let text = read(&path, name);
        for [open, close] in [['{', '}'], ['[', ']']] {
            assert_eq!(text.matches(open).count(), text.matches(close).count(), "{name}");
        }
    }
}

#[test]
fn standard_cells_get_constraints_and_a_flow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d");
    succeeds(&["compile", &lenet(), "-o", &path.display().to_string(), "--rows", "4", "--cols", "4", "--asic", "50"]);
    let config = json(&read(&path, "asic/config.json"));
    assert_eq!((&config["DESIGN_NAME"], &config["CLOCK_PERIOD"], &config["meta"]["version"]), (&"top".into(), &20.0.into(), &2.into()));
    assert!(read(&path, "asic/design.sdc").contains("create_clock -name clk -period 20 "));
}
