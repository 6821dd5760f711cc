//! One operator, sign, constant or condition of the RTL.

use crate::bed::{Bed, Mutation, run};

const ARRAY: &[Mutation] = &[
    ("fw_pe", "psum_o    <= psum_i +", "psum_o    <= psum_i -"),
    ("fw_pe", ".b_i  (active_q)", ".b_i  (shadow_q)"),
    ("fw_pe", "if (swap_i) active_q", "active_q"),
    ("fw_systolic_array", ".Cycles(Cols - 1 - u * Wide)", ".Cycles(Cols - u * Wide)"),
    ("fw_accumulator", "first1_q ? '0 :", "1'b0 ? '0 :"),
    ("fw_accumulator", "pixel_q <= tile_last_i ? '0 :", "pixel_q <= last_i ? '0 :"),
    ("fw_systolic", "feed_data_i[feed_slice_i*Rows*8+:Rows*8]", "feed_data_i[0+:Rows*8]"),
    ("fw_weight_loader", "ReadyBits'(ReadyCycles - 1)", "ReadyBits'(ReadyCycles - 2)"),
    ("fw_weight_loader", "ReadyBits'(ReadyCycles - 1)", "ReadyBits'(ReadyCycles)"),
    ("fw_weight_loader", "ends_pass_q ? base_q :", "1'b0 ? base_q :"),
];

const EPILOGUE: &[Mutation] = &[
    ("fw_requant", "1'b0, is_double, 14'd0", "15'd0, is_double"),
    ("fw_requant", "(!negative7_q || sticky)", "1'b1"),
    ("fw_requant", "(!negative7_q || sticky)", "sticky"),
    ("fw_requant", "!is_even || sticky", "1'b1 || sticky"),
    ("fw_requant", "sticky || floor7_q[0]", "sticky"),
    ("fw_requant", "on_tie ? floor7_q[0]", "on_tie ? 1'b0"),
    ("fw_requant", "&(next_q | {16'd0, ones})", "1'b0"),
    ("fw_requant", "(next_q == {16'd0, ones} + 24'd1 && !rest_q)", "1'b0"),
    ("fw_requant", "(next_q & ~{16'd0, ones}) == 24'd0", "next_q == 24'd0"),
    ("fw_requant", "floor7_q ^ {32{negative7_q}}", "floor7_q"),
    ("fw_requant", "acc_i + bias_i", "acc_i - bias_i"),
    ("fw_requant", "else if (placed >", "else if (placed <"),
    ("fw_requant", "rounded_q + {{24{zero_point_i[7]}}", "rounded_q + {{24{1'b0}}"),
    ("fw_epilogue", "always_ff @(posedge clk_i) acc_q <= acc;", "assign acc_q = acc;"),
];

const SHELL: &[Mutation] = &[
    ("fw_accelerator", "flags1[5] ? read_data", "1'b1 ? read_data"),
    ("fw_accelerator", "by_count ? lane_count : scatter_word", "scatter_word"),
    ("fw_accelerator", "fw_delay #(.Width(16 + Banks), .Cycles(10 + Parts))", "fw_delay #(.Width(16 + Banks), .Cycles(9 + Parts))"),
    ("fw_accelerator", "fw_flags #(.Width(2), .Cycles(10 + Parts))", "fw_flags #(.Width(2), .Cycles(11 + Parts))"),
    ("fw_accelerator", "!tile_first || weight_ready", "1'b1"),
    ("fw_accelerator", "store_last && is_last", "store_last"),
    ("fw_accelerator", "credits_q != '0", "credits_q > CreditBits'(5)"),
    ("fw_gather", "delta_addr = levels_i[k*64+16+:16]", "delta_addr = levels_i[k*64+32+:16]"),
    ("fw_gather", "y_q < height_i", "y_q <= height_i"),
    ("fw_gather", "restarts[k] ? 16'd0 :", "1'b0 ? 16'd0 :"),
    ("fw_gather", "word_done = sliced_i && !listed && moves[2] && (&count_q[2*16+:SliceBits])", "word_done = sliced_i && !listed && moves[2]"),
    ("fw_scatter", "(group_end ? All : One)", "One"),
    ("fw_scatter", "{15'd0, word_done};\n      pixel_q", "16'd0;\n      pixel_q"),
    ("fw_sequencer", "next_q[LastBit] ?", "1'b0 ?"),
];

const TILES: &[Mutation] = &[
    ("fw_tile_list", "end_o ? base_i[AddrBits-1:0] : addr_q + 1'b1", "addr_q + 1'b1"),
    ("fw_tile_list", "addr_q  <= start_base_i", "addr_q  <= base_i"),
    ("fw_tile_list", "start_i || read_q", "start_i || advance_i"),
    ("fw_tile_list", "slice_o <= start_slice_i", "slice_o <= '0"),
    ("fw_tile_list", "slice_o <= entry[48+:SliceWidth]", "slice_o <= '0"),
    ("fw_tile_list", "first_o <= 1'b1", "first_o <= 1'b0"),
    ("fw_tile_list", "first_o <= entry[53]", "first_o <= entry[54]"),
    ("fw_tile_list", "last_o  <= start_last_i", "last_o  <= 1'b0"),
    ("fw_tile_list", "end_o  = entry[55]", "end_o  = 1'b0"),
    ("fw_gather", "listed ? list_end : end_q", "end_q"),
    ("fw_gather", "= list_move;\n  end", "= {list_move[47:16], levels_i[2*64+16+:16]};\n  end"),
    ("fw_gather", "sliced_i && !listed && moves[2] && (&count_q", "sliced_i && moves[2] && (&count_q"),
    ("fw_gather", "listed ? list_first : ", ""),
    ("fw_gather", "listed ? list_last : ", ""),
    ("fw_accelerator", "is_systolic && cfg[4*32+16]", "1'b0"),
];

const LANES: &[Mutation] = &[
    ("fw_lane_alu", "x > acc_q", "x < acc_q"),
    ("fw_lane_alu", "5'd0, is_add, 10'd0", "15'd0, is_add"),
    ("fw_lane_alu", "rest > threshold", "rest >= threshold"),
    ("fw_lane_alu", "a_extended - {zp_i[7], zp_i}", "a_extended + {zp_i[7], zp_i}"),
    ("fw_lane", "first1_q ? mult1_i : mult2_i", "mult1_i"),
    ("fw_lane", "(feed_first_i ? 16'd0 : inside_q)", "inside_q"),
    ("fw_lane", "tile_q <= addr_q + 1'b1", "tile_q <= addr_q"),
    ("fw_lane", "{~feed_data_i[l*8+7],", "{feed_data_i[l*8+7],"),
];

const LEAN: &[Mutation] = &[
    ("fw_epilogue", "left_q <= PartBits'(Parts - 1)", "left_q <= PartBits'(Parts - 2)"),
    ("fw_epilogue", "acc_q >> (Requantisers * SumBits)", "acc_q"),
    ("fw_epilogue", "results = {part, done_q}", "results = {done_q, part}"),
    ("fw_accelerator", "is_systolic && k_last) ||", "1'b0) ||"),
    ("fw_accelerator", "kind == KindLane && tile_first", "1'b0"),
    ("fw_accelerator", "($clog2(Parts))'(Parts - 1)", "($clog2(Parts))'(Parts - 2)"),
    ("fw_accelerator", "|| write_mask == '0", "|| 1'b1"),
    ("fw_activation_memory", "re_i ? raddr_i[AddrBits-1:0] : waddr_i[AddrBits-1:0]", "waddr_i[AddrBits-1:0]"),
    ("fw_sequencer", "if (Prefetch == 0) fetching_q <= 1'b1", "if (Prefetch != 0) fetching_q <= 1'b1"),
    ("fw_soft_product", "? carried - high", "? carried + high"),
    ("fw_soft_product", "{{High{low[ABits+Low-1]}}, low", "{{High{1'b0}}, low"),
    ("fw_lane", ".data_i(feed_valid_i),\n    .data_o(reduce)", ".data_i(1'b1),\n    .data_o(reduce)"),
];

#[test]
fn a_change_of_what_a_lean_shell_does() {
    run(&Bed::lean(), LEAN);
}

#[test]
fn a_change_of_the_array() {
    run(&Bed::every_operator(), ARRAY);
}

#[test]
fn a_change_of_the_epilogue() {
    run(&Bed::every_operator(), EPILOGUE);
}

#[test]
fn a_change_of_the_shell() {
    run(&Bed::every_operator(), SHELL);
}

#[test]
fn a_change_of_the_tile_list() {
    run(&Bed::pruned(), TILES);
}

#[test]
fn a_change_of_the_lanes() {
    run(&Bed::every_operator(), LANES);
}
