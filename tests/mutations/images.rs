//! One bit of one image.

use crate::bed::{Bed, check};
use fretwork::graph::{Op, evaluate};
use fretwork_hdl::config::WORDS;
use fretwork_hdl::{Config, Kind, LaneOp, Machine, Work};
use fretwork_sim::stalls::{Stalls, splitmix};

/// The text with one bit of one line flipped; bit 0 is the lowest.
fn flip(text: &str, line: usize, bit: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let digits = &mut lines[line];
    let at = digits.len() - 1 - bit / 4;
    let digit = u32::from_str_radix(&digits[at..=at], 16).unwrap() ^ 1 << (bit % 4);
    digits.replace_range(at..=at, &format!("{digit:x}"));
    lines.join("\n") + "\n"
}

/// Flips one bit after the other; a bit is a file, a line and a position in it.
#[track_caller]
fn run(bed: &Bed, bits: &[(&str, usize, usize)]) {
    let survives = |&(file, line, bit): &(&str, usize, usize)| {
        let file = format!("images/{file}.hex");
        let why = bed.survives(&file, &flip(&bed.text(&file), line, bit))?;
        Some(format!("{file}, line {line}, bit {bit}: {why}"))
    };
    let survivors: Vec<String> = bits.iter().filter_map(survives).collect();
    check(bits.len(), &survivors);
}

/// A random bit of the weights of convolution `index` that matters to this input (many weights meet nothing but zeros): line and bit.
fn weight_bit(bed: &Bed, index: usize) -> (&'static str, usize, usize) {
    let program = &bed.network.program;
    let bytes = program.design.accelerator.weight_word_bytes();
    let configs = program.images.configs().unwrap();
    let config = configs.iter().filter(|config| config.kind == Kind::Systolic).nth(index).unwrap();
    let matters = |&(word, bit): &(usize, usize)| {
        let mut images = program.images.clone();
        images.weights[word * bytes + bit / 8] ^= 1 << (bit % 8);
        let machine = Machine::new(&program.design.accelerator, &images).unwrap();
        machine.run(&bed.streams, Stalls::NONE, true).recording != bed.recording
    };
    let random = |at: u64| {
        let random = splitmix((index as u64) << 32 | at) as usize;
        (config.weight_base as usize + (random >> 16) % config.weight_words as usize, random % (8 * bytes))
    };
    let (word, bit) = (0..).map(random).find(matters).unwrap();
    ("weights", word, bit)
}

/// First parameter word of the step, and the bit of a lane's field: 0 bias, 32 multiplier, 64 shift.
fn param_bit(bed: &Bed, step: usize, lane: usize, bit: usize) -> (&'static str, usize, usize) {
    let configs = bed.network.program.images.configs().unwrap();
    ("params", usize::from(configs[step].param_base), 72 * lane + bit)
}

fn step_bit(step: usize, word: usize, bit: usize) -> (&'static str, usize, usize) {
    ("steps", step * WORDS + word, bit)
}

fn first(bed: &Bed, wanted: impl Fn(&Work) -> bool) -> usize {
    bed.network.program.steps.iter().position(|step| wanted(&step.work)).unwrap()
}

#[test]
fn a_bit_of_lenet5() {
    let bed = Bed::lenet5().with_model();
    let systolic = |kind: &Kind| *kind == Kind::Systolic;
    let conv = bed.network.program.design.steps.iter().position(|step| systolic(&step.kind)).unwrap();
    let mut bits: Vec<_> = (0..5).map(|index| weight_bit(&bed, index)).collect();
    bits.extend([(0, 9), (1, 60), (2, 65)].map(|(lane, bit)| param_bit(&bed, conv, lane, bit)));
    // Base addresses, padding value, zero point, a clamp; a count, an address and a row of the gather; a count of the scatter; parameter
    // and weight addresses; weight words.
    let fields = [(1, 0), (1, 16), (4, 3), (4, 9), (29, 1), (5, 1), (5, 17), (14, 0), (19, 0), (22, 0), (23, 2), (24, 2)];
    bits.extend(fields.map(|(word, bit)| step_bit(conv, word, bit)));
    bits.push(step_bit(conv, 0, 1));
    bits.push(step_bit(conv, 0, 6));
    run(&bed, &bits);
}

#[test]
fn a_bit_of_the_tile_list() {
    let bed = Bed::pruned().with_model();
    let configs = bed.network.program.images.configs().unwrap();
    // A list of the 3x3 convolution: most reads lie inside the image.
    let listed = |config: &Config| config.list.is_some() && config.levels[4].last == 2;
    let step = configs.iter().position(listed).unwrap();
    let list = configs[step].list.unwrap();
    // Address, row, column; slice; first tile, last tile of an output tile; the list's end; and the last entry's, which lead to the next pass.
    let end = list.base as usize + configs[step].weight_words as usize / bed.network.program.design.accelerator.rows;
    let entries = [(3, 0), (4, 17), (5, 32), (6, 48), (7, 53), (8, 54), (2, 55)].map(|(entry, bit)| (list.base as usize + entry, bit));
    let last = [1, 16, 48, 53, 55].map(|bit| (end - 1, bit));
    let mut bits: Vec<_> = entries.into_iter().chain(last).map(|(line, bit)| ("tiles", line, bit)).collect();
    // Whether there is a list, whether its first tile is the last as well, that tile's slice, the list's address.
    bits.extend([(4, 16), (4, 17), (26, 0), (27, 0)].map(|(word, bit)| step_bit(step, word, bit)));
    run(&bed, &bits);
}

#[test]
fn a_bit_of_the_lanes() {
    let bed = Bed::every_operator().with_model();
    let depthwise = first(&bed, |work| matches!(work, Work::Lane(lane) if matches!(lane.op, LaneOp::Mac { .. })));
    let add = first(&bed, |work| matches!(work, Work::Lane(lane) if matches!(lane.op, LaneOp::Add { .. })));
    let average = first(&bed, |work| matches!(work, Work::Lane(lane) if lane.op == LaneOp::Sum));
    let table = first(&bed, |work| matches!(work, Work::Lane(lane) if matches!(lane.op, LaneOp::Table { .. })));
    let configs = bed.network.program.images.configs().unwrap();
    let weights = configs[depthwise].weight_base as usize;
    let tensors = evaluate(&bed.network.graph, &bed.network.inputs(1)[0]);
    let node = bed.network.graph.nodes.iter().find(|node| matches!(node.op, Op::Table { .. })).unwrap();
    let looked_up = tensors[node.inputs[0]][0];
    let mut bits = vec![
        ("lane_weights", weights, 0),
        ("lane_weights", weights + 4, 8 * 3 + 1),
        ("lane_weights", weights + 9, 2),
        ("tables", (i32::from(looked_up) + 128) as usize, 3),
        param_bit(&bed, depthwise, 5, 2),
        param_bit(&bed, depthwise, 4, 60),
        param_bit(&bed, depthwise, 3, 64),
        // The parameters of four operands.
        ("params", usize::from(configs[average].param_base) + 4, 60),
    ];
    // Operation; zero points, shifts and multipliers of an addition; rounding; operands by count.
    bits.extend([(0, 4), (26, 0), (26, 9), (26, 16), (26, 25), (27, 29), (28, 26)].map(|(word, bit)| step_bit(add, word, bit)));
    bits.push(step_bit(average, 0, 8));
    bits.push(step_bit(table, 0, 3));
    bits.push(step_bit(depthwise, 23, 0));
    run(&bed, &bits);
}
