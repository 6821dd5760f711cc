//! What the broadcast and the elements did over a step.

/// Counts of the broadcast over a step. From the cycle after the launch to the last accumulator read, every cycle is a broadcast or one of
/// `queue_full`, `starved` and `drain`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Activations broadcast, one per cycle.
    pub broadcasts: u64,
    /// Entries processed, all elements together, padding included.
    pub entries: u64,
    /// Cycles in which a broadcast was ready and some queue was full.
    pub queue_full: u64,
    /// Cycles in which a vector was at work or awaited and no activation was ready.
    pub starved: u64,
    /// Cycles from the last broadcast of a vector to its last accumulator read.
    pub drain: u64,
}

/// Cycles of one element over a step: `busy + empty + waiting + starved` are the step's cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ElementActivity {
    /// Cycles in which an entry was read, padding included.
    pub busy: u64,
    /// Those of them whose entry has the weight 0 and only carries a run.
    pub padding: u64,
    /// Cycles spent on columns without an entry, one each.
    pub empty: u64,
    /// Cycles in which an activation was in the element and the walk had nothing to do: the column's pointers were being read, after all
    /// earlier columns were done.
    pub waiting: u64,
    /// Cycles in which no activation was queued or at work in the element. Entries that were read may still be on their way to the
    /// accumulators.
    pub starved: u64,
    /// Places of the queue that were taken, the activation at work included, summed over all cycles.
    pub queued: u64,
    /// Most places that were taken in a cycle.
    pub most_queued: u64,
}

/// Everything that is counted over a step of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepActivity {
    /// Cycles from the launch to the last write, both included.
    pub cycles: u64,
    /// The broadcast.
    pub broadcast: Activity,
    /// The elements in order.
    pub elements: Vec<ElementActivity>,
    /// Words of the matrix memories that were read, all elements together: the words that a column's entries lie in, for every broadcast.
    pub word_reads: u64,
}

impl StepActivity {
    /// Share of the elements' cycles in which an entry was processed, padding included: how evenly the work is spread.
    pub fn load_balance(&self) -> f64 {
        self.share(self.elements.iter().map(|element| element.busy).sum())
    }

    /// Share of the elements' cycles in which an entry of a weight other than 0 was processed.
    pub fn useful(&self) -> f64 {
        self.share(self.elements.iter().map(|element| element.busy - element.padding).sum())
    }

    /// Places of an element's queue that were taken on average over the step's cycles.
    pub fn mean_queued(&self, element: usize) -> f64 {
        self.elements[element].queued as f64 / self.cycles as f64
    }

    fn share(&self, element_cycles: u64) -> f64 {
        element_cycles as f64 / (self.cycles as f64 * self.elements.len() as f64)
    }
}
