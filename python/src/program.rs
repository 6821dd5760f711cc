//! Programs: networks on accelerators. Simulated, compared with their Verilog, written as design folders, and compared with each other.

use fretwork::area::{Family, estimate};
use fretwork::driver::board::ChosenBoard;
use fretwork::driver::comparison::{CompareArgs, row, table};
use fretwork::driver::compile::{EmitArgs, write};
use fretwork::driver::cosimulation::{self, INFERENCES, cosimulate};
use fretwork::driver::error::CommandError;
use fretwork::driver::report::report;
use fretwork::driver::simulation::{Simulation, simulate};
use fretwork::driver::stimulus::Stimulus;
use fretwork::driver::target::Target;
use fretwork::driver::technology::TechnologyArgs;
use fretwork::driver::unwatched;
use fretwork::inputs::{self, Inference};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::compute;
use super::network::inferences;
use super::{arguments, arrays, json};

/// A network on an accelerator.
#[pyclass(frozen, module = "fretwork")]
pub struct Program {
    pub target: Arc<Target>,
    pub board: Option<ChosenBoard>,
}

/// What a simulation found.
#[pyclass(frozen, module = "fretwork")]
pub struct Result {
    target: Arc<Target>,
    simulation: Simulation,
    /// What the report is of.
    inferences: Vec<Inference>,
}

/// The family that area is estimated for.
#[derive(clap::Args)]
struct AreaArgs {
    #[arg(long, value_enum, default_value = "ecp5")]
    family: Family,
}

impl Program {
    /// The inferences that are meant, and the stimulus around them: arrays, or so many random ones.
    fn stimulus(
        &self,
        py: Python<'_>,
        inputs: Option<&Bound<'_, PyAny>>,
        default: usize,
        seed: u64,
        stalls: f64,
    ) -> PyResult<(Vec<Inference>, Stimulus)> {
        let mut words = vec![("seed", seed.to_string()), ("stalls", stalls.to_string())];
        let count = inputs.filter(|inputs| inputs.is_instance_of::<pyo3::types::PyInt>());
        words.extend(count.map(|count| ("inputs", count.to_string())));
        let stimulus: Stimulus = arguments::options(None, &words)?;
        let given = match inputs.filter(|_| count.is_none()) {
            Some(inputs) => inferences(py, &self.target.graph, inputs)?,
            None => compute(py, || stimulus.inferences(&self.target.graph, default))?,
        };
        Ok((given, stimulus))
    }
}

#[pymethods]
impl Program {
    /// What `design.json` of a design folder says.
    #[getter]
    fn design<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.target.program.design)
    }

    /// Simulates inferences cycle by cycle and compares every step with the reference kernels, as `fretwork simulate` does.
    ///
    /// `inputs` are arrays, or a number of random inferences (1 when nothing is said). Raises DisagreementError when anything differs.
    #[pyo3(signature = (inputs = None, *, labels = None, stalls = 0.0, seed = 0))]
    fn simulate(
        &self,
        py: Python<'_>,
        inputs: Option<&Bound<'_, PyAny>>,
        labels: Option<&Bound<'_, PyAny>>,
        stalls: f64,
        seed: u64,
    ) -> PyResult<Result> {
        let (inferences, stimulus) = self.stimulus(py, inputs, 1, seed, stalls)?;
        let labels = labels.map(|labels| arrays::array("labels", labels)).transpose()?;
        let simulation = compute(py, || {
            let labels = labels.map(|labels| inputs::classes(&self.target.graph, "labels", &labels, inferences.len())).transpose()?;
            let simulation = simulate(&self.target, &inferences, labels.as_deref(), stimulus.stalls(), &unwatched)?;
            match simulation.summary.disagreement.clone() {
                Some(first) => Err(CommandError::Disagreement(Box::new(first))),
                None => Ok(simulation),
            }
        })?;
        Ok(Result { target: self.target.clone(), simulation, inferences })
    }

    /// Compares kernels, simulator and Verilog, every word and every cycle, as `fretwork cosim --json` does; takes Verilator.
    ///
    /// `inputs` are arrays, or a number of random inferences (2 when nothing is said). Raises DisagreementError when anything differs.
    #[pyo3(signature = (inputs = None, *, stalls = 0.0, seed = 0, trace = None))]
    fn cosim<'py>(
        &self,
        py: Python<'py>,
        inputs: Option<&Bound<'py, PyAny>>,
        stalls: f64,
        seed: u64,
        trace: Option<PathBuf>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (inferences, stimulus) = self.stimulus(py, inputs, INFERENCES, seed, stalls)?;
        let summary = compute(py, || {
            let (folder, _temporary) = self.target.emitted(&inferences[..inferences.len().min(INFERENCES)])?;
            let runs = cosimulate(&self.target, &folder, &inferences, stimulus.stalls(), trace.as_deref(), &unwatched)?;
            let summary = cosimulation::Summary::new(&self.target, inferences.len(), &runs);
            match summary.disagreement.clone() {
                Some(first) => Err(CommandError::Disagreement(Box::new(first))),
                None => Ok(summary),
            }
        })?;
        json::object(py, &summary)
    }

    /// What every step costs, and its energy: the dictionary of `fretwork report --json`, of the last inference; the keywords are its options.
    #[pyo3(signature = (inputs = None, **options))]
    fn report<'py>(&self, py: Python<'py>, inputs: Option<&Bound<'py, PyAny>>, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let technology: TechnologyArgs = arguments::options(options, &[])?;
        let inferences = inputs.map_or(Ok(Vec::new()), |inputs| inferences(py, &self.target.graph, inputs))?;
        json::object(py, &compute(py, || report(&self.target, &inferences, &technology))?)
    }

    /// Area by part, estimated for `family`: an element of `estimates` in `fretwork area --json`.
    #[pyo3(signature = (**options))]
    fn area<'py>(&self, py: Python<'py>, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let AreaArgs { family } = arguments::options(options, &[])?;
        json::object(py, &compute(py, || Ok(estimate(&self.target.program.design.accelerator, family)))?)
    }

    /// Writes the design folder, as `fretwork compile -o FOLDER --json` does; the keywords are its options.
    #[pyo3(signature = (folder, **options))]
    fn emit<'py>(&self, py: Python<'py>, folder: PathBuf, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let args: EmitArgs = arguments::options(options, &[])?;
        json::object(py, &compute(py, || write(&self.target, self.board.clone(), &args, &folder))?)
    }

    fn __str__(&self) -> String {
        self.target.program.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<fretwork.Program {}>", self.target.title())
    }
}

#[pymethods]
impl Result {
    /// The network's outputs: an array of integers for each, the number of inferences first.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        arrays::outputs(py, &self.target.graph, &self.simulation.outputs)
    }

    /// Cycles from the first input word to the last output word, of every inference.
    #[getter]
    fn cycles(&self) -> Vec<u64> {
        self.simulation.summary.latency_cycles.clone()
    }

    /// Cycles from reset to the last output word of all.
    #[getter]
    fn total_cycles(&self) -> u64 {
        self.simulation.summary.total_cycles
    }

    /// Share of the inferences whose largest first output is the label; None without labels.
    #[getter]
    fn accuracy(&self) -> Option<f64> {
        self.simulation.summary.top1.as_ref().map(|top1| top1.accuracy)
    }

    /// The dictionary of `fretwork simulate --json`.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.simulation.summary)
    }

    /// The program's report of the last of these inferences.
    #[pyo3(signature = (**options))]
    fn report<'py>(&self, py: Python<'py>, options: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let technology: TechnologyArgs = arguments::options(options, &[])?;
        json::object(py, &compute(py, || report(&self.target, &self.inferences, &technology))?)
    }

    fn __repr__(&self) -> String {
        let summary = &self.simulation.summary;
        format!("<fretwork.Result of '{}', {} inferences in {} cycles>", summary.network, summary.inputs, summary.total_cycles)
    }
}

/// Programs by name, side by side: the dictionary of `fretwork compare --json`; the keywords are its options. Without inputs one random inference.
#[pyfunction]
#[pyo3(signature = (programs, inputs = None, *, labels = None, **options))]
pub fn compare<'py>(
    py: Python<'py>,
    programs: &Bound<'py, PyDict>,
    inputs: Option<&Bound<'py, PyAny>>,
    labels: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let args: CompareArgs = arguments::options(options, &[])?;
    let labels = labels.map(|labels| arrays::array("labels", labels)).transpose()?;
    let mut variants: Vec<(String, Arc<Target>, Vec<Inference>)> = Vec::new();
    for (name, program) in programs.iter() {
        let target = program.cast::<Program>()?.get().target.clone();
        let inferences = match inputs {
            Some(inputs) => inferences(py, &target.graph, inputs)?,
            None => inputs::random(&target.graph, 1, 0),
        };
        variants.push((name.extract()?, target, inferences));
    }
    let comparison = compute(py, || {
        let (technology, clock_mhz) = args.technology.load()?;
        let options = args.options(&technology, clock_mhz);
        let mut rows = Vec::new();
        for (name, target, inferences) in &variants {
            let labels = labels.as_ref().map(|labels| inputs::classes(&target.graph, "labels", labels, inferences.len())).transpose()?;
            let labels: Option<Vec<i64>> = labels.map(|labels| labels.into_iter().map(|label| label as i64).collect());
            rows.push(row([name, ""], (&target.graph, &target.program), inferences, labels.as_deref(), &options, |_| Ok(()))?);
        }
        let inputs = variants.first().map_or(0, |(_, _, inferences)| inferences.len());
        let (comparison, disagreement) = table("comparison".to_owned(), inputs, rows, &options);
        match disagreement {
            Some(first) => Err(CommandError::Disagreement(Box::new(first))),
            None => Ok(comparison),
        }
    })?;
    json::object(py, &comparison)
}
