//! Layers of the EIE paper as programs on 64 elements, and the shortcut by which the table times all nine.

use fretwork::bench::eie_cosim::{cosim, program};
use fretwork::bench::eie_layers::{LAYERS, Layer, engine, simulate};
use fretwork_hdl::{Kind, Machine};
use fretwork_sim::stalls::Stalls;

fn layer(name: &str) -> Layer {
    *LAYERS.iter().find(|layer| layer.name == name).unwrap_or_else(|| panic!("no layer {name}"))
}

/// Kernels = simulator = Verilog = table.
fn agrees(name: &str, steps: usize) {
    let row = cosim(&layer(name), 1, &|_| {}).unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("{row:?}");
    assert_eq!(row.eie_steps, steps, "{name}: batches of rows");
    assert_eq!([row.table_cycles, row.simulator_cycles], [row.verilog_cycles; 2], "{name}");
    assert!(row.kernel_values > 0 && row.compared_words > 0, "{name}: nothing was compared");
}

#[test]
fn nt_lstm_in_verilog() {
    agrees("NT-LSTM", 1);
}

#[test]
fn nt_wd_with_three_batches_in_verilog() {
    agrees("NT-Wd", 3);
}

#[test]
fn the_table_has_the_machines_cycles() {
    let shapes = [("NT-LSTM", 64, 8), ("NT-LSTM", 4, 1), ("NT-Wd", 64, 2), ("NT-We", 16, 8), ("NT-We", 256, 8), ("Alex-8", 64, 8)];
    for (name, pes, queue_depth) in shapes {
        let (layer, eie) = (layer(name), engine(pes, queue_depth));
        let built = program(&layer, &eie, 2).unwrap_or_else(|error| panic!("{name}: {error}"));
        let machine = Machine::new(&built.program.design.accelerator, &built.program.images).expect("a step table");
        let timings = machine.timings(&[built.program.stream(&built.inputs)], Stalls::NONE);
        let steps = built.program.design.steps.iter().zip(&timings).filter(|(step, _)| step.kind == Kind::Eie);
        let (cycles, entries) = steps.fold((0, 0), |(cycles, entries), (_, t)| (cycles + t.end - t.start + 1, entries + t.weight_words));
        let took = simulate(&layer, layer.weight_density, &eie, 2);
        assert_eq!((took.cycles, took.entries), (cycles, entries), "{name}, {pes} elements, queues of {queue_depth}");
    }
}
