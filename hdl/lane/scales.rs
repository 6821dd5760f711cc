//! What depends on the image's borders: which output columns find a kernel column inside it, and epilogue parameters chosen by how many operands
//! lie inside.

use crate::accelerator::Accelerator;
use crate::config::Config;
use crate::images::Images;
use crate::shell::epilogue::{Finish, channel_scales};
use crate::shell::nest::Gather;
use fretwork_sim::requantise::{ChannelScales, requantise_rows};
use std::ops::Range;

/// Neighbouring output columns that all find a kernel column in the image, or all do not.
pub struct Run {
    /// The columns.
    pub pixels: Range<usize>,
    /// Whether they find it.
    pub inside: bool,
}

/// Which output columns find kernel column `kx` inside the image.
pub fn runs(gather: &Gather, kx: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for pixel in 0..gather.count(2) {
        let inside = gather.point([kx, 0, pixel, 0, 0, 0, 0]).x < gather.image()[1];
        match runs.last_mut() {
            Some(run) if run.inside == inside => run.pixels.end += 1,
            Some(_) | None => runs.push(Run { pixels: pixel..pixel + 1, inside }),
        }
    }
    runs
}

/// Parameters of the epilogue.
pub enum Scales {
    /// By channel.
    Channel(Finish),
    /// By the number of operands inside the image, for all channel words alike.
    Count {
        /// Kernel columns inside the image, by output column.
        columns: Vec<usize>,
        /// Parameters of every count that occurs.
        scales: Vec<Option<ChannelScales>>,
    },
}

impl Scales {
    /// For a lane step; `None` when the images hold no such parameters.
    pub fn new(config: &Config, accelerator: &Accelerator, images: &Images, columns: &[Vec<Run>]) -> Option<Scales> {
        let gather = Gather::new(config, None);
        let at = |word: usize| {
            let first = (usize::from(config.param_base) + word) * accelerator.lanes;
            channel_scales(config, images.params.get(first..)?.get(..accelerator.lanes)?).ok()
        };
        if !config.by_count {
            return Some(Scales::Channel(Finish::new(config, accelerator, images, gather.count(5))?));
        }
        let inside = |kx: &Vec<Run>, pixel: usize| kx.iter().any(|run| run.inside && run.pixels.contains(&pixel));
        let columns: Vec<usize> = (0..gather.count(2)).map(|pixel| columns.iter().filter(|kx| inside(kx, pixel)).count()).collect();
        let row = |y: usize| (0..gather.count(1)).filter(|&ky| gather.point([0, ky, 0, y, 0, 0, 0]).y < gather.image()[0]).count();
        let mut scales = vec![None; gather.count(0) * gather.count(1) + 1];
        for rows in (0..gather.count(3)).map(row) {
            for &columns in &columns {
                if scales[rows * columns].is_none() {
                    scales[rows * columns] = Some(at(rows * columns)?);
                }
            }
        }
        Some(Scales::Count { columns, scales })
    }

    /// Requantises neighbouring output pixels with `rows` kernel rows inside the image.
    pub fn apply(&self, rows: usize, pixels: Range<usize>, channels: usize, sums: &[i32], out: &mut [i8]) {
        match self {
            Scales::Channel(finish) => finish.apply(sums, channels, out),
            Scales::Count { columns, scales } => {
                let pixels = columns[pixels].iter().zip(sums.chunks_exact(channels)).zip(out.chunks_exact_mut(channels));
                for ((columns, sums), out) in pixels {
                    if let Some(scales) = &scales[rows * columns] {
                        requantise_rows(sums, scales.channels(), scales, out);
                    }
                }
            }
        }
    }
}
