//! Faults in the shift core, in its tables and in its weights.

use super::bed::{Bed, Mutation, change_digits, run};

const RTL: &[Mutation] = &[
    // Terms: shift, sign, one that is not there.
    ("fw_shift_unit", "value_i} << amount", "value_i} << (amount ^ 3'd1)"),
    ("fw_shift_unit", "{{8{value_i[7]}}, value_i}", "{8'd0, value_i}"),
    ("fw_shift_unit", "^ {16{sign}}) + {15'd0, sign}", "^ {16{sign}})"),
    ("fw_shift_unit", "(shifted ^ {16{sign}})", "shifted"),
    ("fw_shift_unit", "valid ? (shifted", "1'b1 ? (shifted"),
    ("fw_shift_unit", "sum = sum + parts", "sum = parts"),
    // Decoding, chunks, weights.
    ("fw_shift", "terms_q <= entries[code]", "terms_q <= entries[code ^ 1'b1]"),
    ("fw_shift", "feed_word_first_i ? '0 : chunk_q", "chunk_q + 1'b1"),
    ("fw_shift", "values2_q <= values1_q", "values2_q <= parts[0]"),
    ("fw_shift", "feed_pixel_last_i ? start_base_i", "1'b0 ? start_base_i"),
    ("fw_shift", "start_table_i[TableAddrBits-1:0]),", "'0),"),
    // Sums.
    ("fw_shift", "first ? 32'd0 : sums_q", "1'b0 ? 32'd0 : sums_q"),
    ("fw_shift", "{{(32 - SumBits){sum[SumBits-1]}}, sum}", "{{(32 - SumBits){1'b0}}, sum}"),
    ("fw_adder_tree", "{{(SumBits - LowBits){low[LowBits-1]}}, low}", "{{(SumBits - LowBits){1'b0}}, low}"),
    ("fw_accelerator", "!reduce_first || shift_room", "1'b1"),
    // What lies outside the image.
    ("fw_accelerator", "{Lanes{cfg[4*32+:8]}}", "{Lanes{8'd0}}"),
];

#[test]
fn a_change_of_the_shift_core() {
    run(&Bed::shift(), RTL);
}

#[test]
fn a_weight() {
    change_digits(&Bed::shift().with_model(), "images/shift.hex", &[(0, 0), (5, 3), (38, 5), (45, 1), (50, 4)]);
}

/// The lowest bit of the shift amount of the first code that stands for a weight, with two terms of five bits: bit 10; and bits after it.
#[test]
fn an_entry_of_a_table() {
    change_digits(&Bed::shift().with_model(), "images/shift_tables.hex", &[(0, 3), (0, 5), (1, 5)]);
}
