//! A network pruned in blocks that are weight tiles: computed in Verilog, counted by the report, and weighed when a core is chosen.

use fretwork::graph::Op;
use fretwork::plan::{CoreChoice, Request};
use fretwork::report::Report;
use fretwork_hdl::eie::Eie;
use fretwork_hdl::systolic::Tiles;
use fretwork_hdl::{Kind, Machine, Work};
use fretwork_sim::stalls::Stalls;
use fretwork_tests::graphs::{every_operator, pruned_blocks};
use fretwork_tests::networks::{Network, request};

/// Two slices and two banks in a word; several pixel tiles.
fn small() -> Request {
    Request { acc_depth: Some(24), ..request([8, 4, 4]) }
}

#[test]
fn pruned_blocks_in_verilog() {
    let network = Network::plan(pruned_blocks(4), &small());
    assert_eq!(network.program.steps.len(), Network::plan(every_operator(), &small()).program.steps.len());
    network.compare(&network.inputs(2), true);
}

fn report(network: &Network) -> Report {
    let program = &network.program;
    let machine = Machine::new(&program.design.accelerator, &program.images).unwrap();
    Report::new(&program.design, &machine, &machine.run_counted(&network.streams(&network.inputs(1)), Stalls::NONE, true))
}

#[test]
fn the_report_counts_what_is_left_out() {
    let (pruned, whole) = (Network::plan(pruned_blocks(4), &small()), Network::plan(every_operator(), &small()));
    let (found, before) = (report(&pruned), report(&whole));
    for (step, before) in found.steps.iter().zip(&before.steps) {
        assert_eq!(step.operations, before.operations, "{}", step.name);
        let all = |step: &fretwork::report::StepReport| step.weight_tiles + step.skipped_tiles;
        assert_eq!(all(step), all(before), "{}", step.name);
        let tile_bytes = if step.unit == Kind::Systolic { 16 } else { 0 };
        assert_eq!(step.weight_tiles * tile_bytes, if tile_bytes > 0 { step.weight_bytes } else { 0 }, "{}", step.name);
        assert!(step.utilisation.is_none_or(|share| share <= 1.0) && step.floor_cycles.is_none_or(|cycles| cycles <= step.cycles), "{}", step.name);
    }
    assert!(found.totals.skipped_tiles > before.totals.skipped_tiles + 100);
    assert_eq!(found.totals.skipped_tiles, found.steps.iter().map(|step| step.skipped_tiles).sum::<u64>());
    assert!(found.to_string().contains(&format!("{} of zeros left out", found.totals.skipped_tiles)));

    // The 3x3 convolution of 9 channels to 10, weight by weight; no output tile of it is all zero.
    let graph = &pruned.graph;
    let node = graph.nodes.iter().find(|node| matches!(&node.op, Op::Conv { weights, .. } if weights.len() == 810)).unwrap();
    let Op::Conv { weights, .. } = &node.op else { unreachable!() };
    let block = |at: usize| (at / 81 / 4, at / 9 % 9, at % 9 / 4);
    let zero = |at: usize| (0..810).filter(|other| block(*other) == block(at)).all(|other| weights[other] == 0);
    let skipped = (0..810).filter(|at| zero(*at)).count() as u64;
    let steps: Vec<_> = found.steps.iter().filter(|step| step.name == node.name).collect();
    let skipped_operations: u64 = steps.iter().map(|step| step.skipped_operations).sum();
    assert!(skipped > 200);
    assert_eq!(skipped_operations, 42 * skipped);
}

#[test]
fn the_choice_of_a_core_counts_only_tiles_that_are_there() {
    let plan = |graph| Network::plan(graph, &Request { eie: Some(Eie::with_pes(4)), core: CoreChoice::Auto, ..small() });
    let (pruned, whole) = (plan(pruned_blocks(4)), plan(every_operator()));
    let mut fewer = 0;
    for (choice, before) in pruned.program.choices.iter().zip(&whole.program.choices) {
        assert_eq!(choice.layer, before.layer);
        let own = pruned.program.steps.iter().filter(|step| step.name == choice.layer);
        let convs: Vec<_> =
            own.filter_map(|step| if let Work::Conv(conv) = &step.work { Some((conv, step.output.pixels())) } else { None }).collect();
        let Some((conv, _)) = convs.first() else { continue };
        let (tiles, pixels) = (Tiles::of(conv, &pruned.program.design.accelerator), convs.iter().map(|(_, pixels)| pixels).sum::<usize>());
        assert_eq!(choice.systolic_cycles, Ok((tiles.count() * pixels.max(4) + 8) as u64), "{}", choice.layer);
        fewer += u64::from(choice.systolic_cycles.as_ref().ok() < before.systolic_cycles.as_ref().ok());
    }
    assert!(fewer > 2);
}
