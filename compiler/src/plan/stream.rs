//! What the systolic core's weights are stored as: as asked for, or as narrow as the layers on the core allow.

use fretwork_hdl::systolic::{WeightStream, weight_bits};
use fretwork_hdl::{Step, Work};

/// What is asked of the weight stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRequest {
    /// Bits of a weight; when not given, as many as the layers on the array need.
    pub weight_bits: Option<usize>,
    /// Two columns share a multiplier.
    pub paired: bool,
}

impl Default for StreamRequest {
    fn default() -> StreamRequest {
        StreamRequest::exactly(&WeightStream::PLAIN)
    }
}

impl StreamRequest {
    /// The request that leads to this stream.
    pub fn exactly(stream: &WeightStream) -> StreamRequest {
        StreamRequest { weight_bits: Some(stream.weight_bits), paired: stream.paired }
    }

    /// The widest stream that may come of it: what layers are sent to the array for.
    pub(super) fn widest(&self) -> WeightStream {
        WeightStream { weight_bits: self.weight_bits.unwrap_or(WeightStream::PLAIN.weight_bits), paired: self.paired }
    }

    /// The stream for the steps on the array.
    pub(super) fn stream(&self, steps: &[Step]) -> WeightStream {
        let convs = steps.iter().filter_map(|step| if let Work::Conv(conv) = &step.work { Some(conv) } else { None });
        let needed = convs.map(|conv| weight_bits(&conv.weights)).max();
        WeightStream { weight_bits: self.weight_bits.or(needed).unwrap_or(WeightStream::PLAIN.weight_bits), ..self.widest() }
    }
}
