//! Addresses by liveness: buffers whose lifetimes overlap get disjoint addresses; largest first, each at the lowest address that is free.

use super::layers::{BufferId, Lowered};
use std::cmp::Reverse;

#[derive(Clone, Copy)]
struct Lifetime {
    buffer: BufferId,
    words: usize,
    /// First and last moment: 0 the loads, `i + 1` layer `i`, then the stores.
    first: usize,
    last: usize,
}

/// A layer that may write over its input: its output's buffer may begin anywhere from `words` below the input's buffer on downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Buffer of the input.
    pub input: BufferId,
    /// Buffer of the output.
    pub output: BufferId,
    /// Least distance.
    pub words: usize,
}

/// Gives every buffer its base and returns the words needed in all. Buffers that live at the same time do not share words, but for the last use of an
/// input and the first of an output with a lead.
pub fn allocate(lowered: &mut Lowered, leads: &[Lead]) -> usize {
    let lifetimes = lifetimes(lowered);
    let sorted = |key: fn(&Lifetime) -> Reverse<[usize; 3]>| {
        let mut order = lifetimes.clone();
        order.sort_by_key(key);
        first_fit(order, leads)
    };
    let placed = if leads.is_empty() {
        let mut order = lifetimes.clone();
        order.sort_by_key(|l| (Reverse(l.words), l.first, l.buffer));
        first_fit(order, leads)
    } else {
        // Outputs before their inputs, which can then lie above them.
        let orders = [sorted(|l| Reverse([l.words, l.first, l.last])), sorted(|l| Reverse([l.first, l.last, l.words]))];
        orders.into_iter().min_by_key(|placed| end(placed)).unwrap_or_default()
    };
    placed.iter().for_each(|(lifetime, base)| lowered.buffers[lifetime.buffer].base = *base);
    end(&placed)
}

/// The end of the last buffer.
fn end(placed: &[(Lifetime, usize)]) -> usize {
    placed.iter().map(|(lifetime, base)| base + lifetime.words).max().unwrap_or(0)
}

/// Buffers in the given order, each at the lowest address that is free.
fn first_fit(order: Vec<Lifetime>, leads: &[Lead]) -> Vec<(Lifetime, usize)> {
    let mut placed: Vec<(Lifetime, usize)> = Vec::new();
    for lifetime in order {
        let together = placed.iter().filter(|(other, _)| other.first <= lifetime.last && lifetime.first <= other.last);
        let mut taken: Vec<[isize; 2]> = together.map(|(other, base)| taken(&lifetime, other, *base, leads)).collect();
        taken.sort_unstable();
        let mut base = 0;
        for [below, end] in taken {
            if base <= below {
                break;
            }
            base = base.max(end);
        }
        placed.push((lifetime, base as usize));
    }
    placed
}

/// The bases between which a buffer would meet one that lives at the same time, both of them still free.
fn taken(own: &Lifetime, other: &Lifetime, base: usize, leads: &[Lead]) -> [isize; 2] {
    let lead = |input: &Lifetime, output: &Lifetime| {
        let lead = leads.iter().find(|lead| (lead.input, lead.output) == (input.buffer, output.buffer));
        lead.filter(|_| input.last == output.first).map(|lead| lead.words.min(output.words) as isize)
    };
    let (base, own_words, other_words) = (base as isize, own.words as isize, other.words as isize);
    match (lead(own, other), lead(other, own)) {
        (Some(above), _) => [base - own_words, base + above],
        (_, Some(below)) => [base - below, base + other_words],
        (None, None) => [base - own_words, base + other_words],
    }
}

fn lifetimes(lowered: &Lowered) -> Vec<Lifetime> {
    let end = lowered.layers.len() + 1;
    let mut lifetimes: Vec<Lifetime> =
        lowered.buffers.iter().enumerate().map(|(buffer, b)| Lifetime { buffer, words: b.pixels * b.words, first: usize::MAX, last: 0 }).collect();
    let mut touch = |placed: usize, moment: usize| {
        let lifetime = &mut lifetimes[lowered.tensors[placed].buffer];
        lifetime.first = lifetime.first.min(moment);
        lifetime.last = lifetime.last.max(moment);
    };
    for input in &lowered.inputs {
        touch(input.placed, 0);
    }
    for (index, layer) in lowered.layers.iter().enumerate() {
        layer.inputs.iter().for_each(|&input| touch(input, index + 1));
        touch(layer.output, index + 1);
    }
    for output in &lowered.outputs {
        touch(output.placed, end);
    }
    lifetimes.retain(|l| l.first != usize::MAX);
    lifetimes
}

#[cfg(test)]
mod tests {
    use super::super::layers::{Buffer, Layer, LayerWork, OutputLayout, Placed};
    use super::*;
    use fretwork_hdl::Window;

    fn chain(words: &[usize]) -> Lowered {
        let placed =
            |i: usize| Placed { tensor: i, image: [1, 1], map: vec![0], wide: false, packed: false, words: words[i], buffer: i, offset: 0, pitch: 1 };
        let work = LayerWork::Max { window: Window::POINT, clamp: [-128, 127], outside: 0 };
        Lowered {
            tensors: (0..words.len()).map(placed).collect(),
            buffers: words.iter().map(|&words| Buffer { pixels: 1, words, base: 0 }).collect(),
            layers: (1..words.len())
                .map(|i| Layer {
                    name: format!("l{i}"),
                    work: work.clone(),
                    inputs: vec![i - 1],
                    output: i,
                    binary: false,
                    shift: false,
                    operations: 0,
                })
                .collect(),
            inputs: Vec::new(),
            outputs: vec![OutputLayout { placed: words.len() - 1, tensor: 0 }],
        }
    }

    #[test]
    fn a_chain_needs_its_largest_pair() {
        let mut lowered = chain(&[10, 40, 20, 30, 5]);
        assert_eq!(allocate(&mut lowered, &[]), 60);
    }

    #[test]
    fn an_output_with_a_lead_begins_below_its_input() {
        let mut lowered = chain(&[40, 40, 40, 10]);
        let lead = |input| Lead { input, output: input + 1, words: 3 };
        assert_eq!(allocate(&mut lowered, &[lead(0), lead(1)]), 50);
        assert_eq!(lowered.buffers.iter().map(|buffer| buffer.base).collect::<Vec<_>>(), [6, 3, 0, 40]);
        assert_eq!(allocate(&mut lowered, &[lead(0), Lead { words: 99, ..lead(1) }]), 80);
    }

    #[test]
    fn neighbours_never_overlap() {
        let mut lowered = chain(&[7, 3, 9, 9, 2, 8]);
        allocate(&mut lowered, &[]);
        for pair in lowered.buffers.windows(2) {
            let [a, b] = pair else { continue };
            assert!(a.base + a.words <= b.base || b.base + b.words <= a.base, "{a:?} {b:?}");
        }
    }
}
