//! What a board's designs do without, so that they are small enough: variants of a request, and products that are made of look-up tables.

use super::Board;
use crate::area::{Area, Family, estimate};
use crate::plan::Request;
use fretwork_hdl::memory::{Flash, Source};
use fretwork_hdl::{Accelerator, Lean};

/// A board whose large RAMs have one port and no contents at power-up, so that weights come from its flash.
pub(super) fn has_single_port_rams(board: &Board) -> bool {
    board.resources.large_rams >= 4 && board.flash.is_some()
}

/// The request as it is tried for a board, the most comfortable variant first; what it asks for explicitly stays.
pub fn variants(board: &Board, request: &Request) -> Vec<Request> {
    let request = Request { trim: true, ..request.clone() };
    if request.lean.requantisers.is_some() || request.eie.is_some() || request.xnor.is_some() || request.shift.is_some() {
        return vec![request];
    }
    if has_single_port_rams(board) {
        return vec![smallest(board, request)];
    }
    let shared = |share: usize| Request { lean: Lean { requantisers: Some(request.lanes / share), ..request.lean }, ..request.clone() };
    [vec![request.clone()], vec![shared(2), shared(4)]].concat()
}

/// The shell that fits an iCE40 UltraPlus: a requantiser, memories with one port, weights that are copied from the flash.
fn smallest(board: &Board, request: Request) -> Request {
    let mut stream = request.stream.clone();
    if stream.source == Source::Rom {
        stream.source = Source::Boot(Flash { single_port: true, ..board.boot(board.default_clock_mhz()).unwrap_or_default() });
    }
    let acc_depth = request.acc_depth.or(Some(64));
    let store_depth = request.lean.store_depth.or(Some(2));
    let lean = Lean { store_depth, single_port: true, fetch_late: true, requantisers: Some(1), ..request.lean };
    Request { stream, acc_depth, lean, ..request }
}

/// Makes as few products of look-up tables as leave DSP blocks enough, those that cost least; where a request names some, those stay as they are.
/// Returns what the accelerator then takes.
pub(super) fn soften(a: &mut Accelerator, has: u64, family: Family) -> Area {
    let blocks = estimate(a, family).total;
    let short = blocks.dsp_blocks.saturating_sub(has);
    if short == 0 || a.lean.soft_rows + a.lean.soft_lanes > 0 {
        return blocks;
    }
    // DSP blocks that one row or one lane leaves, and look-up tables that it takes for them.
    let change = |soft_rows: usize, soft_lanes: usize| {
        let soft = estimate(&Accelerator { lean: Lean { soft_rows, soft_lanes, ..a.lean }, ..a.clone() }, family).total;
        [blocks.dsp_blocks - soft.dsp_blocks, soft.luts.saturating_sub(blocks.luts)]
    };
    let (row, lane) = (change(1, 0), change(0, 1));
    let lanes = if lane[0] == 0 { 0 } else { a.lanes };
    let options = (0..=a.rows).flat_map(|rows| (0..=lanes).map(move |lanes| (rows, lanes)));
    let enough = options.filter(|(rows, lanes)| *rows as u64 * row[0] + *lanes as u64 * lane[0] >= short);
    let cheapest = enough.map(|(rows, lanes)| (rows as u64 * row[1] + lanes as u64 * lane[1], rows, lanes)).min();
    let Some((_, rows, lanes)) = cheapest else { return blocks };
    (a.lean.soft_rows, a.lean.soft_lanes) = (rows, lanes);
    estimate(a, family).total
}
