//! Whole layers: values against the dense product, counts against the matrix.

use crate::sparse::Layer;
use fretwork_hdl::eie::Eie;
use fretwork_sim::requantise::{Rounding, requantise};
use fretwork_sim::stalls::Stalls;
use proptest::collection::vec;
use proptest::prelude::*;

/// Weights of few values, most of them 0, and activations of which many are the zero point.
fn layer() -> impl Strategy<Value = (Layer, Vec<i16>)> {
    let shape = (0usize..3, 0usize..4, 1usize..5, 1usize..5, any::<bool>(), 1usize..=8, 0usize..3);
    shape.prop_flat_map(|(pes, lanes, rows, columns, wide, queue_depth, sources)| {
        let (pes, lanes) = (4 << pes, 4 << lanes);
        let (rows, columns) = (rows * lanes, columns * lanes);
        let size = [8, 16][usize::from(wide)];
        let mut eie = Eie { queue_depth, registers: 64, index_bits: 2, sources: sources * lanes, act_bits: size, ..Eie::with_pes(pes) };
        (eie.entry_words, eie.pointers, eie.image_words) = (1024, columns + 1, 1 << 16);
        let zero_point = if wide { Just(0i8).boxed() } else { any::<i8>().boxed() };
        let weight = prop_oneof![8 => Just(0i16), 1 => Just(-300), 1 => Just(7), 1 => Just(91)];
        let value = if wide { any::<i16>().boxed() } else { any::<i8>().prop_map(i16::from).boxed() };
        let activation = (any::<bool>(), value);
        (vec(weight, rows * columns), vec(activation, columns), zero_point, -12i8..-2).prop_map(move |(weights, activations, zero_point, shift)| {
            let activations = activations.into_iter().map(|(is_zero, value)| if is_zero { i16::from(zero_point) } else { value }).collect();
            (Layer { eie: eie.clone(), lanes, rows, columns, wide, zero_point, shift, weights }, activations)
        })
    })
}

/// What the layer gives, by its definition.
fn dense(layer: &Layer, activations: &[i16]) -> Vec<u8> {
    let output = |row: &[i16]| {
        let sum: i32 = row.iter().zip(activations).map(|(&w, &a)| i32::from(w) * (i32::from(a) - i32::from(layer.zero_point))).sum();
        let scaled = requantise(sum, layer.scale(), Rounding::Double);
        let [low, high] = if layer.wide { [-32768, 32767] } else { [-128, 127] };
        bytes(scaled.clamp(low, high) as i16, layer.wide)
    };
    layer.weights.chunks(layer.columns).flat_map(output).collect()
}

fn bytes(value: i16, wide: bool) -> Vec<u8> {
    if wide { value.to_le_bytes().to_vec() } else { vec![value as u8] }
}

/// Entries that an element needs for a column, and those of them that only carry a run.
fn entries(layer: &Layer, element: usize, column: usize) -> [u64; 2] {
    let longest = (1 << layer.eie.index_bits) - 1;
    let (mut run, mut entries, mut padding) = (0, 0, 0);
    for row in (element..layer.rows).step_by(layer.eie.pes) {
        if layer.weights[row * layer.columns + column] == 0 {
            run += 1;
        } else {
            let cuts = run / (longest + 1);
            (run, entries, padding) = (0, entries + cuts + 1, padding + cuts);
        }
    }
    [entries, padding]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn layers_give_the_dense_product_and_count_their_entries((layer, activations) in layer()) {
        let machine = layer.machine().expect("a layer that fits");
        let input = activations.iter().flat_map(|&a| bytes(a, layer.wide)).collect::<Vec<u8>>();
        let run = machine.run(std::slice::from_ref(&input), Stalls::NONE, false);
        prop_assert_eq!(&run.recording.outputs[0], &dense(&layer, &activations));
        prop_assert!(run.engine.iter().all(Option::is_none));

        let counted = machine.run_counted(&[input], Stalls::NONE, false);
        prop_assert_eq!(&counted.timings, &run.timings);
        prop_assert_eq!(&counted.recording.outputs, &run.recording.outputs);
        let (step, timing) = (counted.engine[1].as_ref().expect("the layer's"), counted.timings[1]);
        prop_assert_eq!(step.cycles, timing.end - timing.start + 1);
        prop_assert_eq!(step.broadcast.entries, timing.weight_words);
        let columns: Vec<usize> = (0..layer.columns).filter(|&column| activations[column] != i16::from(layer.zero_point)).collect();
        for (element, did) in step.elements.iter().enumerate() {
            let needed: Vec<[u64; 2]> = columns.iter().map(|&column| entries(&layer, element, column)).collect();
            prop_assert_eq!(did.busy, needed.iter().map(|[entries, _]| entries).sum::<u64>());
            prop_assert_eq!(did.padding, needed.iter().map(|[_, padding]| padding).sum::<u64>());
            prop_assert_eq!(did.empty, needed.iter().filter(|[entries, _]| *entries == 0).count() as u64);
            prop_assert_eq!(did.busy + did.empty + did.waiting + did.starved, step.cycles);
            prop_assert!(did.most_queued <= layer.eie.queue_depth as u64);
        }
        prop_assert!(step.useful() <= step.load_balance() && step.load_balance() <= 1.0);
    }
}
