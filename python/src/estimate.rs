//! Estimates for searches: cycles, energy and storage of any combination of treatments, and what it does to the outputs.

use clap::ValueEnum;
use fretwork::compress::recode::Treatment;
use fretwork::driver::error::CommandError;
use fretwork::driver::shape::Shape;
use fretwork::driver::technology;
use fretwork::explore::{self, Budget, ExploreError, Proxy, Session};
use fretwork::graph::Graph;
use fretwork::inputs;
use numpy::{PyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

use super::error::{UsageError, compute, raise};
use super::network::{Network, inferences};
use super::{arguments, arrays, json};

/// Costs of a network on an accelerator for every combination of treatments of its layers.
#[pyclass(frozen, module = "fretwork")]
pub struct Estimator {
    session: Arc<Session>,
    treatments: Vec<String>,
}

/// Costs of one combination.
#[pyclass(frozen, get_all, module = "fretwork")]
pub struct Totals {
    cycles: u64,
    latency_us: f64,
    energy_pj: f64,
    storage_bits: u64,
}

impl From<explore::Totals> for Totals {
    fn from(totals: explore::Totals) -> Totals {
        let explore::Totals { cycles, latency_us, energy_pj, storage_bits } = totals;
        Totals { cycles, latency_us, energy_pj, storage_bits }
    }
}

fn refused(py: Python<'_>, error: ExploreError) -> PyErr {
    raise(py, CommandError::from(error))
}

/// What an estimator is made with, beside the options of the accelerator.
pub struct Wanted<'a, 'py> {
    pub treatments: Vec<String>,
    pub inputs: Option<&'a Bound<'py, PyAny>>,
    pub labels: Option<&'a Bound<'py, PyAny>>,
    pub technology: &'a str,
    pub clock_mhz: Option<f64>,
    pub options: Option<&'a Bound<'py, PyDict>>,
}

/// Plans the network once per treatment.
pub fn estimator(py: Python<'_>, graph: &Graph, wanted: Wanted<'_, '_>) -> PyResult<Estimator> {
    let shape: Shape = arguments::options(wanted.options, &[])?;
    let given = wanted.inputs.map(|inputs| inferences(py, graph, inputs)).transpose()?;
    let labels = wanted.labels.map(|labels| arrays::array("labels", labels)).transpose()?;
    let (technology, clock_mhz) = (wanted.technology.to_owned(), wanted.clock_mhz);
    let parsed: Result<Vec<Treatment>, String> = wanted.treatments.iter().map(|text| text.parse()).collect();
    let parsed = parsed.map_err(UsageError::new_err)?;
    let session = compute(py, || {
        let inferences = given.unwrap_or_else(|| inputs::random(graph, 16, 0));
        let labels = labels.map(|labels| inputs::classes(graph, "labels", &labels, inferences.len())).transpose()?;
        let technology = technology::load(&technology)?;
        let clock_mhz = clock_mhz.unwrap_or(technology.clock_mhz);
        Ok(Session::new(graph, &shape.request()?, &parsed, &technology, clock_mhz, inferences, labels)?)
    })?;
    let treatments = session.estimator().treatments().iter().map(ToString::to_string).collect();
    Ok(Estimator { session: Arc::new(session), treatments })
}

impl Estimator {
    /// Treatments by index or name, one for each layer, or one name for all.
    fn choice(&self, choice: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
        let py = choice.py();
        if let Ok(indices) = choice.extract::<Vec<usize>>() {
            return Ok(indices);
        }
        let names = match choice.extract::<String>() {
            Ok(name) => vec![name],
            Err(_) => choice
                .extract::<Vec<String>>()
                .map_err(|_| PyTypeError::new_err("a choice is a treatment, or a list of treatments or of their indices"))?,
        };
        self.session.choice(&names).map_err(|error| refused(py, error))
    }

    /// A dictionary by layer and treatment.
    fn by_name<'py, T: serde::Serialize>(&self, py: Python<'py>, all: Vec<Vec<Option<T>>>) -> PyResult<Bound<'py, PyAny>> {
        let result = PyDict::new(py);
        for (layer, own) in self.session.estimator().layers().zip(all) {
            let inner = PyDict::new(py);
            for (treatment, value) in self.treatments.iter().zip(own).filter_map(|(treatment, value)| Some((treatment, value?))) {
                inner.set_item(treatment, json::object(py, &value)?)?;
            }
            result.set_item(layer, inner)?;
        }
        Ok(result.into_any())
    }
}

#[pymethods]
impl Estimator {
    /// The layers that may be treated, in order.
    #[getter]
    fn layers(&self) -> Vec<String> {
        self.session.estimator().layers().map(str::to_owned).collect()
    }

    /// What may be done to their weights.
    #[getter]
    fn treatments(&self) -> Vec<String> {
        self.treatments.clone()
    }

    /// Why layers cannot take treatments: `{layer: {treatment: why}}`.
    #[getter]
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let estimator = self.session.estimator();
        let of = |layer| (0..self.treatments.len()).map(|treatment| estimator.refusal(layer, treatment)).collect::<Vec<_>>();
        self.by_name(py, (0..estimator.layers().count()).map(of).collect())
    }

    /// Costs of a combination: a treatment for each layer by index or name, or one for all.
    fn totals(&self, choice: &Bound<'_, PyAny>) -> PyResult<Totals> {
        let choice_ = self.choice(choice)?;
        self.session.estimator().totals(&choice_).map(Totals::from).map_err(|error| refused(choice.py(), error))
    }

    /// Costs of many combinations, indices `[combination, layer]`: a dictionary of arrays.
    fn totals_of_all<'py>(&self, py: Python<'py>, choices: PyReadonlyArray2<'py, i64>) -> PyResult<Bound<'py, PyDict>> {
        let choices: Vec<Vec<usize>> = choices
            .as_array()
            .rows()
            .into_iter()
            .map(|row| row.iter().map(|&index| usize::try_from(index).unwrap_or(usize::MAX)).collect())
            .collect();
        let all =
            compute(py, || Ok(choices.iter().map(|choice| self.session.estimator().totals(choice)).collect::<Result<Vec<_>, ExploreError>>()?))?;
        let result = PyDict::new(py);
        result.set_item("cycles", PyArray1::from_iter(py, all.iter().map(|totals| totals.cycles as i64)))?;
        result.set_item("latency_us", PyArray1::from_iter(py, all.iter().map(|totals| totals.latency_us)))?;
        result.set_item("energy_pj", PyArray1::from_iter(py, all.iter().map(|totals| totals.energy_pj)))?;
        result.set_item("storage_bits", PyArray1::from_iter(py, all.iter().map(|totals| totals.storage_bits as i64)))?;
        Ok(result)
    }

    /// Costs of a combination in all, layer by layer and step by step, and the area of an accelerator on which every combination runs.
    fn estimate<'py>(&self, choice: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = choice.py();
        let choice = self.choice(choice)?;
        json::object(py, &self.session.estimator().estimate(&choice).map_err(|error| refused(py, error))?)
    }

    /// How far a combination's outputs are from those of the network as it is.
    fn measure<'py>(&self, choice: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = choice.py();
        let choice = self.choice(choice)?;
        json::object(py, &compute(py, || Ok(self.session.measure(&choice)?))?)
    }

    /// The same for every layer and treatment alone.
    fn sensitivity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = compute(py, || Ok(self.session.sensitivity()?))?;
        self.by_name(py, all)
    }

    /// All combinations within a budget that no other one beats, where the layers' errors add up: `choice`, costs and `error` of each.
    #[pyo3(signature = (*, latency_us = None, energy_pj = None, storage_bits = None, error = None, proxy = "mse"))]
    fn front<'py>(
        &self,
        py: Python<'py>,
        latency_us: Option<f64>,
        energy_pj: Option<f64>,
        storage_bits: Option<f64>,
        error: Option<f64>,
        proxy: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let proxy =
            Proxy::from_str(proxy, false).map_err(|_| UsageError::new_err(format!("parameter 'proxy' is '{proxy}', must be 'mse' or 'kl'")))?;
        let budget = Budget { latency_us, energy_pj, storage_bits, error };
        let front = compute(py, || Ok(self.session.front(&budget, proxy)?))?;
        json::object(py, &front.points)
    }

    /// The network with a treatment for each layer.
    fn network(&self, choice: &Bound<'_, PyAny>) -> PyResult<Network> {
        let py = choice.py();
        let choice = self.choice(choice)?;
        compute(py, || Ok(Network::made(self.session.estimator().network(&choice)?)?.0))
    }

    fn __repr__(&self) -> String {
        format!("<fretwork.Estimator of {} layers, treatments {}>", self.session.estimator().layers().count(), self.treatments.join(", "))
    }
}

#[pymethods]
impl Totals {
    fn __repr__(&self) -> String {
        let Totals { cycles, latency_us, energy_pj, storage_bits } = self;
        format!("<fretwork.Totals {cycles} cycles, {latency_us} us, {energy_pj} pJ, {storage_bits} bits>")
    }
}
