//! What the systolic core's weights are stored as: as asked for, or as the layers on the core allow.

use fretwork_hdl::memory::Source;
use fretwork_hdl::systolic::{Codebook, MAX_CODE_BITS, WeightStream, vectors, weight_bits, weights_in_order};
use fretwork_hdl::{Accelerator, Conv, Step, Work};

/// What is asked of the weight stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRequest {
    /// Bits of a weight; when not given, as many as the layers on the array need.
    pub weight_bits: Option<usize>,
    /// Two columns share a multiplier.
    pub paired: bool,
    /// Whether the weight memory holds codes.
    pub codebook: CodebookRequest,
    /// Adjacent columns that a code stands for: 1, 2, 4 or 8.
    pub group: usize,
    /// How fast weights come.
    pub pace: Pace,
    /// Where weights come from.
    pub source: Source,
}

/// How fast weights come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// A word every so many cycles; every cycle from a memory on the chip.
    Cycles(usize),
    /// So many bytes per cycle, from a memory outside the chip.
    BytesPerCycle(f64),
}

impl Pace {
    /// Cycles from one word of so many bytes to the next.
    fn interval(self, word_bytes: usize) -> usize {
        match self {
            Pace::Cycles(cycles) => cycles,
            Pace::BytesPerCycle(bytes) => (word_bytes as f64 / bytes).ceil().max(1.0) as usize,
        }
    }
}

/// When the weight memory holds codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodebookRequest {
    /// Never.
    Off,
    /// When every layer on the array has so few distinct weights that less memory is needed.
    Auto,
    /// Always, with codes of so many bits.
    Bits(usize),
}

impl Default for StreamRequest {
    fn default() -> StreamRequest {
        StreamRequest::exactly(&WeightStream::PLAIN)
    }
}

impl StreamRequest {
    /// The request that leads to this stream.
    pub fn exactly(stream: &WeightStream) -> StreamRequest {
        let (codebook, group) = stream.codebook.map_or((CodebookRequest::Off, 1), |book| (CodebookRequest::Bits(book.code_bits), book.group));
        let pace = Pace::Cycles(stream.interval);
        StreamRequest { weight_bits: Some(stream.weight_bits), paired: stream.paired, codebook, group, pace, source: stream.source }
    }

    /// Whether the interval depends on what the layers on the array need, while the choice of these depends on the interval.
    pub(super) fn is_open(&self) -> bool {
        let paced = matches!(self.pace, Pace::BytesPerCycle(_));
        paced && (self.weight_bits.is_none() || self.codebook == CodebookRequest::Auto)
    }

    /// The stream that holds most of what may come of it: what layers are sent to the array for.
    pub(super) fn widest(&self, cols: usize) -> WeightStream {
        let codebook = match self.codebook {
            CodebookRequest::Off | CodebookRequest::Auto => None,
            CodebookRequest::Bits(bits) => Some(Codebook::new(bits, self.group)),
        };
        let weight_bits = self.weight_bits.unwrap_or(WeightStream::PLAIN.weight_bits);
        let stream = WeightStream { weight_bits, paired: self.paired, codebook, interval: 1, source: self.source };
        WeightStream { interval: self.pace.interval(stream.word_bytes(cols)), ..stream }
    }

    /// The stream for the steps on the array.
    pub(super) fn stream(&self, steps: &[Step], accelerator: &Accelerator) -> WeightStream {
        let convs: Vec<&Conv> = steps.iter().filter_map(|step| if let Work::Conv(conv) = &step.work { Some(conv) } else { None }).collect();
        let mut stream = self.widest(accelerator.cols);
        if self.weight_bits.is_none() {
            stream.weight_bits = convs.iter().map(|conv| weight_bits(&conv.weights)).max().unwrap_or(stream.weight_bits);
        }
        if self.codebook == CodebookRequest::Auto {
            stream.codebook = self.smaller(&stream, &convs, accelerator);
        }
        WeightStream { interval: self.pace.interval(stream.word_bytes(accelerator.cols)), ..stream }
    }

    /// A codebook of the shortest codes that stand for the weights of every layer, when it takes less memory than the weights themselves.
    fn smaller(&self, plain: &WeightStream, convs: &[&Conv], accelerator: &Accelerator) -> Option<Codebook> {
        let (mut words, mut most) = (0, 0);
        for conv in convs {
            let weights = weights_in_order(conv, accelerator);
            most = most.max(vectors(&weights, self.group)?.len());
            words += weights.len() / accelerator.cols;
        }
        let code_bits = (1..=MAX_CODE_BITS).find(|bits| 1 << bits >= most)?;
        let codebook = Codebook { tables: convs.len().max(1), ..Codebook::new(code_bits, self.group) };
        let memory = |stream: &WeightStream| stream.memory_bytes(words, accelerator.cols);
        let coded = WeightStream { codebook: Some(codebook), ..*plain };
        (codebook.validate(accelerator.cols).is_ok() && memory(&coded) < memory(plain)).then_some(codebook)
    }
}
