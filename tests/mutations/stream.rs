//! Faults between the weight memory and the multipliers.

use crate::bed::{Bed, Mutation, change_digits, run};

const RTL: &[Mutation] = &[
    // Two products of one multiplier.
    ("fw_pe_pair", "- {{WeightBits{1'b0}}, w_i[WeightBits-1]}", ""),
    ("fw_pe_pair", "{(Shift - WeightBits) {active_q[WeightBits-1]}}", "{(Shift - WeightBits) {1'b0}}"),
    ("fw_pe_pair", "{{(AccBits - Shift) {negative}}, low}", "{{(AccBits - Shift) {1'b0}}, low}"),
    ("fw_pe_pair", " + {{(AccBits - 1) {1'b0}}, negative}", ""),
    ("fw_pe_pair", "{a_o, swap_o, load_o} <= {a_q, swap_q, load_q}", "{a_o, swap_o, load_o} <= {a_i, swap_q, load_q}"),
    ("fw_systolic_array", ".Cycles(u * Wide)) u_weight_skew", ".Cycles(u * Wide + u)) u_weight_skew"),
    // Codes.
    ("fw_codebook", "entries[addr]", "entries[addr ^ 1'b1]"),
    ("fw_codebook", "table_i[AddrBits-CodeBits-1:0], codes_i", "{(AddrBits-CodeBits){1'b0}}, codes_i"),
    ("fw_codebook", "codes_i[g*CodeBits+:CodeBits]};", "codes_i[0+:CodeBits]};"),
    ("fw_codebook", "= entry_q[Group*WeightBits-1:0]", "= entry_q[EntryBits-1-:Group*WeightBits]"),
    ("fw_weight_loader", "(table_q)", "(table_i)"),
    // Pace.
    ("fw_weight_loader", "WaitBits'(Interval - 1)", "WaitBits'(Interval - 2)"),
    ("fw_weight_loader", "(LastRow > 3) ? LastRow : 3", "3"),
    ("fw_weight_loader", "(Rows - 1) * (Interval - 1);", "Rows * (Interval - 1);"),
];

#[test]
fn a_change_of_the_weight_stream() {
    run(&Bed::stream(), RTL);
}

#[test]
fn a_code_or_an_entry() {
    let bed = Bed::stream().with_model();
    change_digits(&bed, "images/weights.hex", &[(1, 0), (6, 2)]);
    change_digits(&bed, "images/weight_codebooks.hex", &[(0, 0), (2, 0), (65, 0)]);
}
