//! What `fretwork report` computes: what every step costs, and its energy.

use super::error::CommandError;
use super::target::Target;
use super::technology::TechnologyArgs;
use crate::inputs::{self, Inference};
use crate::report::{EnergyOptions, Report, Size, activity, inferences_to_settle};
use fretwork_sim::stalls::Stalls;

/// The report of the last of the inferences, after as many others as it takes for all memories to be loaded; of random ones when there are none.
///
/// # Errors
/// A technology that is not known, or what is a bug in this program.
pub fn report(target: &Target, inferences: &[Inference], technology: &TechnologyArgs) -> Result<Report, CommandError> {
    let toggles = technology.toggles;
    let (technology, clock_mhz) = technology.load()?;
    let machine = target.machine()?;
    let settle = inferences_to_settle(&machine);
    let streams = match inferences {
        [] => target.streams(&inputs::random(&target.graph, settle, 0)),
        // One inference alone comes first as well.
        [only] => vec![target.program.stream(only); settle],
        all => target.streams(&all[all.len() - settle..]),
    };
    let run = machine.run_counted(&streams, Stalls::NONE, true);
    let design = &target.program.design;
    let activity = toggles.then(|| activity(&machine, &run, &design.accelerator));
    let size = Size::of(&design.accelerator, &technology).map_err(CommandError::Usage)?;
    let options = EnergyOptions { technology: &technology, clock_mhz, size, activity };
    let report = Report::new(design, &machine, &run);
    report.with_energy(design, &machine, &run, &options).map_err(|error| CommandError::Internal(error.to_string()))
}
