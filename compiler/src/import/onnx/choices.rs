//! Quantisation that the file does not hold: a pass has chosen it.

use std::collections::HashMap;
use std::rc::Rc;

use super::constant::Constant;
use super::quantiser::Quantiser;

/// Quantisers by the names of the values that they stand behind, and constants in place of the file's.
#[derive(Default)]
pub struct Choices {
    /// Quantisers of inputs and of computed values.
    pub quantisers: HashMap<String, Quantiser>,
    /// Constants by name.
    pub constants: HashMap<String, Rc<Constant>>,
}
