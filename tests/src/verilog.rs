//! Emitted Verilog of random programs: one Verilator model per array shape, whose memory images change from program to program.

use crate::random::Case;
use fretwork_cosim::{BuildOptions, CosimError, Model, Stimulus};
use fretwork_hdl::{Accelerator, Images};
use fretwork_sim::record::Recording;
use tempfile::TempDir;

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
        let at = self.built.iter().position(|(accelerator, ..)| *accelerator == case.accelerator);
        let at = at.map_or_else(|| self.build(case), Ok)?;
        let (_, folder, model) = &self.built[at];
        write_images(folder, &case.accelerator, &case.images);
        let mut stimulus = Stimulus::new(&case.inputs, max_cycles);
        stimulus.stalls = case.stalls;
        model.run(folder.path(), &stimulus)
    }

    fn build(&mut self, case: &Case) -> Result<usize, CosimError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fretwork::emit::write_hardware(&case.accelerator, &case.images, folder.path()).expect("a folder that can be written");
        let model = Model::build(folder.path(), &BuildOptions::default())?;
        assert_eq!(model.log(), "", "Verilator has no complaint about the RTL");
        self.built.push((case.accelerator.clone(), folder, model));
        Ok(self.built.len() - 1)
    }
}

fn write_images(folder: &TempDir, accelerator: &Accelerator, images: &Images) {
    for (name, text) in images.to_hex(accelerator) {
        std::fs::write(folder.path().join("images").join(name), text).expect("a folder that can be written");
    }
}
