//! Forms of weights on the command line.

use crate::compress::binarise::Scale;
use crate::compress::inq;
use crate::compress::quantise::Form;
use crate::compress::syq::Share;
use crate::driver::error::CommandError;

/// What the weights become.
#[derive(clap::Args, Clone, Debug)]
pub struct FormArgs {
    /// Form of the weights.
    #[arg(long, value_enum, default_value = "uniform")]
    weights: Weights,
    /// Bits of a weight (pq: of a vector): of uniform and lcq 2 to 8, kmeans, slq and pq 1 to 8, apot and pwlq 2 to 6, inq 2 to 5, admm 2 or 3, syq 1 or 2 [default: uniform and pq 8, inq, kmeans and slq 5, admm 2, syq 1, others 4].
    #[arg(long, value_name = "B", value_parser = clap::value_parser!(u32).range(1..=8))]
    weight_bits: Option<u32>,
    /// What shares a scale with syq.
    #[arg(long, value_enum, default_value = "layer")]
    share: ShareOption,
    /// Shares of the weights that are quantised after each step of inq, up to 1; in between the others are re-fitted. 1 alone: all at once.
    #[arg(long, value_name = "S,..", value_delimiter = ',', default_values_t = inq::STEPS)]
    pub(super) inq_steps: Vec<f64>,
    /// Largest code of admm, 1, 2 or 4 [default: 1 with two bits, 4 with three].
    #[arg(long, value_name = "N", value_parser = largest)]
    admm_largest: Option<u32>,
    /// Output channels whose weights are one vector of pq: 2, 4 or 8.
    #[arg(long, value_name = "N", value_parser = outputs, default_value_t = 4)]
    pq_outputs: usize,
    /// Seed of the clusters of pq.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Weights {
    Uniform,
    Binary,
    XnorNet,
    Syq,
    Twn,
    Ttq,
    Inq,
    Apot,
    Admm,
    Pwlq,
    Lcq,
    Kmeans,
    Slq,
    Pq,
}

impl Weights {
    /// Fewest and most bits of a weight, and those that it has when nothing is said.
    fn bits(self) -> (std::ops::RangeInclusive<u32>, u32) {
        match self {
            Weights::Uniform => (2..=8, 8),
            Weights::Binary | Weights::XnorNet => (1..=1, 1),
            Weights::Syq => (1..=2, 1),
            Weights::Twn | Weights::Ttq => (2..=2, 2),
            Weights::Inq => (2..=5, 5),
            Weights::Apot => (2..=6, 4),
            Weights::Admm => (2..=3, 2),
            Weights::Pwlq => (2..=6, 4),
            Weights::Lcq => (2..=8, 4),
            Weights::Kmeans | Weights::Slq => (1..=8, 5),
            Weights::Pq => (1..=8, 8),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ShareOption {
    Layer,
    Row,
    Pixel,
}

impl FormArgs {
    /// Options that do not go together are mistakes.
    ///
    /// # Errors
    /// Such options.
    pub fn check(&self) -> Result<(), CommandError> {
        let (bits, usual) = self.weights.bits();
        let wanted = self.weight_bits.unwrap_or(usual);
        if !bits.contains(&wanted) {
            let name = clap::ValueEnum::to_possible_value(&self.weights).map_or_else(String::new, |value| value.get_name().to_owned());
            let message = format!("parameter 'weight-bits' is {wanted}, must be in {bits:?} for --weights {name}");
            return Err(CommandError::Usage(message));
        }
        let ascending = self.inq_steps.is_sorted_by(|a, b| a < b) && self.inq_steps.iter().all(|step| *step > 0.0);
        let admm = self.weights == Weights::Admm;
        let faults = [
            (self.share != ShareOption::Layer && self.weights != Weights::Syq, "--share is for --weights syq only"),
            (!ascending || self.inq_steps.last() != Some(&1.0), "parameter 'inq-steps' must ascend from above 0 to 1"),
            (self.inq_steps != inq::STEPS && self.weights != Weights::Inq, "--inq-steps is for --weights inq only"),
            (self.admm_largest.is_some() && !admm, "--admm-largest is for --weights admm only"),
            (self.admm_largest.is_some_and(|n| (n == 1) != (wanted == 2)) && admm, "--admm-largest is 1 with two bits, 2 or 4 with --weight-bits 3"),
        ];
        match faults.iter().find(|(found, _)| *found) {
            Some((_, message)) => Err(CommandError::Usage((*message).to_owned())),
            None => Ok(()),
        }
    }

    /// Of layers that nothing else is said of.
    pub fn others(&self) -> Form {
        let share = match self.share {
            ShareOption::Layer => Share::Layer,
            ShareOption::Row => Share::Row,
            ShareOption::Pixel => Share::Pixel,
        };
        let bits = self.weight_bits.unwrap_or(self.weights.bits().1);
        match self.weights {
            Weights::Uniform => Form::Uniform { bits },
            Weights::Binary => Form::Binary(Scale::One),
            Weights::XnorNet => Form::Binary(Scale::Mean),
            Weights::Syq => Form::Syq { bits, share },
            Weights::Twn => Form::Twn,
            Weights::Ttq => Form::Ttq,
            Weights::Inq => Form::Inq { bits },
            Weights::Apot => Form::Apot { bits },
            Weights::Admm => Form::Admm { largest: self.admm_largest.unwrap_or(if bits == 2 { 1 } else { 4 }) },
            Weights::Pwlq => Form::Pwlq { bits },
            Weights::Lcq => Form::Lcq { bits },
            Weights::Kmeans => Form::Kmeans { bits },
            Weights::Slq => Form::Slq { bits },
            Weights::Pq => Form::Pq { bits, outputs: self.pq_outputs, seed: self.seed },
        }
    }

    /// Of layers that are to have one bit.
    pub fn binary(&self) -> Form {
        match self.others() {
            form if form.is_binary() => form,
            _ => Form::Binary(Scale::Mean),
        }
    }

    /// Of the first and the last layer, whose weights are to have so many bits if anything is said.
    ///
    /// # Errors
    /// Bits of the ends alone.
    pub fn ends(&self, bits: Option<u32>) -> Result<Form, CommandError> {
        match (bits, self.weights) {
            (Some(_), Weights::Uniform) if self.weight_bits.is_none() => {
                Err(CommandError::Usage("--end-bits is for fewer bits in between: --weight-bits".to_owned()))
            }
            (Some(bits), _) => Ok(Form::Uniform { bits }),
            (None, Weights::Uniform) => Ok(self.others()),
            (None, _) => Ok(Form::Uniform { bits: 8 }),
        }
    }
}

fn largest(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|largest| [1, 2, 4].contains(largest)).ok_or_else(|| format!("parameter 'admm-largest' is {text}, must be 1, 2 or 4"))
}

fn outputs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|outputs| [2, 4, 8].contains(outputs)).ok_or_else(|| format!("parameter 'pq-outputs' is {text}, must be 2, 4 or 8"))
}
