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

const FLASH: &[Mutation] = &[
    // Clocks before the flash is selected, of which the first may be lost; its clock; the command; the order of bytes.
    ("fw_flash_reader", "csb_q    <= 1'b1;\n      sclk_q", "csb_q    <= 1'b0;\n      sclk_q"),
    ("fw_flash_reader", "phase_q == PhaseBits'(Divider - 1)) sclk_q <= 1'b1", "phase_q == PhaseBits'(Divider - 1)) sclk_q <= 1'b0"),
    ("fw_flash_reader", "{8'hab, 32'd0}", "{8'haa, 32'd0}"),
    ("fw_flash_boot", "word_end ? '0 :", "word_end ? ByteBits'(1) :"),
    ("fw_flash_boot", "{data, word_q[WordBytes*8-1:8]}", "{word_q[WordBytes*8-9:0], data}"),
];

#[test]
fn a_change_of_the_reader() {
    run(&Bed::outside(), RTL);
}

#[test]
fn a_change_of_the_flash() {
    run(&Bed::flash(), FLASH);
}
