//! The sparse engine's part of the report: how evenly a step's work lies on the elements, and what held them up.

use super::Report;
use fretwork_hdl::eie::{ElementActivity, StepActivity};
use serde::Serialize;
use std::fmt;

/// One step of the sparse engine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct EngineReport {
    pub broadcasts: u64,
    pub entries: u64,
    pub padding_entries: u64,
    pub load_balance: f64,
    pub useful: f64,
    pub queue_full_cycles: u64,
    pub starved_cycles: u64,
    pub drain_cycles: u64,
    pub elements: Vec<ElementReport>,
}

/// One element over a step: busy, empty, waiting and starved cycles are the step's, its launch included.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct ElementReport {
    pub busy_cycles: u64,
    pub padding_cycles: u64,
    pub empty_cycles: u64,
    pub waiting_cycles: u64,
    pub starved_cycles: u64,
    pub mean_queued: f64,
    pub most_queued: u64,
}

impl EngineReport {
    pub(super) fn new(activity: &StepActivity) -> EngineReport {
        let element = |(index, element): (usize, &ElementActivity)| ElementReport {
            busy_cycles: element.busy,
            padding_cycles: element.padding,
            empty_cycles: element.empty,
            waiting_cycles: element.waiting,
            starved_cycles: element.starved,
            mean_queued: activity.mean_queued(index),
            most_queued: element.most_queued,
        };
        EngineReport {
            broadcasts: activity.broadcast.broadcasts,
            entries: activity.broadcast.entries,
            padding_entries: activity.elements.iter().map(|element| element.padding).sum(),
            load_balance: activity.load_balance(),
            useful: activity.useful(),
            queue_full_cycles: activity.broadcast.queue_full,
            starved_cycles: activity.broadcast.starved,
            drain_cycles: activity.broadcast.drain,
            elements: activity.elements.iter().enumerate().map(element).collect(),
        }
    }
}

impl Report {
    /// A row per step of the sparse engine.
    pub(super) fn engine(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let steps: Vec<_> = self.steps.iter().enumerate().filter_map(|(index, step)| Some((index, step.engine.as_ref()?))).collect();
        if steps.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nsparse engine")?;
        writeln!(f, "  #  balance   useful  broadcasts  queue full  starved    drain   busy cycles of elements   places taken: mean, most")?;
        for (index, engine) in steps {
            let busy = || engine.elements.iter().map(|element| element.busy_cycles);
            let mean = engine.elements.iter().map(|element| element.mean_queued).sum::<f64>() / engine.elements.len() as f64;
            let most = engine.elements.iter().map(|element| element.most_queued).max().unwrap_or(0);
            writeln!(
                f,
                "{index:>3}  {:>5.1} %  {:>5.1} %  {:>10}  {:>10}  {:>7}  {:>7}   {:>11} to {:<9}   {mean:>18.2}, {most}",
                engine.load_balance * 100.0,
                engine.useful * 100.0,
                engine.broadcasts,
                engine.queue_full_cycles,
                engine.starved_cycles,
                engine.drain_cycles,
                busy().min().unwrap_or(0),
                busy().max().unwrap_or(0),
            )?;
        }
        Ok(())
    }
}
