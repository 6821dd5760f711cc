//! Faults in the binary core, in the thresholds, in the packing of bits, and in their images.

use super::bed::{Bed, Mutation, check, run};

const RTL: &[Mutation] = &[
    // Gates: padding bits, padding with 0, planes, weights.
    ("fw_xnor", "16'(i) < limit_i", "16'(i) <= limit_i"),
    ("fw_xnor", "!feed_word_end_i || 16'(i)", "1'b1 || 16'(i)"),
    ("fw_xnor", "halves ? channel_count : count", "count"),
    ("fw_xnor", "channels[i] && (packed_i", "(packed_i"),
    ("fw_xnor", "channels[i] && feed_data_i[i]", "feed_data_i[i]"),
    ("fw_xnor", "negative ? ~term : term, negative", "negative ? ~term : term, 1'b0"),
    ("fw_xnor", "halves1_q   <= zero_pad_i && !feed_inside_i", "halves1_q   <= !feed_inside_i"),
    ("fw_xnor", "(bipolar_i && !(zero_pad_i && !feed_inside_i)) ? 3'd1", "bipolar_i ? 3'd1"),
    ("fw_xnor", "negative_i && plane_end", "1'b0"),
    ("fw_xnor", "first_plane_i + plane", "plane"),
    ("fw_xnor", "(plane_end && weight_end) ? chunk + 1'b1 : chunk", "chunk + 1'b1"),
    ("fw_xnor", "feed_valid_i && plane_end) addr_q", "feed_valid_i) addr_q"),
    ("fw_xnor", "feed_pixel_last_i ? start_base_i", "1'b0 ? start_base_i"),
    ("fw_xnor", "first ? 32'd0 : sums_q", "1'b0 ? 32'd0 : sums_q"),
    // Output: parts of a word.
    ("fw_tile_output", "pixel_done_q || part_q", "part_q"),
    ("fw_tile_output", "word_last ? 16'd0 : word_q + 16'd1", "word_q + 16'd1"),
    ("fw_accelerator", "scatter_addr + {3'd0, word[15:3]}", "scatter_addr"),
    ("fw_accelerator", "last_part || part == 3'd7", "last_part"),
    ("fw_accelerator", "(part == 3'd0) ? '0 : packed_q", "packed_q"),
    // Popcount, thresholds.
    ("fw_popcount", "Bits'(low) + Bits'(high)", "Bits'(low) | Bits'(high)"),
    ("fw_threshold", "$signed(acc_i) >= $signed", "$signed(acc_i) > $signed"),
    ("fw_threshold", "falling2_q ? ~count_q : count_q", "count_q"),
    ("fw_threshold", "doubled_i ? {wide[6:0], 1'b0} : wide", "wide"),
    ("fw_epilogue", "params[l*72+32]", "1'b0"),
    // The pool of bits.
    ("fw_lane_alu", "acc_q <= acc_q | x", "acc_q <= acc_q + x"),
];

#[test]
fn a_change_of_the_binary_core() {
    run(&Bed::binary(), RTL);
}

/// Weights of several bits: their planes, gates, signs and factors, and what lies outside the image.
const SEVERAL_BITS: &[Mutation] = &[
    ("fw_xnor", "(several && weight_end)", "1'b0"),
    ("fw_xnor", "(several && weight_end)", "weight_end"),
    ("fw_xnor", "several1_q ? bits1_q & weights[n*Simd+:Simd] : equal", "equal"),
    ("fw_xnor", "(weight_end ? 3'd0 : index + 3'd1)", "index + 3'd1"),
    ("fw_xnor", "index == weight_last_i", "index == 3'd3"),
    ("fw_xnor", "(plane_end && weight_end) ? chunk", "plane_end ? chunk"),
    ("fw_xnor", "feed_valid_i && plane_end) addr_q", "feed_valid_i && plane_end && weight_end) addr_q"),
    ("fw_xnor", "ShiftBits'(factor) + weight_plane", "ShiftBits'(factor)"),
    ("fw_xnor", "!feed_inside_i && !several", "!feed_inside_i"),
    ("fw_accelerator", "cfg[30*32+10+:3]", "3'd0"),
];

#[test]
fn a_change_of_the_planes_of_weights() {
    run(&Bed::three_bits(), SEVERAL_BITS);
}

/// Inverts some digits of words all over an image: one weight or one step of a threshold may decide nothing.
fn digits(bed: &Bed, image: &str, places: impl Fn(&[String]) -> Vec<(usize, usize)>) {
    let mut lines: Vec<String> = bed.text(image).lines().map(String::from).collect();
    let places = places(&lines);
    let mut survivors = Vec::new();
    for &(line, digit) in &places {
        let original = lines[line].clone();
        let mut changed = original.clone().into_bytes();
        let first = changed.len() - 1 - digit;
        for digit in &mut changed[first..] {
            let value = (*digit as char).to_digit(16).unwrap();
            *digit = char::from_digit(15 - value, 16).unwrap() as u8;
        }
        lines[line] = String::from_utf8(changed).unwrap();
        if bed.survives(image, &(lines.join("\n") + "\n")).is_some() {
            survivors.push(format!("{image}: line {line}, digit {digit}"));
        }
        lines[line] = original;
    }
    check(places.len(), &survivors);
}

#[test]
fn a_weight() {
    digits(&Bed::binary(), "images/xnor.hex", |_| [3, 30, 100, 150].map(|line| (line, 15)).to_vec());
}

/// Words of a chunk's three planes, and of others.
#[test]
fn a_plane_of_weights() {
    digits(&Bed::three_bits(), "images/xnor.hex", |_| [12, 13, 14, 70, 140].map(|line| (line, 15)).to_vec());
}

#[test]
fn a_threshold() {
    digits(&Bed::binary(), "images/thresholds.hex", |lines| (0..3).map(|part| (lines.len() * part / 3, 39)).collect());
}
