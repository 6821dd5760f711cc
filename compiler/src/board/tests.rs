use super::*;
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
fn weights_lie_behind_every_bitstream_and_within_the_flash() {
    for name in Board::names() {
        let mut board = board(name);
        let Some(reader) = board.boot(board.default_clock_mhz()) else {
            assert_eq!(board.check_weights(&Default::default(), 1).unwrap_err(), FlashError::Unreachable(name.to_owned()));
            continue;
        };
        assert!(board.default_clock_mhz() / (2.0 * reader.divider as f64) <= 25.0, "{name}: {reader:?}");
        let flash = board.flash.clone().unwrap();
        let free = (flash.mib << 20) as usize - flash.data as usize;
        assert_eq!(board.check_weights(&reader, free), Ok(()), "{name}");
        assert!(matches!(board.check_weights(&reader, free + 1), Err(FlashError::Beyond { .. })), "{name}");
        board.flash = Some(Flash { data: flash.data + 1, ..flash });
        assert!(matches!(board.check_weights(&reader, 1), Err(FlashError::Below { .. })), "{name}");
    }
    let ways = ["icebreaker", "orangecrab", "ulx3s-85f", "pynq-z2"].map(|name| board(name).flash_clock());
    assert_eq!(ways, [Some(FlashClock::Pin), Some(FlashClock::Block), Some(FlashClock::Block), None]);
    let text = board("ulx3s-25f").to_toml().unwrap();
    let refused = |from: &str, to: &str| Board::from_toml(&text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(refused("hold = \"W1\"", "hold = \"W 1\"").starts_with("flash.hold is W 1; must be letters"));
    assert_eq!(refused("data = 1048576", "data = 16777217"), "flash.data is 16777217; must be within the flash");
}

/// LeNet-5 planned for a board, in the most comfortable variant.
fn lenet(shape: [usize; 3], name: &str) -> (crate::plan::Program, Fit) {
    let model = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet5/lenet5_int8.tflite");
    let graph = crate::import::load(&model).unwrap();
    let [rows, cols, lanes] = shape;
    let request = crate::plan::Request { rows, cols, ..crate::plan::Request::square(lanes) };
    let board = board(name);
    let mut program = crate::plan::plan(&graph, &variants(&board, &request)[0]).unwrap();
    let fit = fit(&mut program, &board, false);
    (program, fit)
}

#[test]
fn products_become_look_up_tables_only_where_dsp_blocks_are_short() {
    let (program, fit) = lenet([4, 4, 4], "ulx3s-45f");
    assert_eq!((program.design.accelerator.lean.soft_rows, fit.usage[2].used), (0, 32), "16 elements, and 4 requantisers of four blocks");
    let (program, fit) = lenet([4, 4, 4], "ulx3s-25f");
    assert_eq!((program.design.accelerator.lean.soft_rows, fit.usage[2].used), (1, 28));
    let variants = variants(&board("ulx3s-25f"), &crate::plan::Request::square(8));
    assert_eq!(variants.iter().map(|variant| variant.lean.requantisers).collect::<Vec<_>>(), [None, Some(4), Some(2)]);
}

#[test]
fn an_ultraplus_gets_the_smallest_shell() {
    let (program, fit) = lenet([4, 2, 4], "icebreaker");
    let a = &program.design.accelerator;
    assert!(a.lean.single_port && a.lean.fetch_late && a.lean.requantisers == Some(1) && a.lean.soft_rows == 2 && a.trim.is_some(), "{a:?}");
    assert!(!fit.overruns().is_empty(), "the area model knows nothing of large RAMs");
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
