//! What a search that is not ours asks again and again: one network, one accelerator, treatments by name. The service and the Python package answer with it.

use super::error::ExploreError;
use super::estimator::{Estimator, Options};
use super::front::{Budget, Front, front};
use super::sensitivity::{Distance, Outputs, outputs, sensitivity};
use crate::compress::recode::{Recoder, Treatment};
use crate::graph::Graph;
use crate::inputs::Inference;
use crate::plan::Request;
use fretwork_hdl::eie::Eie;
use fretwork_sim::energy::Technology;
use std::sync::OnceLock;

/// A network on an accelerator.
pub struct Session {
    recoder: Recoder,
    estimator: Estimator,
    inputs: Vec<Inference>,
    labels: Option<Vec<usize>>,
    reference: OnceLock<Outputs>,
}

/// An accelerator on which any network's values can be had: an array, and a sparse engine where activations have 16 bits.
pub fn plain_request(graph: &Graph) -> Request {
    let wide = graph.tensors.iter().any(|tensor| tensor.wide);
    Request { eie: wide.then(|| Eie::with_pes(16)), ..Request::square(16) }
}

impl Session {
    /// Plans the network once per treatment. Biases are corrected for `inputs` (one or more), on which errors are measured too; of the first
    /// few of them the mean counts where time depends on activations.
    ///
    /// # Errors
    /// Those of [`Estimator::new`].
    pub fn new(
        graph: &Graph,
        request: &Request,
        treatments: &[Treatment],
        technology: &Technology,
        clock_mhz: f64,
        inputs: Vec<Inference>,
        labels: Option<Vec<usize>>,
    ) -> Result<Session, ExploreError> {
        let recoder = Recoder::calibrated(graph, &inputs);
        let options = Options { technology, clock_mhz, inputs: &inputs[..inputs.len().min(COUNTED)] };
        let estimator = Estimator::new(&recoder, request, treatments, &options)?;
        Ok(Session { recoder, estimator, inputs, labels, reference: OnceLock::new() })
    }

    /// Costs of all choices.
    pub fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// Treatments by name, one for each layer, or one for all.
    ///
    /// # Errors
    /// A name that is none of the session's, or a number of them that does not fit.
    pub fn choice(&self, names: &[impl AsRef<str>]) -> Result<Vec<usize>, ExploreError> {
        let known = || self.estimator.treatments().iter().map(ToString::to_string);
        let index = |name: &str| {
            let refused = || ExploreError::Choice(format!("treatment {name:?} is none of the session's: {}", known().collect::<Vec<_>>().join(", ")));
            known().position(|known| known == name).ok_or_else(refused)
        };
        let choice = names.iter().map(|name| index(name.as_ref())).collect::<Result<Vec<usize>, _>>()?;
        match choice[..] {
            [all] => Ok(self.estimator.uniform(all)),
            _ => Ok(choice),
        }
    }

    fn reference(&self) -> Result<&Outputs, ExploreError> {
        if self.reference.get().is_none() {
            let graph = self.recoder.graph();
            let outputs = outputs(graph, &plain_request(graph), &self.inputs)?;
            return Ok(self.reference.get_or_init(|| outputs));
        }
        self.reference.get().ok_or_else(|| ExploreError::Internal("outputs that were there are not".to_owned()))
    }

    /// How far a choice's outputs are from those of the network as it is.
    ///
    /// # Errors
    /// A layer that cannot take its treatment.
    pub fn measure(&self, choice: &[usize]) -> Result<Distance, ExploreError> {
        let graph = self.estimator.network(choice)?;
        let outputs = outputs(&graph, &plain_request(&graph), &self.inputs)?;
        Ok(outputs.distance(self.reference()?, self.labels.as_deref()))
    }

    /// The same for every layer and treatment alone; `None` where a layer cannot take it.
    ///
    /// # Errors
    /// A network that has no values.
    pub fn sensitivity(&self) -> Result<Vec<Vec<Option<Distance>>>, ExploreError> {
        let request = plain_request(self.recoder.graph());
        sensitivity(&self.recoder, &request, self.estimator.treatments(), &self.inputs, self.labels.as_deref(), || {})
    }

    /// All combinations that nothing beats, where the errors of layers add up.
    ///
    /// # Errors
    /// Those of [`front`] and of [`Session::sensitivity`].
    pub fn front(&self, budget: &Budget, error: impl Fn(&Distance) -> f64) -> Result<Front, ExploreError> {
        let of = |distance: &Option<Distance>| distance.as_ref().map_or(f64::INFINITY, &error);
        let errors: Vec<Vec<f64>> = self.sensitivity()?.iter().map(|layer| layer.iter().map(of).collect()).collect();
        front(&self.estimator, &errors, budget)
    }
}

/// Inferences whose mean counts where time or energy depends on activations.
pub const COUNTED: usize = 4;
