//! Emitted Verilog of random programs: one Verilator model per array shape, whose memory images change from program to program.

use crate::random::Case;
use fretwork_cosim::{BuildOptions, CosimError, Model, Stimulus};
use fretwork_hdl::memory::Source;
use fretwork_hdl::{Accelerator, Images};
use fretwork_sim::outside::Latency;
use fretwork_sim::record::Recording;
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

/// One lock per accelerator, so that of several tests one builds its model and the others find it in the cache.
static BUILDING: Mutex<Vec<(Accelerator, Arc<Mutex<()>>)>> = Mutex::new(Vec::new());

fn lock_of(accelerator: &Accelerator) -> Arc<Mutex<()>> {
    let mut known = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, lock)) = known.iter().find(|(own, _)| own == accelerator) {
        return lock.clone();
    }
    known.push((accelerator.clone(), Arc::default()));
    known[known.len() - 1].1.clone()
}

/// The accelerator without what is assumed of a memory outside the chip, which is no part of its Verilog.
fn hardware(accelerator: &Accelerator) -> Accelerator {
    let mut hardware = accelerator.clone();
    if let Source::Axi(axi) = &mut hardware.stream.source {
        axi.latency = Latency::default();
    }
    hardware
}

/// Models by accelerator, built when they are needed.
#[derive(Default)]
pub struct Models {
    built: Vec<(Accelerator, TempDir, Model)>,
}

impl Models {
    /// Runs the case's Verilog.
    ///
    /// # Errors
    /// What the build or the run ran into.
    pub fn run(&mut self, case: &Case, max_cycles: u64) -> Result<Recording, CosimError> {
        let hardware = hardware(&case.accelerator);
        let at = self.built.iter().position(|(accelerator, ..)| *accelerator == hardware);
        let at = at.map_or_else(|| self.build(case), Ok)?;
        let (_, folder, model) = &self.built[at];
        write_images(folder, &case.accelerator, &case.images);
        let mut stimulus = Stimulus::new(&case.inputs, max_cycles);
        stimulus.stalls = case.stalls;
        stimulus.outside = case.accelerator.stream.source.outside();
        model.run(folder.path(), &stimulus)
    }

    fn build(&mut self, case: &Case) -> Result<usize, CosimError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fretwork::emit::write_hardware(&case.accelerator, &case.images, folder.path()).expect("a folder that can be written");
        let lock = lock_of(&hardware(&case.accelerator));
        let building = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let model = Model::build(folder.path(), &BuildOptions::default())?;
        drop(building);
        assert_eq!(model.log(), "", "Verilator has no complaint about the RTL");
        self.built.push((hardware(&case.accelerator), folder, model));
        Ok(self.built.len() - 1)
    }
}

fn write_images(folder: &TempDir, accelerator: &Accelerator, images: &Images) {
    for (name, text) in images.to_hex(accelerator) {
        std::fs::write(folder.path().join("images").join(name), text).expect("a folder that can be written");
    }
    if let Some((name, bytes)) = images.outside(accelerator) {
        std::fs::write(folder.path().join(name), bytes).expect("a folder that can be written");
    }
}
