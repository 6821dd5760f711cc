//! Faults between the weight memory and the multipliers.

use crate::bed::{Bed, Mutation, run};

const PAIR: &[Mutation] = &[
    ("fw_pe_pair", "- {{WeightBits{1'b0}}, w_i[WeightBits-1]}", ""),
    ("fw_pe_pair", "{(Shift - WeightBits) {chosen[WeightBits-1]}}", "{(Shift - WeightBits) {1'b0}}"),
    ("fw_pe_pair", "swap_i ? shadow_q : active_q", "active_q"),
    ("fw_pe_pair", "{{(AccBits - Shift) {negative}}, low}", "{{(AccBits - Shift) {1'b0}}, low}"),
    ("fw_pe_pair", " + {{(AccBits - 1) {1'b0}}, negative}", ""),
    ("fw_pe_pair", "low[Shift-1] && low[Shift-2:0] != '0", "low[Shift-2]"),
    ("fw_pe_pair", "{a_o, swap_o, load_o} <= {a_q, swap_q, load_q}", "{a_o, swap_o, load_o} <= {a_i, swap_q, load_q}"),
    ("fw_systolic_array", ".Cycles(u * Wide)) u_weight_skew", ".Cycles(u)) u_weight_skew"),
    ("fw_weight_loader", "weights_q <= word[Cols*WeightBits-1:0]", "weights_q <= word[WordBits-1-:Cols*WeightBits]"),
];

#[test]
fn a_change_of_the_paired_array() {
    run(&Bed::paired(), PAIR);
}
