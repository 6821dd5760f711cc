//! Faults between the weight memory and the multipliers.

use crate::bed::{Bed, Mutation, change_digits, run};

const PAIR: &[Mutation] = &[
    ("fw_pe_pair", "- {{WeightBits{1'b0}}, w_i[WeightBits-1]}", ""),
    ("fw_pe_pair", "{(Shift - WeightBits) {chosen[WeightBits-1]}}", "{(Shift - WeightBits) {1'b0}}"),
    ("fw_pe_pair", "swap_i ? shadow_q : active_q", "active_q"),
    ("fw_pe_pair", "{{(AccBits - Shift) {negative}}, low}", "{{(AccBits - Shift) {1'b0}}, low}"),
    ("fw_pe_pair", " + {{(AccBits - 1) {1'b0}}, negative}", ""),
    ("fw_pe_pair", "low[Shift-1] && low[Shift-2:0] != '0", "low[Shift-2]"),
    ("fw_pe_pair", "{a_o, swap_o, load_o} <= {a_q, swap_q, load_q}", "{a_o, swap_o, load_o} <= {a_i, swap_q, load_q}"),
    ("fw_systolic_array", ".Cycles(u * Wide)) u_weight_skew", ".Cycles(u)) u_weight_skew"),
    ("fw_weight_loader", "weights <= word[Cols*WeightBits-1:0]", "weights <= word[WordBits-1-:Cols*WeightBits]"),
];

#[test]
fn a_change_of_the_paired_array() {
    run(&Bed::paired(), PAIR);
}

const CODEBOOK: &[Mutation] = &[
    ("fw_codebook", "entries[addr]", "entries[addr ^ 1'b1]"),
    ("fw_codebook", "table_i[AddrBits-CodeBits-1:0], codes_i", "{(AddrBits-CodeBits){1'b0}}, codes_i"),
    ("fw_codebook", "codes_i[g*CodeBits+:CodeBits]};", "codes_i[0+:CodeBits]};"),
    ("fw_codebook", "= entry_q[Group*WeightBits-1:0]", "= entry_q[EntryBits-1-:Group*WeightBits]"),
    ("fw_weight_loader", "(table_q)", "(table_i)"),
    ("fw_weight_loader", "table_q  <= table_i;", "table_q  <= table_q;"),
];

#[test]
fn a_change_of_the_codebook() {
    run(&Bed::coded(), CODEBOOK);
}

#[test]
fn a_code_or_an_entry() {
    let bed = Bed::coded().with_model();
    change_digits(&bed, "images/weights.hex", &[(1, 0), (6, 2)]);
    change_digits(&bed, "images/weight_codebooks.hex", &[(0, 0), (2, 0), (65, 0)]);
}
