//! What a board's designs do without, so that they are small enough: variants of a request, and products that are made of look-up tables.

use super::Board;
use crate::area::{Family, dsp_blocks};
use crate::plan::Request;
use fretwork_hdl::lane::ADD;
use fretwork_hdl::memory::{Flash, Source};
use fretwork_hdl::{Accelerator, Lean, Multipliers};

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

/// Look-up tables that a product between registers (`fw_product`) takes instead of a DSP block: rows of adders.
fn soft_luts(a_bits: usize, b_bits: usize) -> u64 {
    (a_bits * b_bits + a_bits + b_bits) as u64
}

/// Makes as few products of look-up tables as leave DSP blocks enough, those that cost least, and returns the look-up tables that they take.
pub(super) fn soften(a: &mut Accelerator, dsps: u64, has: u64, family: Family) -> u64 {
    let short = dsps.saturating_sub(has);
    if short == 0 || a.lean.soft_rows + a.lean.soft_lanes > 0 {
        return 0;
    }
    let b_bits = if a.stream.paired { 2 * a.stream.weight_bits + 8 } else { a.stream.weight_bits };
    let count = if a.stream.paired { a.cols / 2 } else { a.cols };
    let row = [dsp_blocks(&[Multipliers { count, a_bits: 8, b_bits }], family), count as u64 * soft_luts(8, b_bits)];
    let ops = a.lane_ops();
    let lane_bits = if ops >> ADD & 1 == 1 { 32 } else { 9 };
    let lane = [dsp_blocks(&[Multipliers { count: 1, a_bits: 9, b_bits: lane_bits }], family), soft_luts(9, lane_bits)];
    let lanes = if ops & 0b1001 == 0 { 0 } else { a.lanes };
    let options = (0..=a.rows).flat_map(|rows| (0..=lanes).map(move |lanes| (rows, lanes)));
    let enough = options.filter(|(rows, lanes)| *rows as u64 * row[0] + *lanes as u64 * lane[0] >= short);
    let cheapest = enough.map(|(rows, lanes)| (rows as u64 * row[1] + lanes as u64 * lane[1], rows, lanes)).min();
    let Some((luts, rows, lanes)) = cheapest else { return 0 };
    (a.lean.soft_rows, a.lean.soft_lanes) = (rows, lanes);
    luts
}
