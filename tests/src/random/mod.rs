//! Random programs at the level of steps: what the planner could ask of the cores, and more than the networks at hand do ask, with the
//! reference kernels' values for every tensor.

mod conv;
#[cfg(test)]
mod coverage;
mod data;
mod lane;
mod place;
mod scale;
mod text;
mod weights;
mod zeros;

use crate::choices::Choices;
use data::Data;
use fretwork_hdl::memory::Source;
use fretwork_hdl::shell::encode;
use fretwork_hdl::systolic::WeightStream;
use fretwork_hdl::{Accelerator, Images, Kind, Region, Step, Work, core};
use fretwork_sim::kernels::{Image, Window};
use fretwork_sim::outside::Latency;
use fretwork_sim::stalls::Stalls;
use place::Buffer;

/// Most array cycles or lane operands of one step.
const WORK: usize = 16_000;
/// Most pixels of a tensor.
const PIXELS: usize = 400;

/// A tensor in the activation memory, with its values.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Where it lies.
    pub region: Region,
    /// For every channel, its byte within a pixel.
    pub map: Vec<usize>,
    /// What the kernels computed, for every inference.
    pub values: Vec<Vec<i8>>,
}

impl Tensor {
    fn image(&self) -> Image {
        Image { height: self.region.height, width: self.region.width, channels: self.map.len() }
    }
}

/// A program, its inputs and what it has to compute.
pub struct Case {
    /// The accelerator.
    pub accelerator: Accelerator,
    /// The program.
    pub steps: Vec<Step>,
    /// For every step, the tensor that is complete after it, if any.
    pub completes: Vec<Option<usize>>,
    /// The tensors.
    pub tensors: Vec<Tensor>,
    /// The memories' contents.
    pub images: Images,
    /// Input stream of every inference.
    pub inputs: Vec<Vec<u8>>,
    /// Back-pressure.
    pub stalls: Stalls,
}

/// An accelerator with memories for every random program, the same for all programs of a shape.
pub fn accelerator([lanes, rows, cols]: [usize; 3], stream: WeightStream) -> Accelerator {
    let mut accelerator = Accelerator::with_shape(lanes, rows, cols);
    accelerator.acc_bits = if lanes == 8 { 26 } else { 32 };
    accelerator.acc_depth = 64;
    accelerator.activation_words = 1 << 16;
    // What is copied after reset is little, so that it does not take long.
    accelerator.weight_words = if matches!(stream.source, Source::Boot(_)) { 1 << 11 } else { 1 << 16 };
    accelerator.stream = stream;
    accelerator.lane_weight_words = 1 << 12;
    accelerator.param_words = 1 << 10;
    accelerator.tables = 2;
    accelerator.steps = 16;
    accelerator.tile_words = 1 << 14;
    accelerator
}

/// What a shell does without; the programs are the same.
#[derive(Clone, Copy, Debug)]
pub struct Lean {
    /// Lanes that share a requantiser.
    pub parts: usize,
    /// The activation memory has one port.
    pub single_port: bool,
    /// A step's configuration is fetched when the one before has ended.
    pub fetch_late: bool,
    /// Rows and lanes whose products are made of look-up tables.
    pub soft: usize,
}

impl Lean {
    /// Without nothing.
    pub const FULL: Lean = Lean { parts: 1, single_port: false, fetch_late: false, soft: 0 };

    fn apply(self, accelerator: &mut Accelerator) {
        let Lean { parts, single_port, fetch_late, soft } = self;
        let requantisers = (parts > 1).then_some(accelerator.lanes / parts);
        let store_depth = fetch_late.then_some(2);
        accelerator.lean = fretwork_hdl::Lean { single_port, store_depth, fetch_late, requantisers, soft_rows: soft, soft_lanes: soft };
    }
}

/// How long a memory outside the chip takes: always the same, or anything up to far more than a tile's work.
fn latency(choices: &mut Choices) -> Latency {
    let least = choices.size(40) as u32;
    let most = least + choices.pick(&[0, 3, 30, 200]);
    Latency { least, most, gap_percent: choices.pick(&[0, 0, 10, 60]), seed: choices.seed() }
}

struct Generator<'a> {
    choices: &'a mut Choices,
    accelerator: Accelerator,
    inferences: usize,
    buffers: Vec<Buffer>,
    case: Case,
    /// First free word.
    next: usize,
    /// The latest window and the tensor that it was used on.
    latest: Option<(usize, Window)>,
}

/// A program for one of the shapes, with weights of a byte; `conv_percent` of its layers are convolutions, the others lane work.
pub fn case(choices: &mut Choices, shapes: &[[usize; 3]], conv_percent: usize) -> Case {
    case_of(choices, shapes, &[WeightStream::PLAIN], conv_percent)
}

/// A program for one of the shapes and one of the weight streams; `conv_percent` of its layers are convolutions, the others lane work.
pub fn case_of(choices: &mut Choices, shapes: &[[usize; 3]], streams: &[WeightStream], conv_percent: usize) -> Case {
    lean_case(choices, shapes, streams, &[Lean::FULL], conv_percent)
}

/// The same on a shell that may do without something.
pub fn lean_case(choices: &mut Choices, shapes: &[[usize; 3]], streams: &[WeightStream], leans: &[Lean], conv_percent: usize) -> Case {
    let mut accelerator = accelerator(choices.pick(shapes), if let [only] = streams { *only } else { choices.pick(streams) });
    if let [only] = leans { *only } else { choices.pick(leans) }.apply(&mut accelerator);
    if let Source::Axi(axi) = &mut accelerator.stream.source {
        axi.latency = latency(choices);
    }
    let inferences = choices.size(3);
    let stalls = match choices.below(3) {
        0 => Stalls::NONE,
        _ => Stalls { seed: choices.seed(), probability: choices.size(9) as f64 / 10.0 },
    };
    let tables = (0..2).flat_map(|stream| Data::draw(choices).values(stream, 256)).collect();
    let images = Images { tables, ..Images::default() };
    let inputs = vec![Vec::new(); inferences];
    let case = Case { accelerator: accelerator.clone(), steps: vec![], completes: vec![], tensors: vec![], images, inputs, stalls };
    let mut generator = Generator { choices, accelerator, inferences, buffers: Vec::new(), case, next: 0, latest: None };
    (0..generator.choices.size(2)).for_each(|_| generator.load());
    for _ in 0..generator.choices.size(4) {
        if generator.choices.chance(conv_percent) { generator.conv() } else { generator.lane() }
    }
    (0..generator.choices.size(2)).for_each(|_| generator.store());
    generator.finish()
}

impl Generator<'_> {
    fn load(&mut self) {
        let lanes = self.accelerator.lanes;
        let side = self.choices.pick(&[1, 3, 6, 9, 9, 14]);
        let image = [self.choices.size(side), self.choices.size(side)];
        let most = self.choices.pick(&[4, 17, 70]);
        let channels = self.choices.size(most);
        let words = channels.div_ceil(lanes);
        let data = Data::draw(self.choices);
        let bytes: Vec<Vec<i8>> = (0..self.inferences as u64).map(|i| data.values(i, image[0] * image[1] * words * lanes)).collect();
        for (stream, bytes) in self.case.inputs.iter_mut().zip(&bytes) {
            stream.extend(bytes.iter().map(|&b| b as u8));
        }
        let map: Vec<usize> = (0..channels).collect();
        let values = bytes.iter().map(|bytes| bytes.chunks(words * lanes).flat_map(|pixel| &pixel[..channels]).copied().collect()).collect();
        let region = Region { base: self.reserve(image[0] * image[1] * words), stride: words, height: image[0], width: image[1], words };
        let output = region;
        self.push(Step { name: "load".into(), work: Work::Load, input: region, output, epilogue: None }, None);
        self.complete(Tensor { region, map, values });
    }

    fn store(&mut self) {
        let latest = self.case.tensors.len() - 1;
        let tensor = if self.choices.chance(40) { self.choices.below(latest + 1) } else { latest };
        let region = self.case.tensors[tensor].region;
        self.push(Step { name: "store".into(), work: Work::Store, input: region, output: region, epilogue: None }, Some(tensor));
    }

    /// A window over a tensor, or the latest one again; `None` when nothing fits the limits.
    fn window(&mut self, input: usize, dilates: bool) -> Option<Window> {
        if let Some((_, window)) = self.latest.filter(|(tensor, window)| *tensor == input && (dilates || window.dilation == [1, 1]))
            && self.choices.chance(50)
        {
            return Some(window);
        }
        let image = self.case.tensors[input].image();
        let choices = &mut *self.choices;
        let most = choices.pick(&[1, 3, 5, 5]);
        let mut pair = |most: usize| [choices.size(most), choices.size(most)];
        let (kernel, stride, dilation) = (pair(most), pair(3), pair(if dilates { 2 } else { 1 }));
        let span = [0, 1].map(|d| (kernel[d] - 1) * dilation[d] + 1);
        let (before, after) = match choices.below(3) {
            0 => ([0, 0], [0, 0]),
            1 => (span.map(|s| (s - 1) / 2), span.map(|s| s / 2)),
            _ => (span.map(|s| choices.below(s + 3)), span.map(|s| choices.below(s + 3))),
        };
        let window = Window { kernel, stride, dilation, before, after };
        let fits = [(0, image.height), (1, image.width)].iter().all(|&(d, size)| size + before[d] + after[d] >= span[d]);
        let allowed = |[height, width]: [usize; 2]| height * width <= PIXELS && width <= self.accelerator.acc_depth;
        if !fits || !allowed(window.output(image)) {
            return None;
        }
        self.latest = Some((input, window));
        Some(window)
    }

    fn input(&mut self) -> usize {
        let latest = self.case.tensors.len() - 1;
        if self.choices.chance(40) { self.choices.below(latest + 1) } else { latest }
    }

    fn push(&mut self, step: Step, completes: Option<usize>) {
        self.case.steps.push(step);
        self.case.completes.push(completes);
    }

    /// Moves the program somewhere in the memory and encodes it.
    fn finish(self) -> Case {
        let Generator { choices, accelerator, mut case, next, .. } = self;
        let most = accelerator.activation_words - next;
        let offset = match choices.below(3) {
            0 => 0,
            1 => most,
            _ => choices.below(most),
        };
        case.tensors.iter_mut().for_each(|tensor| tensor.region.base += offset);
        for step in &mut case.steps {
            step.input.base += offset;
            step.output.base += offset;
            if let Work::Lane(fretwork_hdl::LaneWork { op: fretwork_hdl::LaneOp::Add { second, .. }, .. }) = &mut step.work {
                second.base += offset;
            }
        }
        let last = case.steps.len() - 1;
        for (index, step) in case.steps.iter().enumerate() {
            let mut config = match kind(step) {
                Kind::Load => encode::load(step),
                Kind::Store => encode::store(step),
                kind @ (Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift) => {
                    let core = core(kind).expect("a core");
                    core.fits(step, &accelerator).unwrap_or_else(|misfit| panic!("{misfit}"));
                    core.encode(step, &accelerator, &mut case.images)
                }
            };
            config.last = index == last;
            case.images.push_step(&config);
        }
        case
    }
}

/// The unit that executes a step.
pub fn kind(step: &Step) -> Kind {
    match step.work {
        Work::Load => Kind::Load,
        Work::Store => Kind::Store,
        Work::Conv(_) => Kind::Systolic,
        Work::Lane(_) => Kind::Lane,
        Work::Sparse(_) => Kind::Eie,
        Work::Xnor(_) => Kind::Xnor,
        Work::Shift(_) => Kind::Shift,
    }
}
