//! The host program in front of a board: the emitted Verilog with the link, in Verilator, behind a pseudo-terminal that damages what passes.

use super::*;
use fretwork::emit::{design_hash, write_link};
use fretwork_cosim::board::{FLASH_MODEL, FLASH_TOP, LINK_TOP};
use fretwork_cosim::faults::{Faults, Rates};
use fretwork_cosim::{Board, BuildOptions, Serial};
use serialport::{SerialPort, TTYPort};
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CLOCK_HZ: u64 = 1_000_000;
const BAUD: u64 = 125_000;
const BIT: u32 = (CLOCK_HZ / BAUD) as u32;
/// Cycles between two looks at the terminal.
const SLICE: u64 = 2000;

/// LeNet-5 for a 4x4 array with the link, and the board's model.
fn board(folder: &str) -> Board {
    let path = Path::new(folder);
    write_link(path).unwrap();
    fs::write(path.join("link_top.sv"), LINK_TOP).unwrap();
    let description = json(&fs::read_to_string(path.join("design.json")).unwrap());
    let words = |ports: &str| description[ports].as_array().unwrap().iter().map(|port| port["words"].as_u64().unwrap()).sum::<u64>();
    let hash = u64::from(design_hash(path).unwrap());
    let parameters =
        [("ClockHz", CLOCK_HZ), ("Baud", BAUD), ("Lanes", 4), ("InputWords", words("inputs")), ("OutputWords", words("outputs")), ("Design", hash)];
    Board::build(path, "link_top", &parameters, &BuildOptions::default()).unwrap()
}

/// Moves bytes between terminal and board until told to stop; returns the faults on the way.
fn serve(mut serial: Serial, mut terminal: TTYPort, rates: Rates, seed: u64, stop: &AtomicBool) -> u64 {
    let [mut to_board, mut from_board] = [2 * seed, 2 * seed + 1].map(|seed| Faults::new(seed, rates));
    terminal.set_timeout(Duration::ZERO).unwrap();
    let (mut buffer, mut waiting) = ([0; 4096], Vec::new());
    while !stop.load(Ordering::Relaxed) {
        match terminal.read(&mut buffer) {
            Ok(count) => waiting.extend(to_board.pass(&buffer[..count])),
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}"),
        }
        let (begun, arrived) = serial.run(SLICE, &waiting).unwrap();
        waiting.drain(..begun);
        let arrived = from_board.pass(&arrived);
        if !arrived.is_empty() {
            terminal.set_timeout(Duration::from_secs(5)).unwrap();
            terminal.write_all(&arrived).unwrap();
            terminal.set_timeout(Duration::ZERO).unwrap();
        }
    }
    to_board.count() + from_board.count()
}

/// Runs the program on a board that has just been switched on; also returns how many faults the line had.
fn on_board(board: &Board, folder: &str, rates: Rates, seed: u64, args: &[&str]) -> (Ran, u64) {
    on_line(board.power_up(Path::new(folder), BIT).unwrap(), rates, seed, args)
}

/// The same on a board that is running.
fn on_line(serial: Serial, rates: Rates, seed: u64, args: &[&str]) -> (Ran, u64) {
    let (terminal, slave) = TTYPort::pair().unwrap();
    let port = slave.name().unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let board = scope.spawn(|| serve(serial, terminal, rates, seed, &stop));
        let baud = BAUD.to_string();
        let ran = run(&[&["host", "--port", &port, "--baud", &baud][..], args].concat());
        stop.store(true, Ordering::Relaxed);
        (ran, board.join().unwrap())
    })
}

#[test]
fn a_board_computes_what_the_simulator_does() {
    let (folder, design) = design();
    let board = board(&design);
    let logits = folder.path().join("logits.npy").display().to_string();
    let digits = [&example("digits.npy"), "--labels", &example("digits_labels.npy"), "--check", "--design", &design];

    let (ran, _) = on_board(&board, &design, Rates::NONE, 1, &[&digits[..], &["--inputs", "3", "--output", &logits, "--timeout", "5000"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    for says in
        ["at 125000 baud, 3 inputs\n", "clock 1 MHz", "0 sent again", "30 values with the simulator, 0 differing", "3 of 3, 100.00 %", "0, 1, 2\n"]
    {
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
    }
    let written = fs::read(&logits).unwrap();
    let simulated = json(&succeeds(&["simulate", &design, "--input", &example("digits.npy"), "--inputs", "3", "--json"]));
    assert_eq!(written.len(), 128 + 30);

    // Bad lines; results are the same, and so are the accelerator's own cycles.
    let mut retries = 0;
    for (seed, rates) in [(1, Rates::all(0.0003)), (2, Rates { flip: 0.001, ..Rates::NONE }), (3, Rates { drop: 0.0005, insert: 0.0003, flip: 0.0 })]
    {
        let args = [&digits[..], &["--inputs", "2", "--json", "--retries", "30", "--timeout", "400"]].concat();
        let (ran, faults) = on_board(&board, &design, rates, seed, &args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "seed {seed}: {}", ran.out);
        let summary = json(&ran.out);
        println!("seed {seed}: {faults} faults, {} in {} s", summary["line"], summary["elapsed_s"]);
        assert!(faults > 0);
        assert_eq!((&summary["values_compared"], &summary["values_differing"]), (&20.into(), &0.into()));
        assert_eq!((&summary["top1"]["correct"], &summary["classes"]), (&2.into(), &serde_json::json!([0, 1])));
        assert_eq!(summary["latency_cycles"][1], simulated["latency_cycles"][1]);
        retries += summary["line"]["retries"].as_u64().unwrap();
    }
    assert!(retries > 0);

    // Another design's folder.
    let other = folder.path().join("other").display().to_string();
    succeeds(&["compile", &lenet(), "-o", &other, "--rows", "4", "--cols", "4", "--acc-depth", "64"]);
    let (ran, _) = on_board(&board, &design, Rates::NONE, 1, &[&example("digits.npy"), "--design", &other]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains(": the board holds the design ") && ran.err.contains("load the bitstream that was made of this folder"), "{}", ran.err);

    // A line on which nothing arrives.
    let begin = Instant::now();
    let (ran, _) = on_board(&board, &design, Rates::DEAD, 1, &[&example("digits.npy"), "--design", &design, "--retries", "3"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.contains(": no answer to RESET after 4 attempts in ") && ran.err.contains("nothing was received; check port and cable"),
        "{}",
        ran.err
    );
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn wrong_values_are_a_disagreement() {
    let (_folder, design) = design();
    let board = board(&design);
    // What is expected does not come from the folder's images, and the hash was taken before the change.
    let params = Path::new(&design).join("images/params.hex");
    let original = fs::read_to_string(&params).unwrap();
    let changed: Vec<String> = original.lines().map(|line| line.replace('3', "4")).collect();
    let (terminal, slave) = TTYPort::pair().unwrap();
    fs::write(&params, changed.join("\n")).unwrap();
    let serial = board.power_up(Path::new(&design), BIT).unwrap();
    fs::write(&params, original).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| serve(serial, terminal, Rates::NONE, 1, &stop));
        let (port, baud) = (slave.name().unwrap(), BAUD.to_string());
        let digits = example("digits.npy");
        let ran = run(&["host", "--port", &port, "--baud", &baud, "--design", &design, &digits, "--inputs", "1", "--check"]);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
        assert!(ran.err.starts_with("error: disagreement: board = simulator differ in inference 0, tensor '"), "{}", ran.err);
        assert!(!ran.out.contains(" 0 differing"), "{}", ran.out);
    });
}

/// The board's own top level, weights in its flash: they are copied through the block's twin before the first inference, and are what is computed with.
#[test]
fn a_board_boots_its_weights_from_flash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d");
    let design = path.display().to_string();
    let size = ["--rows", "4", "--cols", "4", "--clock-mhz", "4", "--baud", "500000"];
    succeeds(&[&["compile", &lenet(), "-o", &design, "--board", "ulx3s-85f", "--weights", "boot"][..], &size].concat());
    for file in [boards::around(&path), vec!["board.sv".to_owned()]].concat() {
        fs::copy(path.join(&file), path.join("rtl").join(Path::new(&file).file_name().unwrap())).unwrap();
    }
    fs::write(path.join("rtl/tb_flash.sv"), FLASH_MODEL).unwrap();
    fs::write(path.join("flash_top.sv"), FLASH_TOP).unwrap();
    let image = path.join("images/flash.bin");
    let weights = fs::read(&image).unwrap();
    let parameters = [("Count", weights.len() as u64), ("Base", 0x30_0000)];
    let board = Board::build(&path, "flash_top", &parameters, &BuildOptions::default()).unwrap();

    let digits = [&example("digits.npy"), "--check", "--design", &design, "--inputs", "1", "--json", "--timeout", "5000"];
    let (ran, _) = on_board(&board, &design, Rates::NONE, 1, &digits);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let summary = json(&ran.out);
    assert_eq!((&summary["values_compared"], &summary["values_differing"]), (&10.into(), &0.into()));
    assert!(summary["line"]["busy"].as_u64().unwrap() > 0, "nothing waited for the flash: {}", summary["line"]);

    // Other weights in the flash are other values.
    fs::write(&image, weights.iter().map(|byte| byte ^ 0x10).collect::<Vec<u8>>()).unwrap();
    let serial = board.power_up(&path, BIT).unwrap();
    fs::write(&image, weights).unwrap();
    let (ran, _) = on_line(serial, Rates::NONE, 1, &digits);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
}

#[test]
fn what_does_not_fit_is_said_before_the_port_is_opened() {
    let (folder, design) = design();
    let digits = example("digits.npy");
    fails(&["host", "--port", "nowhere", "--design", &lenet(), &digits], 2, "--design takes a design folder");
    fails(&["host", "--port", "nowhere", "--design", &design, &digits, "--baud", "3"], 2, "3 is not in 300..=12000000");
    fails(&["host", "--port", "nowhere", "--design", &design, &digits, "--inputs", "99"], 2, "parameter 'inputs' is 99, must be in 1..=20");
    fails(&["host", "--port", "nowhere", "--design", &design, &digits, "--output", "a", "--output", "b"], 2, "the network has 1 outputs");
    let missing = folder.path().join("tty").display().to_string();
    fails(&["host", "--port", &missing, "--design", &design, &digits], 1, "cannot be opened");
}
