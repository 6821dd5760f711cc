//! `fretwork serve`: estimates for searches in any language, a JSON object per line.

use super::context::Context;
use super::error::{CommandError, DISAGREEMENT, USAGE};
use super::shape::Shape;
use super::stimulus::{Stimulus, labels};
use super::target::model;
use super::technology;
use fretwork::compress::recode::Treatment;
use fretwork::driver::save::save;
use fretwork::explore::{Budget, Distance, Proxy, Session};
use fretwork::import::compressed::write;
use fretwork_sim::stalls::Stalls;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

const HELP: &str = "\
Requests and answers, one JSON object per line; an answer has its request's \"id\" and either \"result\" or \"error\"
(\"kind\", \"message\"):

  {\"id\": 1, \"do\": \"open\", \"model\": \"net.tflite\", \"options\": \"--rows 8 --cols 8\", \"treatments\": [\"keep\", \"w4\"]}
      also \"technology\", \"clock_mhz\", \"input\" (files), \"labels\" (file), \"inputs\" (number), \"seed\".
      {\"session\": 0, \"layers\": [names], \"refused\": {layer: {treatment: why}}}
  {\"id\": 2, \"do\": \"estimate\", \"session\": 0, \"choice\": [\"keep\", \"w4\"], \"layers\": true}
      one treatment for each layer, or one for all. {\"cycles\", \"latency_us\", \"energy_pj\", \"storage_bits\"}; with
      \"layers\" also the area and every layer and step.
  {\"id\": 3, \"do\": \"estimates\", \"session\": 0, \"choices\": [[..], [..]]}      a list of the same
  {\"id\": 4, \"do\": \"measure\", \"session\": 0, \"choice\": [..]}                 how far the outputs are from the network's
  {\"id\": 5, \"do\": \"sensitivity\", \"session\": 0}                             the same, {layer: {treatment: ..}}
  {\"id\": 6, \"do\": \"front\", \"session\": 0, \"budget\": {\"latency_us\": 500, \"energy_pj\": 1e7, \"storage_bits\": 1e6, \"error\": 0.01}}
  {\"id\": 7, \"do\": \"simulate\", \"session\": 0, \"choice\": [..]}                cycles of the simulator
  {\"id\": 8, \"do\": \"save\", \"session\": 0, \"choice\": [..], \"path\": \"net.safetensors\"}
  {\"id\": 9, \"do\": \"close\", \"session\": 0}

Example:
  echo '{\"do\": \"open\", \"model\": \"lenet5_int8.tflite\", \"treatments\": [\"keep\"]}' | fretwork serve --stdio";

/// Answer requests for estimates on standard input and output until the input ends.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Standard input and output; there is no other way yet, so that it has to be said.
    #[arg(long, required = true)]
    stdio: bool,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    Open(Open),
    Estimate {
        session: usize,
        choice: Vec<String>,
        #[serde(default)]
        layers: bool,
    },
    Estimates {
        session: usize,
        choices: Vec<Vec<String>>,
    },
    Measure {
        session: usize,
        choice: Vec<String>,
    },
    Sensitivity {
        session: usize,
    },
    Front {
        session: usize,
        #[serde(default)]
        budget: Budget,
    },
    Simulate {
        session: usize,
        choice: Vec<String>,
    },
    Save {
        session: usize,
        choice: Vec<String>,
        path: PathBuf,
    },
    Close {
        session: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    model: PathBuf,
    #[serde(default)]
    options: String,
    treatments: Vec<String>,
    #[serde(default = "technology_name")]
    technology: String,
    clock_mhz: Option<f64>,
    #[serde(default)]
    input: Vec<String>,
    labels: Option<String>,
    inputs: Option<u32>,
    #[serde(default)]
    seed: u64,
}

fn technology_name() -> String {
    "45nm".to_owned()
}

/// Open sessions.
#[derive(Default)]
struct Sessions {
    open: BTreeMap<usize, Session>,
    next: usize,
}

/// Longest line that is read, bytes.
const MOST_BYTES: u64 = 1 << 26;

/// Runs the command.
pub fn run(args: &Args, _context: &Context) -> Result<(), CommandError> {
    debug_assert!(args.stdio, "the option is required");
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut sessions = Sessions::default();
    loop {
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut input, MOST_BYTES).read_until(b'\n', &mut line).map_err(CommandError::io("standard input".as_ref()))?;
        if read == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let answer = sessions.line(&line);
        match writeln!(output, "{answer}").and_then(|()| output.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            result => result.map_err(CommandError::Output)?,
        }
    }
}

fn kind(error: &CommandError) -> &'static str {
    match error {
        CommandError::Usage(_) | CommandError::Input(_) => "usage",
        CommandError::Import(_) => "model",
        CommandError::Plan(_) | CommandError::Memory { .. } => "plan",
        CommandError::Internal(_) => "bug",
        other if other.exit_code() == DISAGREEMENT => "disagreement",
        other if other.exit_code() == USAGE => "usage",
        _ => "other",
    }
}

impl Sessions {
    /// The answer to a line.
    fn line(&mut self, line: &[u8]) -> Value {
        let parsed: Result<Value, String> = serde_json::from_slice(line).map_err(|error| error.to_string());
        let mut value = match parsed {
            Ok(value) => value,
            Err(error) => return json!({ "id": null, "error": { "kind": "usage", "message": format!("the line is no JSON: {error}") } }),
        };
        let id = value.as_object_mut().and_then(|object| object.remove("id")).unwrap_or(Value::Null);
        let request = serde_json::from_value::<Request>(value).map_err(|error| CommandError::Usage(format!("the request is none: {error}")));
        match request.and_then(|request| self.answer(request)) {
            Ok(result) => json!({ "id": id, "result": result }),
            Err(error) => json!({ "id": id, "error": { "kind": kind(&error), "message": error.to_string() } }),
        }
    }

    fn session(&self, session: usize) -> Result<&Session, CommandError> {
        self.open.get(&session).ok_or_else(|| CommandError::Usage(format!("there is no session {session}; open one")))
    }

    fn answer(&mut self, request: Request) -> Result<Value, CommandError> {
        match request {
            Request::Open(open) => self.open(&open),
            Request::Estimate { session, choice, layers } => {
                let session = self.session(session)?;
                let choice = session.choice(&choice)?;
                if layers { Ok(json!(session.estimator().estimate(&choice)?)) } else { Ok(json!(session.estimator().totals(&choice)?)) }
            }
            Request::Estimates { session, choices } => {
                let session = self.session(session)?;
                let totals = |choice: &Vec<String>| Ok(json!(session.estimator().totals(&session.choice(choice)?)?));
                choices.iter().map(totals).collect::<Result<Vec<Value>, CommandError>>().map(Value::Array)
            }
            Request::Measure { session, choice } => {
                let session = self.session(session)?;
                Ok(json!(session.measure(&session.choice(&choice)?)?))
            }
            Request::Sensitivity { session } => Ok(json!(by_name(self.session(session)?)?)),
            Request::Front { session, budget } => {
                let session = self.session(session)?;
                let front = session.front(&budget, Proxy::Mse)?;
                let names = |choice: &[usize]| choice.iter().map(|&t| session.estimator().treatments()[t].to_string()).collect::<Vec<_>>();
                let point = |point: &fretwork::explore::Point| json!({ "choice": names(&point.choice), "costs": point.totals, "error": point.error });
                Ok(json!({ "exact": front.exact, "points": front.points.iter().map(point).collect::<Vec<_>>() }))
            }
            Request::Simulate { session, choice } => {
                let session = self.session(session)?;
                let (graph, program) = session.estimator().program(&session.choice(&choice)?)?;
                let cycles = fretwork::board::cycles(&graph, &program);
                Ok(json!({ "cycles": cycles.ok_or_else(|| CommandError::Internal("the step table does not decode".to_owned()))? }))
            }
            Request::Save { session, choice, path } => {
                let session = self.session(session)?;
                let bytes = write(&session.estimator().network(&session.choice(&choice)?)?)?.bytes;
                save(&path, &bytes)?;
                Ok(json!({ "bytes": bytes.len() }))
            }
            Request::Close { session } => {
                self.session(session)?;
                self.open.remove(&session);
                Ok(json!({}))
            }
        }
    }

    fn open(&mut self, open: &Open) -> Result<Value, CommandError> {
        let (graph, _) = model(&open.model)?;
        let stimulus = Stimulus { inputs: open.inputs, input: open.input.clone(), seed: open.seed, stalls: Stalls::NONE.probability };
        let inferences = stimulus.inferences(&graph, 16)?;
        let labels = open.labels.as_ref().map(|file| labels(file, &graph, inferences.len())).transpose()?;
        let treatments = open.treatments.iter().map(|text| text.parse()).collect::<Result<Vec<Treatment>, String>>().map_err(CommandError::Usage)?;
        let technology = technology::load(&open.technology)?;
        let clock_mhz = open.clock_mhz.unwrap_or(technology.clock_mhz);
        let request = Shape::parse(&open.options)?.request()?;
        let session = Session::new(&graph, &request, &treatments, &technology, clock_mhz, inferences, labels)?;
        let estimator = session.estimator();
        let mut refused: BTreeMap<&str, BTreeMap<String, &str>> = BTreeMap::new();
        for (layer, name) in estimator.layers().enumerate() {
            for (index, treatment) in treatments.iter().enumerate() {
                if let Some(why) = estimator.refusal(layer, index) {
                    refused.entry(name).or_default().insert(treatment.to_string(), why);
                }
            }
        }
        let number = self.next;
        let answer = json!({ "session": number, "layers": estimator.layers().collect::<Vec<_>>(), "refused": refused });
        self.open.insert(number, session);
        self.next += 1;
        Ok(answer)
    }
}

/// Sensitivities by layer and treatment.
fn by_name(session: &Session) -> Result<BTreeMap<String, BTreeMap<String, Distance>>, CommandError> {
    let estimator = session.estimator();
    let treatments = || estimator.treatments().iter().map(ToString::to_string);
    let layers = estimator.layers().map(str::to_owned);
    let known = |own: Vec<Option<Distance>>| treatments().zip(own).filter_map(|(treatment, distance)| Some((treatment, distance?))).collect();
    Ok(layers.zip(session.sensitivity()?.into_iter().map(known)).collect())
}
