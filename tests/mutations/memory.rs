//! Faults between a memory outside the chip and the weight loader.

use crate::bed::{Bed, Mutation, run};

const RTL: &[Mutation] = &[
    // Room in the queue, bursts on the way, their lengths and addresses.
    ("fw_axi_reader", " && room_q >= RoomBits'(beats)", ""),
    ("fw_axi_reader", "waiting_q < WaitBits'(Outstanding)", "waiting_q <= WaitBits'(Outstanding)"),
    ("fw_axi_reader", "9'(Burst) - 9'(beat_q[BurstBits-1:0])", "9'(Burst)"),
    ("fw_axi_reader", "Base + {beat_q", "{beat_q"),
    ("fw_axi_reader", "ends_pass ? first_q", "ends_pass ? first"),
    ("fw_axi_reader", "arvalid_q <= request || (arvalid_q && !arready_i)", "arvalid_q <= request"),
    // Order and place of beats.
    ("fw_beat_words", "{beat_i, held_q}", "{held_q, beat_i}"),
    ("fw_read_queue", "(!valid_q || pop_ready_i)", "!valid_q"),
    // Tiles that are not there yet.
    ("fw_weight_loader", "issue && (&row_q)", "issue && starts_tile"),
    ("fw_weight_loader", "due && there &&", "due &&"),
];

#[test]
fn a_change_of_the_reader() {
    run(&Bed::outside(), RTL);
}
