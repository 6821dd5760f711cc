//! The weights of the systolic array on the command line.

use super::memory::Memory;
use crate::plan::{CodebookRequest, Pace, StreamRequest};
use fretwork_hdl::memory::Flash;

/// How the array's weights are stored and multiplied.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Weights of the systolic array (for a model)")]
pub struct Stream {
    /// Bits of a weight in memory and multiplier, 2 to 8, or `auto`: as many as the widest weight of the layers on the array [default: 8].
    #[arg(long, value_name = "B", value_parser = weight_bits)]
    weight_bits: Option<Bits>,
    /// Two columns share a multiplier of 8 by 2 B + 8 bits; one DSP block has that for weights of up to 5 bits (18 x 18) or 8 (25 x 18).
    #[arg(long)]
    paired_products: bool,
    /// Weight memory of codes into tables of weights: `off`, `auto` (where every layer on the array has few enough distinct weights and less memory is
    /// needed), or bits of a code, 1 to 8 [default: off].
    #[arg(long, value_name = "B", value_parser = codebook)]
    codebook: Option<CodebookRequest>,
    /// Adjacent output channels whose weights a code stands for: 1, 2, 4 or 8, at most the columns [default: 1].
    #[arg(long, value_name = "D", requires = "codebook", value_parser = group)]
    codebook_group: Option<usize>,
    /// Weights come from outside the chip at so many bytes per cycle: a word every so many cycles as that takes, rounded up [default: a word per cycle].
    #[arg(long, value_name = "BYTES_PER_CYCLE", value_parser = bandwidth)]
    weight_bandwidth: Option<f64>,
    #[command(flatten)]
    memory: Memory,
}

/// A number of bits, or as many as needed.
#[derive(Clone, Copy, Debug)]
enum Bits {
    Needed,
    Exactly(usize),
}

impl Stream {
    /// The name of an option that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--weight-bits", self.weight_bits.is_some()),
            ("--paired-products", self.paired_products),
            ("--codebook", self.codebook.is_some()),
            ("--weight-bandwidth", self.weight_bandwidth.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(name, _)| name).or_else(|| self.memory.given())
    }

    /// The same where what was not asked of a flash is as in `plain`.
    pub fn with_flash(&self, plain: &Flash) -> Stream {
        Stream { memory: self.memory.with_flash(plain), ..self.clone() }
    }

    /// What is asked of the planner.
    ///
    /// # Errors
    /// Options that exclude each other.
    pub fn request(&self) -> Result<StreamRequest, String> {
        let plain = StreamRequest::default();
        let weight_bits = match self.weight_bits {
            None => plain.weight_bits,
            Some(Bits::Needed) => None,
            Some(Bits::Exactly(bits)) => Some(bits),
        };
        let codebook = self.codebook.unwrap_or(plain.codebook);
        let pace = self.weight_bandwidth.map_or(plain.pace, Pace::BytesPerCycle);
        let source = self.memory.source()?;
        if self.weight_bandwidth.is_some() && source.axi().is_some() {
            return Err("--weight-bandwidth stands for a memory outside; with --weights axi the bus and --memory-latency say how fast it is".into());
        }
        let group = self.codebook_group.unwrap_or(plain.group);
        Ok(StreamRequest { weight_bits, paired: self.paired_products, codebook, group, pace, source })
    }
}

fn weight_bits(text: &str) -> Result<Bits, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Bits::Needed),
        Ok(bits @ 2..=8) => Ok(Bits::Exactly(bits)),
        _ => Err(format!("parameter 'weight-bits' is {text}, must be in 2..=8, or auto")),
    }
}

fn codebook(text: &str) -> Result<CodebookRequest, String> {
    match text.parse() {
        _ if text == "off" => Ok(CodebookRequest::Off),
        _ if text == "auto" => Ok(CodebookRequest::Auto),
        Ok(bits @ 1..=8) => Ok(CodebookRequest::Bits(bits)),
        _ => Err(format!("parameter 'codebook' is {text}, must be in 1..=8, off or auto")),
    }
}

fn group(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(group @ (1 | 2 | 4 | 8)) => Ok(group),
        _ => Err(format!("parameter 'codebook-group' is {text}, must be 1, 2, 4 or 8")),
    }
}

fn bandwidth(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(bytes) if bytes > 0.0 && f64::is_finite(bytes) => Ok(bytes),
        _ => Err(format!("parameter 'weight-bandwidth' is {text}, must be a number of bytes per cycle above 0")),
    }
}
