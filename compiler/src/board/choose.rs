//! The array for a board: of all shapes and numbers of requantisers that fit, the smallest of those that take fewest cycles by the simulator, give or take 2 %.

use super::lean::{has_single_port_rams, variants};
use super::{Board, Fit, fit};
use crate::graph::Graph;
use crate::inputs;
use crate::plan::{PlanError, Program, Request, plan};
use crate::report::inference_cycles;
use fretwork_hdl::Machine;
use fretwork_hdl::accelerator::{MAX_LANES, MAX_SIDE};

/// An array that takes so much more cycles than the fastest one, as a part of them, is as good when it is smaller: small arrays reach higher clocks.
const AS_GOOD: f64 = 0.02;

/// What became of a shape.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It fits and takes so many cycles.
    Fits {
        /// From the first input word to the last output word.
        cycles: u64,
    },
    /// It is estimated to be too large.
    TooLarge {
        /// What there is too little of.
        reason: String,
    },
    /// The network cannot be planned for it.
    Unplanned {
        /// The planner's words.
        reason: String,
    },
}

/// A shape that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Rows of the array.
    pub rows: usize,
    /// Columns of the array.
    pub cols: usize,
    /// Bytes of an activation word.
    pub lanes: usize,
    /// Requantisers.
    pub requantisers: usize,
    /// What became of it.
    pub verdict: Verdict,
    /// Estimated look-up tables, where it could be planned.
    pub luts: u64,
}

/// What was found.
pub struct Choice {
    /// All shapes, in the order in which they were tried.
    pub tried: Vec<Tried>,
    /// The best one.
    pub best: Option<(Program, Fit, u64)>,
}

impl Choice {
    /// The smallest shape that is too large, or the first that could not be planned: what limits the choice.
    pub fn limited_by(&self) -> Option<String> {
        let of = |wanted: fn(&Verdict) -> Option<&String>| self.tried.iter().filter_map(move |tried| Some((tried, wanted(&tried.verdict)?)));
        let large = of(|verdict| if let Verdict::TooLarge { reason } = verdict { Some(reason) } else { None });
        let mut unplanned = of(|verdict| if let Verdict::Unplanned { reason } = verdict { Some(reason) } else { None });
        let (tried, reason) = large.min_by_key(|(tried, _)| tried.luts).or_else(|| unplanned.next())?;
        Some(format!("{}x{} with {} lanes and {} requantisers: {reason}", tried.rows, tried.cols, tried.lanes, tried.requantisers))
    }
}

/// Cycles of one inference. Only streams and the sparse engine's queues have a say in them, so any input of the right shape will do.
pub fn cycles(graph: &Graph, program: &Program) -> Option<u64> {
    let machine = Machine::new(&program.design.accelerator, &program.images)?;
    Some(inference_cycles(&machine, &program.stream(&inputs::random(graph, 1, 0)[0])))
}

/// All shapes, the smallest first. Where the large RAMs have one port, whose shell is synthesised to know its size, the one array that has been seen to fit.
pub fn shapes(board: &Board) -> Vec<[usize; 3]> {
    if has_single_port_rams(board) {
        return vec![[4, 2, 4]];
    }
    let sides = || (2..).map(|power| 1usize << power).take_while(|side| *side <= MAX_SIDE);
    let mut all: Vec<[usize; 3]> = sides()
        .flat_map(|rows| sides().map(move |cols| (rows, cols)))
        .flat_map(|(rows, cols)| [1, 2].map(|factor| [rows, cols, rows.max(cols) * factor]))
        .filter(|[_, cols, lanes]| *lanes <= MAX_LANES && cols * 16 >= *lanes)
        .collect();
    all.sort_by_key(|[rows, cols, lanes]| (rows * cols, *lanes, *rows));
    all
}

/// Plans a variant of a shape and sees whether it fits.
fn attempt(graph: &Graph, board: &Board, variant: &Request, tried: &mut Vec<Tried>, fitting: &mut Vec<(Program, Fit, u64)>) {
    let Request { rows, cols, lanes, .. } = *variant;
    let requantisers = variant.lean.requantisers.unwrap_or(lanes);
    let shared = lanes / requantisers.max(1);
    // Logic only grows with every side.
    let hopeless = tried.iter().any(|t| {
        matches!(t.verdict, Verdict::TooLarge { .. })
            && t.rows <= rows
            && t.cols <= cols
            && t.lanes <= lanes
            && t.lanes / t.requantisers.max(1) == shared
    });
    if hopeless {
        return;
    }
    let planned: Result<Program, PlanError> = plan(graph, variant);
    let (verdict, luts) = match planned {
        Err(error) => (Verdict::Unplanned { reason: error.to_string() }, 0),
        Ok(mut program) => {
            let fit = fit(&mut program, board, true);
            let luts = fit.luts();
            if let Some(overrun) = fit.overruns().first() {
                (Verdict::TooLarge { reason: overrun.to_string() }, luts)
            } else if let Some(cycles) = cycles(graph, &program) {
                fitting.push((program, fit, cycles));
                (Verdict::Fits { cycles }, luts)
            } else {
                (Verdict::Unplanned { reason: "the step table does not decode".to_owned() }, luts)
            }
        }
    };
    tried.push(Tried { rows, cols, lanes, requantisers, verdict, luts });
}

/// Tries all shapes. `request` makes a request of rows, columns and lanes.
///
/// # Errors
/// What `request` refuses.
pub fn choose<E>(graph: &Graph, board: &Board, request: impl Fn(usize, usize, usize) -> Result<Request, E>) -> Result<Choice, E> {
    let mut choice = Choice { tried: Vec::new(), best: None };
    let mut fitting: Vec<(Program, Fit, u64)> = Vec::new();
    for [rows, cols, lanes] in shapes(board) {
        for variant in variants(board, &request(rows, cols, lanes)?) {
            attempt(graph, board, &variant, &mut choice.tried, &mut fitting);
        }
    }
    let fewest = fitting.iter().map(|(_, _, cycles)| *cycles).min().unwrap_or(0);
    fitting.retain(|(_, _, cycles)| *cycles as f64 <= fewest as f64 * (1.0 + AS_GOOD));
    choice.best = fitting.into_iter().min_by_key(|(_, fit, cycles)| (fit.luts(), *cycles));
    Ok(choice)
}
