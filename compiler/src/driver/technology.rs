//! Options that say in which technology energy is counted.

use super::error::CommandError;
use fretwork_sim::energy::{Technology, TechnologyError};
use std::path::Path;

/// Technology and clock.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Energy")]
pub struct TechnologyArgs {
    /// Energy figures: ecp5, ice40up5k, 45nm, sg13g2, or a TOML file of the same form.
    #[arg(long, value_name = "NAME|FILE", default_value = "45nm")]
    pub technology: String,
    /// Clock in MHz [default: the technology's].
    #[arg(long, value_name = "F")]
    pub clock_mhz: Option<f64>,
    /// Weigh products, sums and gates by the toggles of the activations that a step reads; without it, operands count as random.
    #[arg(long)]
    pub toggles: bool,
}

impl TechnologyArgs {
    /// The technology and the clock in MHz.
    pub fn load(&self) -> Result<(Technology, f64), CommandError> {
        let technology = load(&self.technology)?;
        let clock_mhz = self.clock_mhz.unwrap_or(technology.clock_mhz);
        if !(clock_mhz > 0.0 && clock_mhz <= 1e5) {
            return Err(CommandError::Usage(format!("--clock-mhz is {clock_mhz}; it must be above 0 and at most 100000")));
        }
        Ok((technology, clock_mhz))
    }
}

/// A technology by name or from a file.
pub fn load(name: &str) -> Result<Technology, CommandError> {
    let refused = |error: TechnologyError| CommandError::Usage(format!("technology '{name}': {error}"));
    if let Some(known) = Technology::named(name) {
        return known.map_err(refused);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let known = Technology::names().collect::<Vec<_>>().join(", ");
        return Err(CommandError::Usage(format!("there is no technology '{name}'; known are {known}, or a TOML file")));
    }
    let text = std::fs::read_to_string(path).map_err(CommandError::io(path))?;
    Technology::from_toml(&text).map_err(refused)
}
