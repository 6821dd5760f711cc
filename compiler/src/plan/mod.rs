//! Graph -> program: which core does what, where every tensor lies, in which order the weights are read.
//!
//! The stages, one file each: `lower` turns nodes into layers over placed tensors (resolving reshapes, padding, concatenation and the
//! packing of the input at no cost in cycles), `allocate` gives every buffer its address by liveness (`overlap`: which may share words where
//! memory is short), `steps` turns layers into the cores' steps. Pure functions: nothing here touches the file system.

mod accumulate;
mod affine;
mod allocate;
mod binary;
mod channels;
mod depthwise;
mod elementwise;
mod error;
mod interleave;
mod layers;
mod lower;
mod overlap;
mod pack;
mod pools;
mod ports;
mod program;
mod reshape;
mod shift;
mod sparse;
mod steps;
mod stream;
mod text;
mod thresholds;
mod xnor;

pub use accumulate::check_range;
pub use error::PlanError;
pub use program::{KernelMismatch, Placement, Program};
pub use sparse::{Choice, CoreChoice};
pub use stream::{CodebookRequest, Pace, StreamRequest};

use crate::graph::Graph;
use fretwork_hdl::accelerator::MAX_ACTIVATION_WORDS;
use fretwork_hdl::eie::{self, Eie};
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::xnor::XnorCore;
use fretwork_hdl::{Accelerator, Images, Kind, Lean, Misfit, Trim, core};

/// What the user asks of the hardware.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Bytes per activation word.
    pub lanes: usize,
    /// Rows of the systolic array.
    pub rows: usize,
    /// Columns of the systolic array.
    pub cols: usize,
    /// Pixels in the accumulator memory; 512 when not given.
    pub acc_depth: Option<usize>,
    /// Activation memory, in words of `lanes` bytes; as large as needed when not given.
    pub activation_words: Option<usize>,
    /// Systolic weight memory in bytes; as large as needed when not given.
    pub weight_bytes: Option<usize>,
    /// How the array's weights are stored and multiplied.
    pub stream: StreamRequest,
    /// What the shell does without.
    pub lean: Lean,
    /// Whether the hardware leaves out what this program does not use of shell and lanes.
    pub trim: bool,
    /// Who executes convolutions and matrix products.
    pub core: CoreChoice,
    /// The sparse engine, when there is to be one; its memories are made as large as needed.
    pub eie: Option<Eie>,
    /// The binary core, when there is to be one; its memory is made as large as needed.
    pub xnor: Option<XnorCore>,
    /// The shift core, when there is to be one; its codes are made as wide as its layers need, its memories as large.
    pub shift: Option<ShiftCore>,
}

impl Request {
    /// A square array of `size` by `size`, memories as large as needed.
    pub fn square(size: usize) -> Request {
        Request {
            lanes: size,
            rows: size,
            cols: size,
            acc_depth: None,
            activation_words: None,
            weight_bytes: None,
            stream: StreamRequest::default(),
            lean: Lean::default(),
            trim: false,
            core: CoreChoice::Auto,
            eie: None,
            xnor: None,
            shift: None,
        }
    }
}

/// Plans a graph onto an accelerator of the requested shape.
///
/// # Errors
/// A [`PlanError`] names the layer that cannot be mapped, or the memory that is too small and by how many KiB.
pub fn plan(graph: &Graph, request: &Request) -> Result<Program, PlanError> {
    if request.stream.is_open() {
        // The choice of layers for the array and its weight stream depend on each other: the stream of a first plan is given to a second one.
        let stream = plan_once(graph, request)?.design.accelerator.stream;
        return plan_once(graph, &Request { stream: StreamRequest::exactly(&stream), ..request.clone() });
    }
    plan_once(graph, request)
}

fn plan_once(graph: &Graph, request: &Request) -> Result<Program, PlanError> {
    let mut accelerator = Accelerator::with_shape(request.lanes, request.rows, request.cols);
    accelerator.acc_depth = request.acc_depth.unwrap_or(accelerator.acc_depth);
    accelerator.eie = request.eie.clone();
    if let Some(engine) = accelerator.eie.as_mut().filter(|_| graph.tensors.iter().any(|tensor| tensor.wide)) {
        engine.act_bits = 16;
    }
    accelerator.xnor = request.xnor.clone();
    if let Some(core) = accelerator.xnor.as_mut().filter(|_| graph.tensors.iter().any(|tensor| tensor.wide)) {
        core.act_bits = 16;
    }
    accelerator.shift = request.shift.clone();
    let requantisers = request.lean.requantisers.filter(|&requantisers| requantisers != request.lanes);
    accelerator.lean = Lean { requantisers, ..request.lean };
    accelerator.threshold_bits = thresholds::bits(graph);
    accelerator.affine = thresholds::multiplies(graph);
    accelerator.stream = request.stream.widest(request.cols);
    accelerator.validate().map_err(PlanError::Request)?;
    let mut lowered = lower::lower(graph, &accelerator)?;
    binary::assign(graph, &mut lowered, &accelerator, request.core);
    let choices = shift::assign(&mut lowered, &mut accelerator, request.core);
    let needed = place(request, &mut lowered, &accelerator)?;
    let mut placed = steps::steps(graph, &lowered, &accelerator, request.core)?;
    placed.choices.splice(0..0, choices);
    accelerator.stream = request.stream.stream(&placed.steps, &accelerator);
    let images = encode(&placed, &mut accelerator)?;
    memories(request, &mut accelerator, &images, needed)?;
    Ok(program::assemble(graph, request.core, lowered, placed, accelerator, images))
}

/// Gives the activations their addresses; where they do not fit, convolutions write over their inputs. Returns the words needed.
fn place(request: &Request, lowered: &mut layers::Lowered, accelerator: &Accelerator) -> Result<usize, PlanError> {
    let most = request.activation_words.unwrap_or(MAX_ACTIVATION_WORDS);
    let mut needed = allocate::allocate(lowered, &[]);
    if needed > most {
        needed = allocate::allocate(lowered, &overlap::leads(lowered, accelerator));
    }
    if needed > most { Err(too_small("activation memory", accelerator.lanes, needed, most)) } else { Ok(needed) }
}

fn too_small(memory: &'static str, word_bytes: usize, needed: usize, given: usize) -> PlanError {
    let kib = |words: usize| (words * word_bytes) as f64 / 1024.0;
    PlanError::Memory { memory, needed_kib: kib(needed), given_kib: kib(given), short_kib: kib(needed - given) }
}

fn encode(placed: &steps::Placed, accelerator: &mut Accelerator) -> Result<Images, PlanError> {
    let misfit = |step: &fretwork_hdl::Step| {
        let layer = step.name.clone();
        move |misfit: Misfit| PlanError::Layer { layer, misfit }
    };
    for (step, kind) in placed.steps.iter().zip(&placed.kinds) {
        if let Some(core) = core(*kind) {
            core.fits(step, accelerator).map_err(misfit(step))?;
        }
    }
    accelerator.acc_bits = placed.accumulator_bits();
    let mut images = Images { tables: placed.tables.clone(), ..Images::default() };
    let last = placed.steps.len() - 1;
    for (index, (step, kind)) in placed.steps.iter().zip(&placed.kinds).enumerate() {
        let mut config = match kind {
            Kind::Load => fretwork_hdl::shell::encode::load(step),
            Kind::Store => fretwork_hdl::shell::encode::store(step),
            Kind::Systolic | Kind::Lane | Kind::Eie | Kind::Xnor | Kind::Shift => match core(*kind) {
                Some(core) => core.encode(step, accelerator, &mut images),
                None => unreachable!("every computing kind has a core"),
            },
        };
        config.last = index == last;
        images.push_step(&config);
    }
    Ok(images)
}

fn memories(request: &Request, accelerator: &mut Accelerator, images: &Images, activations: usize) -> Result<(), PlanError> {
    let word_bytes = accelerator.weight_word_bytes();
    let weights = images.weights.len() / word_bytes;
    let given = request.weight_bytes.map(|bytes| (bytes / word_bytes).max(1));
    if let Some(given) = given.filter(|&given| weights > given) {
        return Err(too_small("weight memory", word_bytes, weights, given));
    }
    accelerator.activation_words = request.activation_words.unwrap_or(activations.max(2));
    accelerator.weight_words = given.unwrap_or(weights.max(1));
    if let Some(codebook) = &mut accelerator.stream.codebook {
        codebook.tables = (images.weight_codebooks.len() / codebook.table_bytes(accelerator.stream.weight_bits)).max(1);
    }
    accelerator.tile_words = images.tiles.len();
    accelerator.lane_weight_words = (images.lane_weights.len() / accelerator.lanes).max(1);
    accelerator.param_words = (images.params.len() / accelerator.lanes).max(1);
    accelerator.tables = images.tables.len() / 256;
    accelerator.steps = (images.steps.len() / fretwork_hdl::config::WORDS).max(2);
    accelerator.threshold_words = (images.thresholds.len() / (accelerator.lanes * accelerator.threshold_steps()).max(1)).max(1);
    match &mut accelerator.xnor {
        Some(_) if images.xnor_weights.is_empty() => accelerator.xnor = None,
        Some(core) => core.weight_words = images.xnor_weights.len() / core.word_bytes(),
        None => {}
    }
    match &mut accelerator.shift {
        Some(_) if images.shift_weights.is_empty() => accelerator.shift = None,
        Some(core) => {
            core.weight_words = images.shift_weights.len() / core.word_bytes();
            core.tables = images.shift_tables.len() / core.table_bytes();
        }
        None => {}
    }
    size_engine(accelerator, images)?;
    accelerator.trim = if request.trim { Trim::of(&images.steps, &images.params, accelerator.lanes) } else { None };
    accelerator.validate().map_err(PlanError::Request)
}

/// Makes the engine's memories as large as the program needs them; an engine that nothing runs on is left out.
fn size_engine(accelerator: &mut Accelerator, images: &Images) -> Result<(), PlanError> {
    let Some(engine) = &mut accelerator.eie else { return Ok(()) };
    if images.eie_pointers == 0 {
        accelerator.eie = None;
        return Ok(());
    }
    engine.codebooks = images.codebooks.len().max(1);
    engine.pointers = images.eie_pointers.max(2);
    let stream = eie::stream(images, engine);
    engine.image_words = stream.len();
    let contents = eie::read(&stream, engine).ok_or_else(|| PlanError::Request(Misfit::new("the coded matrices do not decode", "a bug report")))?;
    engine.entry_words = contents.entry_words(engine.pes).next_power_of_two().max(4);
    Ok(())
}
