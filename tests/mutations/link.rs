//! One change to the RTL of the link to a host: behind a line with faults it must give a wrong result, or none.

use crate::bed::{Mutation, check};
use fretwork::host::frame::{Kind, request};
use fretwork::host::{Line, Session, Settings};
use fretwork_cosim::faults::Rates;
use fretwork_sim::stalls::splitmix;
use fretwork_tests::link::{Bench, SETTINGS, Shape, Wire};
use std::time::Duration;

const MUTATIONS: &[Mutation] = &[
    // The check sum.
    ("fw_uart_link", "bad_q <= bad_q || rx_data != ~crc;", "bad_q <= bad_q;"),
    ("fw_crc32", "32'hedb8_8320", "32'hedb8_8321"),
    ("fw_crc32", "if (clear_i)      crc_q <= '1;", "if (clear_i)      crc_q <= '0;"),
    // Once.
    ("fw_uart_link", "sequence_q != last_sequence_q", "1'b1"),
    ("fw_uart_link", "kind_q[1] && is_new && sent_q", "kind_q[1] && sent_q"),
    ("fw_uart_link", "kind_q[1] && is_new && sent_q", "kind_q[1] && is_new && 1'b0"),
    // Busy.
    ("fw_link_write", "room_q <= !armed_q", "room_q <= 1'b1"),
    ("fw_link_write", "byte_i && room_q", "byte_i"),
    ("fw_uart_link", "busy_q <= !complete", "busy_q <= 1'b0"),
    // Getting back in step, and starting anew.
    ("fw_uart_link", "at_q != AtBlock && expires", "1'b0"),
    ("fw_uart_link", "core_rst_no <= !resets", "core_rst_no <= 1'b1"),
    ("fw_uart_link", ".free_i    (frees || resets)", ".free_i    (frees)"),
    // Words.
    ("fw_link_write", "~LaneBits'(1)", "~LaneBits'(0)"),
    ("fw_link_read", "ready_o && last_i", "ready_o && 1'b0"),
    ("fw_link_read", "First = 8'd8", "First = 8'd9"),
];

/// Slow enough to put the host off now and then; outputs of more than two blocks.
const SHAPE: Shape = Shape { lanes: 4, inputs: 150, outputs: 70, pace: 400 };

/// Runs inferences over lines with faults, breaks off, and begins anew on a good line without repetition: what went wrong first.
fn fault(bench: &Bench) -> Option<String> {
    for seed in 0..8 {
        let input = |inference: u64| (0..600).map(|at| splitmix(seed << 32 | inference << 16 | at) as u8).collect::<Vec<u8>>();
        let rates = [Rates { flip: 0.002, ..Rates::NONE }, Rates { drop: 0.002, insert: 0.0005, flip: 0.0 }];
        let mut wire = bench.wire(seed, rates[seed as usize % 2]);
        let tries = [(SETTINGS, 3), (Settings { retries: 0, ..SETTINGS }, 1)];
        for (part, (settings, inferences)) in tries.into_iter().enumerate() {
            let mut session = match Session::open(&mut wire, settings) {
                Ok(session) => session,
                Err(error) => return Some(format!("seed {seed}, part {part}: {error}")),
            };
            for inference in 0..inferences {
                match session.infer(&input(inference), &|_| ()) {
                    Ok(found) if found.output == SHAPE.expected(&input(inference)) => {}
                    Ok(_) => return Some(format!("seed {seed}, part {part}: wrong output")),
                    Err(error) => return Some(format!("seed {seed}, part {part}: {error}")),
                }
            }
            drop(session);
            if part == 0 {
                break_off(&mut wire, &input(9), seed % 2 == 0);
                wire.rates(Rates::NONE);
            }
        }
    }
    None
}

/// Leaves the board within a frame, and after an inference of which only the first block was fetched, or within an inference.
fn break_off(wire: &mut Wire, input: &[u8], whole: bool) {
    let impatient = Settings { patience: Duration::from_millis(50), ..SETTINGS };
    if let Ok(mut session) = Session::open(&mut *wire, impatient) {
        let _ = session.infer(if whole { input } else { &input[..252] }, &|_| ());
    }
    let half = request(Kind::Write, 77, &input[..252]);
    let _ = wire.send(&half[..100]);
}

#[test]
fn a_change_of_the_link() {
    assert_eq!(fault(&Bench::build(SHAPE, None)), None);
    let mut survivors = Vec::new();
    for &(module, from, to) in MUTATIONS {
        match fault(&Bench::build(SHAPE, Some((module, from, to)))) {
            Some(why) => println!("{module}: '{from}': {why}"),
            None => survivors.push(format!("{module}: '{from}' to '{to}'")),
        }
    }
    check(MUTATIONS.len(), &survivors);
}
