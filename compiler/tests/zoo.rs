//! The survey's nine networks: their figures are those that follow from the papers' tables, graphs are sound at every size and width, and activations
//! neither saturate nor die.

use fretwork::graph::{Graph, Op, evaluate};
use fretwork::import::compressed;
use fretwork::inputs;
use fretwork::zoo::{Counted, Figures, NETWORKS, Options, ZooError, find};

/// Weights of all layers with so many output pixels, from the papers' tables by hand (weights of a convolution: outputs, kernel, inputs of the group;
/// of an active shift: 4 for each channel), and what else counts as parameters.
struct Paper {
    network: &'static str,
    width: f64,
    /// Weights and pixels.
    layers: &'static [(u64, u64)],
    /// Biases; displacements, less the weights that stand for them.
    others: i64,
}

const PAPERS: [Paper; 15] = [
    // Table 1. 112x112: 27*32 + 9*32 + 32*64; 56x56: 9*64 + 64*128 + 9*128 + 128^2; and so on; the classifier 1024*1000 with 1000 biases.
    paper("mobilenet-v1", 1.0, &[(3_200, 12_544), (26_304, 3_136), (101_760, 784), (1_467_136, 196), (1_586_688, 49), (1_024_000, 1)], 1000),
    // 149 M multiply-accumulates and 1.3 M parameters; 41 M and 0.5 M in tables 6 and 7.
    paper("mobilenet-v1", 0.5, &[(1_088, 12_544), (7_008, 3_136), (26_304, 784), (373_120, 196), (400_128, 49), (512_000, 1)], 1000),
    paper("mobilenet-v1", 0.25, &[(416, 12_544), (1_968, 3_136), (7_008, 784), (96_448, 196), (101_760, 49), (256_000, 1)], 1000),
    // Table 2. 112x112: 27*32 + 9*32 + 32*16 + 16*96; 56x56: 9*96 + 96*24 + 24*144 + 9*144 + 144*24 + 24*144; and so on.
    paper("mobilenet-v2", 1.0, &[(3_200, 12_544), (14_832, 3_136), (40_080, 784), (523_584, 196), (1_608_064, 49), (1_280_000, 1)], 1000),
    // Table 1, three groups. 112x112: 27*24; 56x56: 24*90, ungrouped; 28x28: 9*90 + 90*336/3 + 3 * (360*90/3 + 9*90 + 90*360/3) + 360*180/3.
    paper("shufflenet-v1", 1.5, &[(648, 12_544), (2_160, 3_136), (99_720, 784), (725_760, 196), (1_136_160, 49), (1_440_000, 1)], 1000),
    // 524 M in table 2 of the paper.
    paper("shufflenet-v1", 2.0, &[(1_296, 12_544), (5_760, 3_136), (175_200, 784), (1_284_480, 196), (2_014_080, 49), (1_920_000, 1)], 1000),
    // Table 5. 112x112: 27*24; 56x56: 24*88; 28x28: both branches of the first unit, 9*88 + 88*152 + 9*24 + 24*24, three units of 2*88^2 + 9*88, and
    // 176^2, the first convolution of the next stage. The paper has 299, 146, 591 and 41 M.
    paper("shufflenet-v2", 1.5, &[(648, 12_544), (2_112, 3_136), (94_776, 784), (633_776, 196), (1_727_968, 49), (1_024_000, 1)], 1000),
    paper("shufflenet-v2", 1.0, &[(648, 12_544), (1_392, 3_136), (41_856, 784), (278_516, 196), (916_168, 49), (1_024_000, 1)], 1000),
    paper("shufflenet-v2", 2.0, &[(648, 12_544), (2_928, 3_136), (180_864, 784), (1_210_484, 196), (3_925_960, 49), (2_048_000, 1)], 1000),
    paper("shufflenet-v2", 0.5, &[(648, 12_544), (576, 3_136), (7_992, 784), (49_968, 196), (274_656, 49), (1_024_000, 1)], 1000),
    // 112x112: 147*32 + 32*128; 56x56: 128*32 + 4 * 2*64*256 + 64*256; 28x28: 256*64 + 5 * 2*128*384 + 128*384; 14x14: 384*128 + 6 * 2*256*512 +
    // 256*512; 7x7: 512*256 + 2 * 2*512^2.
    paper("shiftnet-a", 1.0, &[(8_800, 12_544), (151_552, 3_136), (557_056, 784), (1_753_088, 196), (1_179_648, 49), (512_000, 1)], 1000),
    // Table 4 with w = 68. 112x112: 27*68 + 3*68^2 + 4*68; 56x56: 68^2 + 5*68^2 + 68*136 + 3*4*68; 28x28: 68*136 + 7*136^2 + 136*272 + 4*4*136; and so on;
    // 4,080 channels are displaced.
    paper("as-resnet", 1.0, &[(15_980, 12_544), (37_808, 3_136), (177_888, 784), (1_005_312, 196), (1_634_176, 49), (544_000, 1)], 1000 - 2 * 4080),
    // 147*64; 64^2 + 9*64*192; modules 3a and 3b 163,328 + 388,096; 4a to 4e 375,552 + 448,512 + 509,440 + 604,672 + 867,328; 5a and 5b 1,042,432 +
    // 1,442,816. Table 1 has most of them in units of 1024.
    paper("googlenet", 1.0, &[(9_408, 12_544), (114_688, 3_136), (551_424, 784), (2_805_504, 196), (2_485_248, 49), (1_024_000, 1)], 8_280),
    // 96*363; 256*25*48; 384*9*256 + 384*9*192 + 256*9*192; 9216*4096 + 4096^2 + 4096*1000; and 10,568 biases.
    paper("alexnet", 1.0, &[(34_848, 3_025), (307_200, 729), (1_990_656, 169), (58_621_952, 1)], 10_568),
    // 9 * (3*64 + 64^2); 9 * (64*128 + 128^2); 9 * (128*256 + 2*256^2); 9 * (256*512 + 2*512^2); 27*512^2; 25088*4096 + 4096^2 + 4096*1000.
    paper("vgg-16", 1.0, &[(38_592, 50_176), (221_184, 12_544), (1_474_560, 3_136), (5_898_240, 784), (7_077_888, 196), (123_633_664, 1)], 13_416),
];

const fn paper(network: &'static str, width: f64, layers: &'static [(u64, u64)], others: i64) -> Paper {
    Paper { network, width, layers, others }
}

#[test]
fn parameters_and_macs_are_those_of_the_papers() {
    for Paper { network, width, layers, others } in &PAPERS {
        let figures = find(network).unwrap().count(&Options { width: Some(*width), ..Options::default() }).unwrap();
        let weights: u64 = layers.iter().map(|(weights, _)| weights).sum();
        let macs = layers.iter().map(|(weights, pixels)| weights * pixels).sum();
        assert_eq!(figures, Figures { parameters: weights.strict_add_signed(*others), macs }, "{network} {width}");
    }
    for network in &NETWORKS {
        assert!(PAPERS.iter().any(|paper| paper.network == network.name && paper.width == network.width), "{}", network.name);
    }
}

/// Figures that are more than 2 % away from the survey's are explained.
#[test]
fn differences_from_the_survey_are_explained() {
    let mut explained = Vec::new();
    for network in &NETWORKS {
        let options = Options::default();
        let counted = Counted::new(network, &options, network.count(&options).unwrap());
        let away = [counted.parameters_difference, counted.macs_difference].map(|difference| difference.unwrap().abs() > 0.02);
        assert!(away == [false; 2] || !network.differences.is_empty(), "{}: {away:?}", network.name);
        explained.extend(away.contains(&true).then_some(network.name));
        let narrow = Options { width: Some(0.5), ..options };
        assert_eq!(Counted::new(network, &narrow, network.count(&narrow).unwrap()).survey, None, "another network has no row in the survey");
    }
    assert_eq!(explained, ["mobilenet-v2", "shufflenet-v1", "shufflenet-v2", "googlenet"]);
}

fn small(name: &str, size: usize) -> Graph {
    find(name).unwrap().build(&Options { size: Some(size), width: Some(0.25), classes: 10, seed: 5 }).unwrap()
}

/// What is counted without weights is what the graph holds, less the weights that normalise, more or less those of active shifts.
#[test]
fn graphs_hold_the_weights_that_are_counted() {
    for network in &NETWORKS {
        let options = Options { size: Some(network.least_size + 3), width: Some(0.3), classes: 7, seed: 1 };
        let (figures, graph) = (network.count(&options).unwrap(), network.build(&options).unwrap());
        let biased = ["googlenet", "alexnet", "vgg-16"].contains(&network.name);
        let parameters = graph.nodes.iter().map(|node| match &node.op {
            Op::Conv { weights, output, .. } => weights.len() + if biased { output.bias.len() } else { 0 },
            Op::Depthwise { output, .. } if output.bias.is_empty() => 2 * graph.tensors[node.output].channels(),
            Op::Depthwise { window, weights, .. } if window.kernel == [3, 3] => weights.len(),
            Op::FullyConnected { weights, output } => weights.len() + output.bias.len(),
            _ => 0,
        });
        assert_eq!(parameters.sum::<usize>() as u64, figures.parameters, "{}", network.name);
    }
}

#[test]
fn graphs_are_sound_at_every_size_and_width() {
    for network in &NETWORKS {
        for size in (network.least_size..).take(12).chain([64, 65, 71]).filter(|size| *size >= network.least_size) {
            let width = [0.05, 0.2, 0.25, 0.5][size % 4];
            let graph = network.build(&Options { size: Some(size), width: Some(width), classes: 3, seed: size as u64 }).unwrap();
            graph.check().unwrap_or_else(|error| panic!("{} at {size}, width {width}: {error}", network.name));
        }
    }
}

/// For an image that scales were not chosen with: few values at the ends of the range that mean more than they say, and in every layer many
/// different ones.
fn faults(graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    let values = evaluate(graph, &inputs::random(graph, 1, 77)[0]);
    for node in &graph.nodes {
        let (tensor, values) = (&graph.tensors[node.output], &values[node.output]);
        let share = |wanted: &dyn Fn(i8) -> bool| values.iter().filter(|value| wanted(**value)).count() as f64 / values.len() as f64;
        let saturated = share(&|value| value == 127 || (value == -128 && tensor.zero_point != -128));
        let alive = share(&|value| i32::from(value) != tensor.zero_point);
        let mut different = values.clone();
        different.sort_unstable();
        different.dedup();
        let place = format!("{}, {}: {saturated:.3} saturated, {alive:.3} alive, {} different", graph.name, node.name, different.len());
        // A maximum is large.
        let most = if matches!(node.op, Op::MaxPool { .. }) { 0.2 } else { 0.05 };
        let sound = saturated < most && alive > 0.2 && different.len() >= 40.min(values.len() / 8);
        faults.extend((!sound).then_some(place));
    }
    faults
}

#[test]
fn activations_neither_saturate_nor_die() {
    let faults: Vec<String> = NETWORKS.iter().flat_map(|network| faults(&small(network.name, 64))).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
#[ignore = "nine networks of full size on the reference kernels"]
fn activations_of_full_size_neither_saturate_nor_die() {
    let faults: Vec<String> = NETWORKS.iter().flat_map(|network| faults(&network.build(&Options::default()).unwrap())).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_seed_decides_and_files_hold_the_network() {
    let network = find("shufflenet-v2").unwrap();
    let options = Options { size: Some(32), width: Some(0.25), classes: 10, seed: 3 };
    let graph = network.build(&options).unwrap();
    assert_eq!(graph, network.build(&options).unwrap());
    assert_ne!(graph, network.build(&Options { seed: 4, ..options }).unwrap());
    for name in ["shufflenet-v1", "shiftnet-a", "as-resnet"] {
        let graph = small(name, 32);
        assert_eq!(compressed::read(&compressed::write(&graph).unwrap().bytes).unwrap(), graph);
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let network = find("alexnet").unwrap();
    let fails = |options: Options, says: &str| assert_eq!(network.build(&options).unwrap_err().to_string(), says);
    let options = Options::default();
    fails(Options { size: Some(34), ..options }, "parameter 'size' is 34, must be in 35..=512 for alexnet");
    fails(Options { size: Some(513), ..options }, "parameter 'size' is 513, must be in 35..=512 for alexnet");
    fails(Options { width: Some(0.0), ..options }, "parameter 'width' is 0, must be above 0 and at most 8");
    fails(Options { width: Some(f64::NAN), ..options }, "parameter 'width' is NaN, must be above 0 and at most 8");
    fails(Options { classes: 0, ..options }, "parameter 'classes' is 0, must be in 1..=65536");
    assert!(matches!(network.build(&Options { width: Some(4.0), ..options }), Err(ZooError::Weights { .. })));
    assert!(matches!(find("lenet"), Err(ZooError::Unknown { .. })));
}
