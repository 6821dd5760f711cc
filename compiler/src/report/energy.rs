//! The energy of one inference, part by part and step by step, in the technology that the report was made for.

use serde::Serialize;

/// Energy of one inference. Parts of steps sum to the steps, parts and steps to the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct EnergyReport {
    pub technology: String,
    pub conditions: String,
    pub error_band: String,
    pub clock_mhz: f64,
    pub latency_us: f64,
    pub energy_pj: f64,
    pub power_mw: f64,
    pub parts: Vec<PartEnergy>,
    pub steps: Vec<StepEnergy>,
}

/// What one part of the accelerator takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct PartEnergy {
    pub part: &'static str,
    pub energy_pj: f64,
}

/// One step of the inference, in the order of the report's steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the documentation of the report describes every key")]
pub struct StepEnergy {
    pub name: String,
    pub energy_pj: f64,
    pub parts: Vec<PartEnergy>,
}
