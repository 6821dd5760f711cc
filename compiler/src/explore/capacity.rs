//! One accelerator that runs whatever a search may choose: every program's, with the larger one of every memory.

use fretwork_hdl::Accelerator;

/// The accelerator that covers all of them; `None` when they differ in more than memories, widths and cores that one of them has no work for.
pub fn capacity(all: &[&Accelerator]) -> Option<Accelerator> {
    let mut own: Vec<Accelerator> = all.iter().map(|accelerator| (*accelerator).clone()).collect();
    let xnor = own.iter().find_map(|accelerator| accelerator.xnor.clone());
    let eie = own.iter().find_map(|accelerator| accelerator.eie.clone());
    let code_bits = own.iter().filter_map(|accelerator| Some(accelerator.shift.as_ref()?.code_bits)).max();
    let shift = own.iter().find_map(|accelerator| accelerator.shift.clone());
    let shift = shift.map(|core| fretwork_hdl::shift::ShiftCore { code_bits: code_bits.unwrap_or(core.code_bits), ..core });
    let acc_bits = own.iter().map(|accelerator| accelerator.acc_bits).max()?;
    for accelerator in &mut own {
        accelerator.acc_bits = acc_bits;
        accelerator.xnor = accelerator.xnor.take().or_else(|| xnor.clone());
        accelerator.eie = accelerator.eie.take().or_else(|| eie.clone());
        let words = accelerator.shift.as_ref().map(|core| (core.weight_words, core.tables));
        accelerator.shift = shift.clone();
        if let (Some(core), Some((weight_words, tables))) = (&mut accelerator.shift, words) {
            (core.weight_words, core.tables) = (weight_words, tables);
        }
    }
    let mut rest = own.iter();
    let first = rest.next()?.clone();
    rest.try_fold(first, |covering, accelerator| covering.covering(accelerator))
}
