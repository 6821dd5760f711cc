//! The sparse engine's recurrence against a model that steps every element every cycle.

mod machine;
mod model;
mod registers;
#[path = "../support/sparse.rs"]
mod sparse;

use fretwork_hdl::eie::{Counts, Eie, Engine, Vector};
use model::{Load, Outcome, run};
use proptest::collection::vec;
use proptest::prelude::*;

fn vector(words: &[Vec<u32>]) -> Vector {
    Vector { word_counts: words.iter().map(|word| word.len() as u32).collect(), columns: words.concat() }
}

/// The recurrence's outcome; with one lane per element, `sources` are words. Counting elements must not change the cycles.
fn recurrence(load: &Load) -> Outcome {
    let eie = Eie { sources: load.source_words, ..load.eie.clone() };
    let mut timed = Engine::new(&eie, eie.pes, load.reads, &load.counts, load.start);
    let counts = Counts::new(&load.counts, eie.pes);
    let mut engine = Engine::packed(&eie, eie.pes, load.reads, &counts, load.start);
    engine.count_elements();
    let last_reads: Vec<u64> = load.vectors.iter().map(|words| engine.vector(&vector(words))).collect();
    let times: Vec<u64> = load.vectors.iter().map(|words| timed.vector(&vector(words))).collect();
    assert_eq!(times, last_reads, "times alone and with elements");
    assert_eq!(timed.activity, engine.activity);
    let end = last_reads.last().copied().unwrap_or(load.start) + load.tail;
    let step = engine.step(Some(&Counts::new(&load.padding, eie.pes)), end);
    for element in &step.elements {
        assert_eq!(element.busy + element.empty + element.waiting + element.starved, step.cycles);
    }
    let activity = &step.broadcast;
    let reading = activity.broadcasts + activity.queue_full + activity.starved + activity.drain;
    assert_eq!(reading, end - load.tail - load.start, "every cycle to the last read has a cause");
    Outcome { last_reads, broadcast: step.broadcast, elements: step.elements }
}

/// Entries of an element's column, and which of them are padding. `most` is the most entries of a column that is not rare.
fn entries(most: u32) -> impl Strategy<Value = (u32, u32)> {
    let count = prop_oneof![4 => Just(0), 12 => 0..=most, 1 => 0..=4 * most];
    count.prop_flat_map(|count| (Just(count), 0..=count))
}

fn load() -> impl Strategy<Value = Load> {
    let pes = prop_oneof![Just(1usize), Just(2), Just(4), Just(33), Just(64)];
    let most = prop_oneof![8 => 1u32..8, 1 => 100u32..=300];
    let shape = (pes, 1usize..=8, 1usize..12, most);
    shape.prop_flat_map(|(pes, queue_depth, columns, most)| {
        let word = prop_oneof![1 => Just(Vec::new()), 2 => vec(0..columns as u32, 0..=8)];
        let vectors = vec(vec(word, 1..30), 1..4);
        let sources = prop_oneof![Just(0usize), 1usize..6];
        (vec(entries(most), columns * pes), vectors, sources, 1u64..20, 0u64..1000, 0u64..20).prop_map(
            move |(entries, vectors, source_words, reads, start, tail)| {
                let eie = Eie { queue_depth, ..Eie::with_pes(pes) };
                let (counts, padding) = entries.into_iter().unzip();
                Load { eie, source_words, reads, counts, padding, vectors, start, tail }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn recurrence_equals_stepped_registers(load in load()) {
        prop_assert_eq!(recurrence(&load), run(&load));
    }
}

/// Long steps, in which the base of short times moves often, also over a vector that takes long to come.
#[test]
fn recurrence_equals_stepped_registers_over_long_steps() {
    for (least, most, queue_depth) in [(240, 255, 256), (240, 255, 64), (0, 255, 1), (0, 3, 8)] {
        let pes = 2;
        let counts: Vec<u32> = (0..64 * pes as u32).map(|at| least + at * 7919 % (most - least + 1)).collect();
        let word = |at: u32| (0..at % 5).map(|column| (at * 31 + column) % 64).collect();
        let mut vectors: Vec<Vec<Vec<u32>>> = (0..3).map(|vector| (0..300).map(|at| word(at + vector)).collect()).collect();
        vectors[1] = vec![Vec::new(); 70_000];
        let eie = Eie { queue_depth, ..Eie::with_pes(pes) };
        let load = Load { eie, source_words: 0, reads: 3, padding: counts.clone(), counts, vectors, start: 5, tail: 11 };
        assert_eq!(recurrence(&load), run(&load));
    }
}
