//! What a search that is not ours asks again and again: one network, one accelerator, treatments by name. The service and the Python package answer with it.

use super::error::ExploreError;
use super::estimator::{Estimator, Options};
use super::front::{Budget, Front, front};
use super::sensitivity::{Distance, Measure, Proxy, Sensitivities};
use crate::compress::recode::{Recoder, Treatment};
use crate::graph::Graph;
use crate::inputs::Inference;
use crate::plan::Request;
use fretwork_sim::energy::Technology;

/// A network on an accelerator.
pub struct Session {
    measure: Measure,
    estimator: Estimator,
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
        let measure = Measure::new(Recoder::calibrated(graph, &inputs), inputs, labels);
        let options = Options { technology, clock_mhz, inputs: measure.counted() };
        let estimator = Estimator::new(measure.recoder(), request, treatments, &options)?;
        Ok(Session { measure, estimator })
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

    /// How far a choice's outputs are from those of the network as it is.
    ///
    /// # Errors
    /// A layer that cannot take its treatment.
    pub fn measure(&self, choice: &[usize]) -> Result<Distance, ExploreError> {
        self.measure.distance(&self.estimator.network(choice)?)
    }

    /// The same for every layer and treatment alone.
    ///
    /// # Errors
    /// A network that has no values.
    pub fn sensitivity(&self) -> Result<Sensitivities, ExploreError> {
        self.measure.sensitivity(self.estimator.treatments(), || {})
    }

    /// All combinations that nothing beats, where the errors of layers add up.
    ///
    /// # Errors
    /// Those of [`front`] and of [`Session::sensitivity`].
    pub fn front(&self, budget: &Budget, proxy: Proxy) -> Result<Front, ExploreError> {
        front(&self.estimator, &proxy.errors(&self.sensitivity()?), budget)
    }
}
