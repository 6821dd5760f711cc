//! `fretwork compare`: compressed variants of a network side by side.

mod variant;

use super::context::Context;
use super::error::CommandError;
use super::shape::Shape;
use fretwork::compare::{Manifest, Row};
use fretwork::driver::comparison::{CompareArgs, table};
use fretwork::driver::save::save;
use fretwork::inputs;
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use variant::Data;

const EXAMPLES: &str = "\
Examples:
  fretwork compare examples/lenet5_variants/compare.toml
  fretwork compare examples/lenet5_variants/compare.toml --input digits.npy --labels labels.npy --cosim
  fretwork compare int8.safetensors ternary.safetensors --rows 8 --cols 8 --shift-cols 16
  fretwork compare examples/lenet5_variants/compare.toml --technology ecp5 --html lenet5.html

A comparison in TOML names its variants, with paths relative to its own folder:

  title = \"LeNet-5 on MNIST\"
  input = \"digits.npy\"                  # may be left out, as labels
  labels = \"labels.npy\"

  [[variant]]
  name = \"INQ, 5 bits\"
  method = \"Zhou 2017\"                  # may be left out, as all that follows
  model = \"inq5.safetensors\"
  options = \"--rows 8 --cols 8 --shift-cols 16\"
  float = false                         # true: a float network, for accuracy and storage only
  parameters = 61706                    # before compression, when not the first variant's
  input_scale = 1.0                     # factor of the inputs

The first variant's storage is what the others are a ratio of; where `parameters` is given, four bytes each.";

/// Compare accuracy, storage, cycles, energy and area of compressed variants.
///
/// Each variant is planned, simulated with every input and compared with the reference kernels; with --cosim
/// its Verilog runs too. Exit code 3 when anything differs.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A comparison (.toml), or model files, which all get the accelerator of the options.
    #[arg(value_name = "COMPARISON|MODEL", required = true)]
    targets: Vec<PathBuf>,
    /// Inputs of all variants, FILE.npy or FILE.npz[:KEY]: each takes them in its own shape [default: the comparison's, else 1 random].
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
    /// Number of inferences: the first of the file's [default: all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    inputs: Option<u32>,
    /// Classes of the inputs [default: the comparison's].
    #[arg(long, value_name = "FILE", requires = "input")]
    labels: Option<String>,
    /// Run every variant's Verilog as well.
    #[arg(long)]
    cosim: bool,
    /// Print a table in Markdown.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print JSON; the keys are described in the documentation of `fretwork::compare`.
    #[arg(long)]
    json: bool,
    /// Also write a page for browsers and paper, in one file that needs no network: the table, plots of two quantities at a time, and what bounds
    /// each variant.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    figures: CompareArgs,
    #[command(flatten)]
    shape: Shape,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Result<(), CommandError> {
    let manifest = manifest(args)?;
    let (technology, clock_mhz) = args.figures.technology.load()?;
    let data = data(args, &manifest)?;
    let options = args.figures.options(&technology, clock_mhz);
    let (progress, done) = (context.progress("comparing", Some(manifest.variants.len() as u64)), AtomicU64::new(0));
    let row = |variant| {
        let row = variant::row(variant, args, &data, &options);
        progress.at(done.fetch_add(1, Ordering::Relaxed) + 1);
        row
    };
    let rows = manifest.variants.par_iter().map(row).collect::<Result<Vec<Row>, CommandError>>()?;
    drop(progress);
    let (comparison, disagreement) = table(manifest.title, data.count(), rows, &options);
    if let Some(path) = &args.html {
        save(path, comparison.page().as_bytes())?;
    }
    if args.json {
        context.print_json(&comparison)?;
    } else {
        context.print(&if args.markdown { comparison.markdown() } else { comparison.text() })?;
    }
    disagreement.map_or(Ok(()), |first| Err(CommandError::Disagreement(Box::new(first))))
}

/// The comparison file, or the models in its place.
fn manifest(args: &Args) -> Result<Manifest, CommandError> {
    let toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    match &args.targets[..] {
        [path] if toml(path) => {
            if let Some(option) = args.shape.given() {
                return Err(CommandError::Usage(format!("{option} is for model files; '{}' gives every variant its own options", path.display())));
            }
            let text = fs::read_to_string(path).map_err(CommandError::io(path))?;
            let folder = path.parent().unwrap_or(Path::new(""));
            Manifest::from_toml(&text, folder).map_err(|reason| CommandError::Usage(format!("{}: {reason}", path.display())))
        }
        models if models.iter().any(toml) => Err(CommandError::Usage("give one comparison (.toml), or model files".to_owned())),
        models => Ok(Manifest::of_models(models)),
    }
}

/// Inputs and labels that were given, or those that the comparison names.
fn data(args: &Args, manifest: &Manifest) -> Result<Data, CommandError> {
    let named = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let (input, labels) = match &args.input {
        Some(input) => (Some(input.clone()), args.labels.clone()),
        None => (named(&manifest.input), named(&manifest.labels)),
    };
    let load = |file: String| -> Result<(String, inputs::Array), CommandError> { Ok((file.clone(), inputs::load(&file)?)) };
    Data::new(input.map(load).transpose()?, labels.map(load).transpose()?, args.inputs.map(|count| count as usize))
}
