//! The engine cycle by cycle: the registers of `fw_eie_broadcast`, `fw_eie_pe` and the read-out of `fw_eie`, all of them stepped every cycle.

use crate::registers::{Element, Events, ReadOut, Room};
use fretwork_hdl::eie::{Activity, Eie, ElementActivity};
use std::collections::VecDeque;

/// Cycles from a word's request to its arrival.
const LATENCY: u64 = 2;
/// Words that the broadcast's queue holds.
const WORD_QUEUE: usize = 8;

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct Load {
    pub eie: Eie,
    /// Words that the source registers hold, or 0.
    pub source_words: usize,
    /// Accumulator reads per vector.
    pub reads: u64,
    /// Entries, `[column][element]`.
    pub counts: Vec<u32>,
    /// Those of them that are padding.
    pub padding: Vec<u32>,
    /// Columns per word and vector.
    pub vectors: Vec<Vec<Vec<u32>>>,
    /// Cycle of the launch.
    pub start: u64,
    /// Cycles from the last read to the step's end.
    pub tail: u64,
}

/// What is compared.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub last_reads: Vec<u64>,
    pub broadcast: Activity,
    pub elements: Vec<ElementActivity>,
}

struct Word {
    columns: VecDeque<u32>,
    last: bool,
}

/// Steps everything until the last vector's last read and `tail` cycles more.
pub fn run(load: &Load) -> Outcome {
    let (pes, reads) = (load.eie.pes, load.reads);
    let mut requests: VecDeque<Word> = load.vectors.iter().flat_map(|vector| words(vector.as_slice())).collect();
    let mut flying: VecDeque<(u64, Word)> = VecDeque::new();
    let mut queue: VecDeque<Word> = VecDeque::new();
    let mut current: Option<Word> = None;
    let mut halted = false;
    let mut drains = false;
    let mut room = Room { source_words: load.source_words, credits: WORD_QUEUE, requested: 0, arrived: 0, closed: false, scanning: false };
    let mut out = ReadOut::default();
    let mut elements: Vec<Element> = (0..pes).map(|_| Element::default()).collect();
    let mut outcome = Outcome::default();
    let mut cycle = load.start;
    let mut end = u64::MAX;
    while cycle <= end {
        let mut events = Events::default();
        let all_room = elements.iter().all(|element| element.count < load.eie.queue_depth);
        let all_idle = elements.iter().all(Element::idle);

        let left = current.as_ref().map_or(0, |word| word.columns.len());
        let push = left > 0 && all_room;
        let finishing = current.is_some() && left <= 1 && (push || left == 0);
        let finished = finishing && current.as_ref().is_some_and(|word| word.last);
        let scanning = load.source_words == 0 || room.scanning;
        events.load = !queue.is_empty() && scanning && !halted && (current.is_none() || (finishing && !finished));
        events.batch_done = room.scanning && queue.is_empty() && (finishing || current.is_none());

        let did = &mut outcome.broadcast;
        let last_read = out.is_last(reads);
        if cycle > load.start && end == u64::MAX {
            match (push, left > 0, drains) {
                (true, _, _) => did.broadcasts += 1,
                (false, true, _) => did.queue_full += 1,
                (false, false, true) => did.drain += 1,
                (false, false, false) => did.starved += 1,
            }
        }
        drains = finished || (drains && !last_read);
        if last_read {
            outcome.last_reads.push(cycle);
            end = if outcome.last_reads.len() == load.vectors.len() { cycle + load.tail } else { end };
        }

        let column = push.then(|| current.as_mut().and_then(|word| word.columns.pop_front())).flatten().map(|column| column as usize);
        for (pe, element) in elements.iter_mut().enumerate() {
            element.step(column.map(|column| [load.counts[column * pes + pe], load.padding[column * pes + pe]]));
        }
        halted = finished || (halted && !out.last1);
        out.step(finished, all_idle, reads);
        if finishing {
            current = None;
        }
        if events.load {
            current = queue.pop_front();
        }
        if let Some((_, word)) = flying.pop_front_if(|(at, _)| *at == cycle) {
            (events.feed, events.feed_last) = (true, word.last);
            events.keep = word.last || !word.columns.is_empty();
            queue.extend(events.keep.then_some(word));
        }
        if cycle > load.start
            && room.open()
            && let Some(word) = requests.pop_front()
        {
            (events.request, events.request_last) = (true, word.last);
            flying.push_back((cycle + LATENCY, word));
        }
        room.step(&events);
        cycle += 1;
    }
    outcome.broadcast.entries = elements.iter().map(|element| element.did.busy).sum();
    outcome.elements = elements.into_iter().map(|element| element.did).collect();
    outcome
}

fn words(vector: &[Vec<u32>]) -> impl Iterator<Item = Word> {
    let last = vector.len() - 1;
    vector.iter().enumerate().map(move |(at, columns)| Word { columns: columns.iter().copied().collect(), last: at == last })
}
