//! The best of what was found, checked and told.

use super::winner::{self, Winner};
use super::{Args, Subject};
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use fretwork::explore::{Distance, Found, Place, Point, Proxy, Sensitivities, ranked};
use fretwork::report::{duration, energy};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The result.
#[derive(Serialize)]
struct Summary<'a> {
    network: &'a str,
    /// Accelerators that were tried.
    accelerators: usize,
    /// Combinations that nothing beats, over all accelerators on which they fit.
    points: usize,
    /// Whether no combination was left out on the way.
    exact: bool,
    clock_mhz: f64,
    technology: &'a str,
    layers: Vec<Layer<'a>>,
    /// The best ones first.
    front: Vec<Entry<'a>>,
    winner: Option<&'a Winner>,
    /// Accelerators without a design, and why.
    refused: Vec<Refused<'a>>,
}

/// A layer, and how far each treatment takes the outputs.
#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    sensitivity: BTreeMap<String, &'a Distance>,
}

#[derive(Serialize)]
struct Entry<'a> {
    options: &'a str,
    treatments: Vec<String>,
    #[serde(flatten)]
    point: &'a Point,
}

#[derive(Serialize)]
struct Refused<'a> {
    options: &'a str,
    reason: &'a str,
}

/// Chooses, checks, writes and prints.
pub fn finish(
    args: &Args,
    subject: &Subject,
    sensitivities: &Sensitivities,
    found: BTreeMap<usize, Found>,
    context: &Context,
) -> Result<(), CommandError> {
    let all: Vec<Found> = found.into_values().collect();
    let places = ranked(&all, args.minimise, false);
    let winner = winner::choose(args, subject, &all, context)?;
    let summary = summary(args, subject, sensitivities, &all, &places, winner.as_ref());
    if args.json {
        context.print_json(&summary)?;
    } else {
        context.say(&text(&summary, args))?;
    }
    match winner {
        Some(_) => Ok(()),
        None => Err(CommandError::NothingFound(nothing(&all, args))),
    }
}

/// Why there is no winner.
fn nothing(all: &[Found], args: &Args) -> String {
    if all.iter().any(|found| !found.points.is_empty()) {
        return format!(
            "no combination loses so little accuracy; raise the budget of 'drop', or give more treatments than {} of --treatments",
            args.treatments.len()
        );
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().filter_map(|found| found.refused.as_deref()).for_each(|reason| *reasons.entry(reason).or_default() += 1);
    let most = reasons.iter().max_by_key(|(_, count)| **count).map_or("there is none", |(reason, _)| reason);
    format!("no accelerator of {} is within the budget; most often: {most}", all.len())
}

fn summary<'a>(
    args: &Args,
    subject: &'a Subject,
    sensitivities: &'a Sensitivities,
    all: &'a [Found],
    places: &[Place],
    winner: Option<&'a Winner>,
) -> Summary<'a> {
    let names = |point: &Point| point.choice.iter().map(|&treatment| subject.treatments[treatment].to_string()).collect();
    let entry = |place: &Place| {
        let (found, point) = (&all[place.found], &all[place.found].points[place.point]);
        Entry { options: &found.options, treatments: names(point), point }
    };
    let sensitivity = |own: &'a Vec<Option<Distance>>| {
        let known = subject.treatments.iter().zip(own).filter_map(|(treatment, distance)| Some((treatment.to_string(), distance.as_ref()?)));
        known.collect()
    };
    let names = subject.measure.recoder().layers().iter().map(|layer| &layer.name[..]);
    Summary {
        network: &subject.measure.recoder().graph().name,
        accelerators: all.len(),
        points: places.len(),
        exact: all.iter().all(|found| found.exact),
        clock_mhz: subject.space.clock_mhz(args, &subject.technology),
        technology: &subject.technology.name,
        layers: names.zip(sensitivities).map(|(name, own)| Layer { name, sensitivity: sensitivity(own) }).collect(),
        front: places.iter().take(args.list).map(entry).collect(),
        winner,
        refused: all.iter().filter_map(|found| Some(Refused { options: &found.options, reason: found.refused.as_deref()? })).collect(),
    }
}

fn text(summary: &Summary<'_>, args: &Args) -> String {
    let mut text = format!("{}, {} accelerators, {} of them without a design\n", summary.network, summary.accelerators, summary.refused.len());
    let exact = if summary.exact { "" } else { " (not all: of too many that hardly differ, one was kept)" };
    let _ = writeln!(text, "  {} combinations that nothing beats{exact}", summary.points);
    let proxy = if args.proxy == Proxy::Mse { "relative mse" } else { "kl" };
    let _ = writeln!(text, "\n  {:>10} {:>10} {:>11} {:>12}  treatments, accelerator", "latency", "energy", "storage KiB", proxy);
    for Entry { options, treatments, point } in &summary.front {
        let (latency, energy) = (duration(point.totals.latency_us), energy(point.totals.energy_pj));
        let kib = point.totals.storage_bits as f64 / 8192.0;
        let _ = writeln!(text, "  {latency:>10} {energy:>10} {kib:>11.1} {:>12.3e}  {}  {options}", point.error, treatments.join(","));
    }
    if let Some(winner) = summary.winner {
        text.push_str(&winner.text(&summary.layers.iter().map(|layer| layer.name).collect::<Vec<_>>()));
    }
    text
}
