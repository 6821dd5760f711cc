use super::*;
use fretwork_hdl::Accelerator;
use proptest::prelude::*;

fn board(name: &str) -> Board {
    Board::named(name).unwrap().unwrap()
}

#[test]
fn every_board_is_read_under_its_own_name_and_survives_its_own_text() {
    for name in Board::names() {
        let board = board(name);
        assert_eq!(board.name, name);
        assert_eq!(Board::from_toml(&board.to_toml().unwrap()).unwrap(), board);
        let sources = [&board.source, &board.resources.source, &board.clock.source, &board.reset.source, &board.led.source];
        assert!(sources.into_iter().all(|source| source.len() > 10), "{name}");
        assert!(board.program.contains("{bitstream}") || board.link == Link::Axi, "{name}");
        pll::pll(board.family, board.clock.mhz, board.default_clock_mhz()).unwrap();
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let text = board("ulx3s-25f").to_toml().unwrap();
    let refused = |from: &str, to: &str| Board::from_toml(&text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(refused("family", "famile").contains("unknown field `famile`"));
    assert!(refused("\"ecp5\"", "\"ecp9\"").contains("ecp9"));
    assert_eq!(refused("pin = \"G2\"", "pin = \"G2;\""), "clock.pin is G2;; must be letters, digits, '.', '_', '-' or '/', and not empty");
    assert_eq!(refused("baud = 115200", "baud = 1"), "baud is 1; must be in 300..=12000000");
    assert_eq!(refused("link = \"uart\"", "link = \"axi\""), "link is axi; only boards of the family xilinx7 have this link");
    assert!(refused("mhz = 25.0", "mhz = nan").starts_with("clock.mhz is NaN"));
    assert!(Board::from_toml("").unwrap_err().to_string().contains("missing field"));
}

#[test]
fn multipliers_become_look_up_tables_only_where_dsp_blocks_are_short() {
    let small = Accelerator::with_shape(4, 4, 4);
    let on = |name: &str| fit(&small, &board(name));
    // 16 elements, 4 lanes of two blocks and 4 requantisers of four are 40 blocks.
    assert!(on("ulx3s-45f").soft.is_empty());
    assert_eq!(on("ulx3s-25f").soft, ["fw_pe"]);
    assert!(on("ulx3s-25f").usage[2].used == 24 && on("ulx3s-25f").luts() > on("ulx3s-45f").luts());
    assert_eq!(on("icebreaker").soft, ["fw_pe", "fw_lane_alu", "fw_requant"]);
    assert!(!on("icebreaker").overruns().is_empty());
}

proptest! {
    /// Damaged descriptions are refused or read, never a panic.
    #[test]
    fn damaged_descriptions_do_no_harm(at in 0usize..1500, byte in any::<u8>(), cut in 0usize..1600) {
        let mut bytes = include_bytes!("../../../constraints/boards/icebreaker.toml").to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        let read = |bytes: &[u8]| { let _ = Board::from_toml(&String::from_utf8_lossy(bytes)); };
        read(&bytes);
        read(&bytes[..cut.min(length)]);
    }
}
