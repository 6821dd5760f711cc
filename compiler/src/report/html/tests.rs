//! Whole pages: what they hold, that they are well-formed, that they need nothing from elsewhere, that their parts sum.

use super::*;
use crate::plan::{Program, Request, plan};
use crate::report::{EnergyReport, PartEnergy, StepEnergy};
use fretwork_hdl::Machine;
use fretwork_hdl::eie::Eie;
use fretwork_sim::stalls::Stalls;
use roxmltree::{Document, Node as Xml, ParsingOptions};
use std::path::Path;

fn reported(example: &str, request: &Request) -> (Report, Program) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example);
    let graph = crate::import::load(&path).unwrap();
    let program = plan(&graph, request).unwrap();
    let machine = Machine::new(&program.design.accelerator, &program.images).unwrap();
    let inferences = super::super::inferences_to_settle(&machine);
    let inputs: Vec<Vec<u8>> = crate::inputs::random(&graph, inferences, 0).iter().map(|tensors| program.stream(tensors)).collect();
    let run = machine.run_counted(&inputs, Stalls::NONE, true);
    (Report::new(&program.design, &machine, &run), program)
}

fn lenet() -> (Report, Program) {
    reported("lenet5/lenet5_int8.tflite", &Request::square(8))
}

fn sparse() -> (Report, Program) {
    reported("lenet300/lenet300_deep_int8.tflite", &Request { eie: Some(Eie::with_pes(16)), ..Request::square(8) })
}

/// A picojoule per cycle for one part, two for another.
fn energy(report: &Report) -> EnergyReport {
    let parts =
        |cycles: u64| [("array <&>", 1.0), ("memory", 2.0)].map(|(part, weight)| PartEnergy { part, energy_pj: cycles as f64 * weight }).to_vec();
    let step =
        |step: &crate::report::StepReport| StepEnergy { name: step.name.clone(), energy_pj: step.cycles as f64 * 3.0, parts: parts(step.cycles) };
    let cycles: u64 = report.steps.iter().map(|step| step.cycles).sum();
    EnergyReport {
        technology: "a made-up node".to_owned(),
        conditions: "1.0 V".to_owned(),
        error_band: "made up".to_owned(),
        clock_mhz: 100.0,
        latency_us: report.totals.latency_cycles as f64 / 100.0,
        energy_pj: cycles as f64 * 3.0,
        power_mw: 0.3,
        parts: parts(cycles),
        steps: report.steps.iter().map(step).collect(),
    }
}

fn render((report, program): &(Report, Program)) -> String {
    page(report, &program.design, &program.steps)
}

fn parse(page: &str) -> Document<'_> {
    Document::parse_with_options(page, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() }).unwrap()
}

fn attribute(node: &Xml, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.trim_end_matches('%').parse().ok()).unwrap_or_else(|| panic!("{name} of {node:?}"))
}

#[test]
fn pages_are_well_formed_and_every_drawing_has_a_name() {
    let (mut report, program) = sparse();
    report.energy = Some(energy(&report));
    for page in [render(&(report, program)), render(&lenet())] {
        let page = parse(&page);
        let with_id = |id: &str| page.descendants().filter(|node| node.attribute("id") == Some(id)).collect::<Vec<_>>();
        let drawings: Vec<Xml> = page.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "svg"))).collect();
        assert!(drawings.len() >= 4);
        for drawing in drawings {
            assert_eq!(drawing.attribute("role"), Some("img"));
            for id in drawing.attribute("aria-labelledby").unwrap().split(' ') {
                let [named] = with_id(id)[..] else { panic!("{id} names {} elements", with_id(id).len()) };
                assert!(named.text().is_some_and(|text| text.len() > 5), "{named:?}");
            }
        }
        for link in page.descendants().filter_map(|node| node.attribute("href")).filter(|link| *link != "data:,") {
            assert_eq!(with_id(link.strip_prefix('#').unwrap()).len(), 1, "{link}");
        }
        let mut ids: Vec<&str> = page.descendants().filter_map(|node| node.attribute("id")).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }
}

#[test]
fn pages_need_nothing_from_elsewhere_and_say_the_same_every_time() {
    let text = render(&sparse());
    let outside = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for reference in ["http:", "https:", "//", "<script", "src=", "url(", "@import"] {
        assert!(!outside.contains(reference), "{reference}");
    }
    assert_eq!(text, render(&sparse()));
}

#[test]
fn names_are_text_wherever_they_stand() {
    let (mut report, mut program) = lenet();
    let name = "</title><script>alert(\"1\" & '2')</script>\u{1}";
    report.network = name.to_owned();
    report.host_steps = vec![name.to_owned()];
    report.steps.iter_mut().for_each(|step| step.name = name.to_owned());
    program.design.inputs[0].name = name.to_owned();
    report.energy = Some(energy(&report));
    let text = render(&(report, program));
    assert!(!text.contains("<script") && !text.contains('\u{1}'));
    assert!(parse(&text).descendants().all(|node| !node.has_tag_name("script")));
}

#[test]
fn bars_sum_to_the_latency_and_to_the_energy() {
    let (mut report, program) = lenet();
    report.energy = Some(energy(&report));
    let (latency, steps, energy) = (report.totals.latency_cycles, report.steps.len() as u64, report.energy.clone().unwrap());
    let longest = report.steps.iter().map(|step| step.cycles + step.stalled_cycles.config).max().unwrap();
    let highest = energy.steps.iter().map(|step| step.energy_pj).fold(0.0, f64::max);
    let text = render(&(report, program));
    let page = parse(&text);
    let sum = |drawing: &str| {
        let drawing = page.descendants().find(|node| node.attribute("aria-labelledby").is_some_and(|ids| ids.starts_with(drawing))).unwrap();
        let parts = drawing.children().filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("fill")));
        parts.map(|part| attribute(&part, "width")).sum::<f64>() / 100.0
    };
    assert_eq!((sum("latency-bars-0-") * longest as f64).round() as u64, latency - (steps - 1));
    assert!((sum("energy-bars-0-") * highest / energy.energy_pj - 1.0).abs() < 1e-3);
    assert!((sum("energy-all-0-") - 1.0).abs() < 1e-4);
    assert!(text.contains("array &lt;&amp;&gt;") && text.contains("a made-up node"));
}

#[test]
fn charts_stand_where_there_is_something_to_draw() {
    let (report, program) = lenet();
    let lenet = render(&(report, program));
    for id in ["summary", "latency", "timeline", "roofline", "memory", "steps"] {
        assert!(lenet.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    assert!(!lenet.contains("<section id=\"energy\"") && !lenet.contains("<section id=\"engine\""));
    assert!(render(&sparse()).contains("<section id=\"engine\""));
}

#[test]
fn no_step_is_above_its_roof() {
    for (report, program) in [lenet(), sparse()] {
        let figure: String = roofline::roofline(&report, &program.design.accelerator).iter().map(ToString::to_string).collect();
        let shares = figure.match_indices("\u{a0}%</td>").map(|(at, _)| figure[..at].rsplit('>').next().unwrap().parse::<f64>().unwrap());
        let shares: Vec<f64> = shares.collect();
        assert!(!shares.is_empty() && shares.iter().all(|share| *share > 0.0 && *share <= 100.0), "{shares:?}");
    }
}

#[test]
fn tensors_live_from_their_writer_to_their_last_reader() {
    let (report, program) = lenet();
    let blocks = lifetimes::lifetimes(&report, &program.steps);
    assert_eq!(blocks.len(), program.steps.len() - 1);
    for (index, block) in blocks.iter().enumerate() {
        assert_eq!(block.from_cycle, report.steps[index].start_cycle);
        assert_eq!(block.to_cycle, report.steps[index + 1].end_cycle, "{block:?}");
    }
    let most = lifetimes::most_words(&blocks);
    assert!(most <= program.design.accelerator.activation_words && most >= blocks.iter().map(lifetimes::Block::words).max().unwrap());
}

#[test]
fn a_front_is_drawn_through_its_points() {
    let point = |name: &str, x: f64, y: f64, on_front| ParetoPoint { name: name.to_owned(), x, y, on_front };
    let points = [
        point("b", 2.0, 5.0, true),
        point("<script>", 1.0, 9.0, true),
        point("c", 3.0, 7.0, false),
        point("d", 4.0, 1.0, true),
        point("no number", f64::NAN, 1.0, false),
    ];
    let text = pareto(&points, "cycles", "energy, pJ").to_string();
    let figure = parse(&text);
    let count = |name: &str, class: &str| {
        figure.descendants().filter(|node| node.tag_name().name() == name && node.attribute("class") == Some(class)).count()
    };
    assert_eq!([count("line", "front"), count("circle", "fill c1"), count("circle", "open")], [2, 3, 1]);
    assert!(text.contains("no number") && text.contains("id=\"pareto-cycles-energy--pj-name\"") && !text.contains("<script"), "{text}");
    assert!(pareto(&[], "x", "y").to_string().contains("<svg"));
}
