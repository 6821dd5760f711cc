//! One digit of one recorded vector.

use crate::bed::{Bed, check};

/// The text with the last digit of its last but `back` line changed, or another digit counted from the end.
fn change(text: &str, back: usize, digit: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let at = lines.len() - 1 - back;
    let line = &mut lines[at];
    let position = line.len() - 1 - digit;
    let changed = if &line[position..=position] == "0" { "1" } else { "0" };
    line.replace_range(position..=position, changed);
    lines.join("\n") + "\n"
}

#[test]
fn a_digit_of_the_vectors() {
    let bed = Bed::every_operator();
    let word = 2 * bed.network.program.design.accelerator.lanes;
    // Output: lowest lane, highest lane, tlast. Write: data, address, banks. Step: writes, end, start, index. Input: a lane.
    let digits = [
        ("outputs", 0, 0),
        ("outputs", 3, word - 2),
        ("outputs", 0, word + 1),
        ("writes", 0, 0),
        ("writes", 5, word - 1),
        ("writes", 0, word + 1),
        ("writes", 0, word + 6),
        ("steps", 1, 0),
        ("steps", 1, 9),
        ("steps", 1, 22),
        ("steps", 1, 35),
        ("inputs", 4, 1),
    ];
    let survives = |&(file, back, digit): &(&str, usize, usize)| {
        let file = format!("vectors/{file}.hex");
        let why = bed.survives(&file, &change(&bed.text(&file), back, digit))?;
        Some(format!("{file}, line {back} from the end, digit {digit} from the end: {why}"))
    };
    let survivors: Vec<String> = digits.iter().filter_map(survives).collect();
    check(digits.len(), &survivors);
}
