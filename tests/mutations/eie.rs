//! The sparse engine: operators and constants of its RTL, and bits of its Huffman-coded image.

use crate::bed::{Bed, Mutation, check, run};

const RTL: &[Mutation] = &[
    ("fw_eie_pe", "bypass ? sum4_q :", "1'b0 ? sum4_q :"),
    ("fw_eie_pe", "row4_q == row3_q", "1'b1"),
    ("fw_eie_pe", "(starts1_q ? '0 : row_q + 1'b1)", "(starts1_q ? '0 : row_q)"),
    ("fw_eie_pe", "assign first = is_odd_q ? odd : even;", "assign first = is_odd_q ? even : odd;"),
    ("fw_eie_pe", "first_touch ? 32'd0 : stored);", "stored);"),
    ("fw_eie_pe", "count_q < QueueDepth[QueueBits:0]", "count_q <= QueueDepth[QueueBits:0]"),
    ("fw_eie_pe", "take && span[EntryAddrBits-1:1] == '0", "take"),
    ("fw_eie_broadcast", "arriving_mask != '0 || feed_last_i", "1'b1"),
    ("fw_eie_broadcast", "{value[7], value} - {zero_point_i[7], zero_point_i}", "{value[7], value}"),
    ("fw_eie", "draining_q && (&idle) && !idle_q", "draining_q && !idle_q"),
    ("fw_eie", "assign clear  = last1_q;", "assign clear  = 1'b0;"),
    ("fw_eie_loader", "code_end << (4'd14 - length_q)", "code_end << (4'd13 - length_q)"),
    ("fw_eie_loader", "symbol == 8'd255", "symbol == 8'd2"),
    ("fw_accelerator", "cfg_next[2:0] == KindEie && !eie_loaded", "1'b0"),
    ("fw_accelerator", "word     = eie_word;", "word     = scatter_word;"),
];

/// What only 16-bit activations, source registers or several reads per word use.
const WIDE_RTL: &[Mutation] = &[
    ("fw_eie_broadcast", "feed_data_i[l*8+:16] != 16'd0", "feed_data_i[l*8+:8] != 8'd0"),
    ("fw_eie_broadcast", "!wide_i && feed_data_i", "feed_data_i"),
    ("fw_eie_broadcast", "{value[15], value}", "{1'b0, value}"),
    ("fw_eie_broadcast", "wide_i ? {1'b0, index_q, lane[LaneBits-1:1]} : {index_q, lane}", "{index_q, lane}"),
    ("fw_eie_broadcast", "assign open         = scanning_q;", "assign open         = 1'b1;"),
    ("fw_eie_broadcast", "request_last_i || requested_q", "requested_q"),
    ("fw_eie_broadcast", "feed_last_i || arrived_q", "arrived_q"),
    ("fw_eie_broadcast", "scanning_q && !queued && (finishing || !current_q)", "scanning_q && !queued && finishing"),
    ("fw_eie_broadcast", "closed_q && !batch_done", "1'b0"),
    ("fw_eie", "half_q || !wide_out_i", "1'b1"),
    ("fw_eie", "half_q <= !half_last", "half_q <= 1'b0"),
    ("fw_eie", "row_q <= row_q + RowBits'(Parts)", "row_q <= row_q + 1'b1"),
    ("fw_eie", "part_q == PartBits'(Parts - 1)", "part_q == '0"),
    ("fw_epilogue", "half ? results[Lanes*8+:Lanes*8] : results[0+:Lanes*8]", "half ? results[0+:Lanes*8] : results[Lanes*8+:Lanes*8]"),
    ("fw_epilogue", "!wide_i ? narrow", "1'b0 ? narrow"),
    ("fw_epilogue", ".clamp_min_i(clamp_min_i[ActBits-1:0])", ".clamp_min_i({{(ActBits-8){clamp_min_i[7]}}, clamp_min_i[7:0]})"),
];

#[test]
fn a_change_of_the_engine() {
    run(&Bed::sparse(), RTL);
}

#[test]
fn a_change_of_the_engine_for_wide_activations() {
    run(&Bed::wide(), WIDE_RTL);
}

#[test]
fn a_bit_of_the_coded_image() {
    let bed = Bed::sparse();
    let image = bed.text("images/eie.hex");
    let mut lines: Vec<String> = image.lines().map(String::from).collect();
    let mut survivors = Vec::new();
    // Behind the codebooks, two values a word, of which some are never used. Of the last word of a stream the lowest bits are.
    let codebooks = bed.network.program.design.accelerator.eie.as_ref().map_or(0, |eie| (eie.codebooks << eie.code_bits) / 2);
    let rest = lines.len() - codebooks;
    let places = [1, 2, 3, 4, 5, 6].map(|part| codebooks + rest * part / 7);
    for place in places {
        let line = lines[place].clone();
        let word = u32::from_str_radix(&line, 16).unwrap() ^ 1 << 1;
        lines[place] = format!("{word:08x}");
        if bed.survives("images/eie.hex", &(lines.join("\n") + "\n")).is_some() {
            survivors.push(format!("word {place}"));
        }
        lines[place] = line;
    }
    check(places.len(), &survivors);
}
