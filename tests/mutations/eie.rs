//! The sparse engine: operators and constants of its RTL, and bits of its Huffman-coded image.

use crate::bed::{Bed, check};

/// File, text that occurs in it once, what it becomes.
type Mutation = (&'static str, &'static str, &'static str);

const RTL: &[Mutation] = &[
    ("fw_eie_pe", "bypass ? sum4_q :", "1'b0 ? sum4_q :"),
    ("fw_eie_pe", "row4_q == row3_q", "1'b1"),
    ("fw_eie_pe", "(starts1_q ? '0 : row_q + 1'b1)", "(starts1_q ? '0 : row_q)"),
    ("fw_eie_pe", "assign first = is_odd_q ? odd : even;", "assign first = is_odd_q ? even : odd;"),
    ("fw_eie_pe", "first_touch ? 32'd0 : stored);", "stored);"),
    ("fw_eie_pe", "count_q < QueueDepth[QueueBits:0]", "count_q <= QueueDepth[QueueBits:0]"),
    ("fw_eie_pe", "take && span[EntryAddrBits-1:1] == '0", "take"),
    ("fw_eie_broadcast", "arriving_mask != '0 || feed_last_i", "1'b1"),
    ("fw_eie_broadcast", "{byte_value[7], byte_value} - {zero_point_i[7], zero_point_i}", "{byte_value[7], byte_value}"),
    ("fw_eie", "draining_q && (&idle) && !idle_q", "draining_q && !idle_q"),
    ("fw_eie", "assign clear  = last1_q;", "assign clear  = 1'b0;"),
    ("fw_eie_loader", "code_end << (4'd14 - length_q)", "code_end << (4'd13 - length_q)"),
    ("fw_eie_loader", "symbol == 8'd255", "symbol == 8'd2"),
    ("fw_accelerator", "cfg_next[2:0] == KindEie && !eie_loaded", "1'b0"),
    ("fw_accelerator", "(is_eie ? eie_word : scatter_word)", "scatter_word"),
];

#[test]
fn a_change_of_the_engine() {
    let bed = Bed::sparse();
    let mut survivors = Vec::new();
    for (module, from, to) in RTL {
        let file = format!("rtl/{module}.sv");
        let original = bed.text(&file);
        assert_eq!(original.matches(from).count(), 1, "{file}: '{from}'");
        if bed.survives(&file, &original.replace(from, to)).is_some() {
            survivors.push(format!("{file}: '{from}' to '{to}'"));
        }
    }
    check(RTL.len(), &survivors);
}

#[test]
fn a_bit_of_the_coded_image() {
    let bed = Bed::sparse();
    let image = bed.text("images/eie.hex");
    let mut lines: Vec<String> = image.lines().map(String::from).collect();
    let mut survivors = Vec::new();
    // Behind the codebooks, two values a word, of which some are never used.
    let codebooks = bed.network.program.design.accelerator.eie.as_ref().map_or(0, |eie| (eie.codebooks << eie.code_bits) / 2);
    let rest = lines.len() - codebooks;
    let places = [1, 2, 3, 4, 5, 6].map(|part| codebooks + rest * part / 7);
    for place in places {
        let line = lines[place].clone();
        let word = u32::from_str_radix(&line, 16).unwrap() ^ 1 << 13;
        lines[place] = format!("{word:08x}");
        if bed.survives("images/eie.hex", &(lines.join("\n") + "\n")).is_some() {
            survivors.push(format!("word {place}"));
        }
        lines[place] = line;
    }
    check(places.len(), &survivors);
}
