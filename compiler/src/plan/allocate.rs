//! Addresses by liveness: buffers whose lifetimes overlap get disjoint addresses; largest first, each at the lowest address that is free.

use super::layers::{BufferId, Lowered};

#[derive(Clone, Copy)]
struct Lifetime {
    buffer: BufferId,
    words: usize,
    /// First and last moment: 0 the loads, `i + 1` layer `i`, then the stores.
    first: usize,
    last: usize,
}

/// Gives every buffer its base and returns the words needed in all.
pub fn allocate(lowered: &mut Lowered) -> usize {
    let mut order = lifetimes(lowered);
    order.sort_by_key(|l| (std::cmp::Reverse(l.words), l.first, l.buffer));
    let mut placed: Vec<(Lifetime, usize)> = Vec::new();
    for lifetime in order {
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|(other, _)| other.first <= lifetime.last && lifetime.first <= other.last)
            .map(|&(other, base)| (base, base + other.words))
            .collect();
        taken.sort_unstable();
        let mut base = 0;
        for (start, end) in taken {
            if base + lifetime.words <= start {
                break;
            }
            base = base.max(end);
        }
        lowered.buffers[lifetime.buffer].base = base;
        placed.push((lifetime, base));
    }
    placed.iter().map(|(lifetime, base)| base + lifetime.words).max().unwrap_or(0)
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
        assert_eq!(allocate(&mut lowered), 60);
    }

    #[test]
    fn neighbours_never_overlap() {
        let mut lowered = chain(&[7, 3, 9, 9, 2, 8]);
        allocate(&mut lowered);
        for pair in lowered.buffers.windows(2) {
            let [a, b] = pair else { continue };
            assert!(a.base + a.words <= b.base || b.base + b.words <= a.base, "{a:?} {b:?}");
        }
    }
}
