use thiserror::Error;

/// Input data that does not fit the network.
#[derive(Debug, Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file as it was given.
        file: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no array file, or a damaged one.
    #[error("{file}: {reason}")]
    Format {
        /// The file as it was given.
        file: String,
        /// What is wrong and what would fit.
        reason: String,
    },
    /// The array's element type does not fit.
    #[error("{file}: the array's type is '{found}', must be {fits}")]
    Type {
        /// The file as it was given.
        file: String,
        /// NumPy's name of the type.
        found: String,
        /// What would fit.
        fits: &'static str,
    },
    /// The array's shape does not fit the network's input.
    #[error("{file}: the array's shape is {found:?}, input '{name}' is {shape:?}; it must be {}", alternatives(fits))]
    Shape {
        /// The file as it was given.
        file: String,
        /// The array's shape.
        found: Vec<usize>,
        /// The network's input.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Shapes without the batch that would fit.
        fits: Vec<Vec<usize>>,
    },
    /// An element that the input does not take.
    #[error("{file}: element {element} is {value}, which is none of the input's values ({}..={})", range[0], range[1])]
    Level {
        /// File.
        file: String,
        /// Its index.
        element: usize,
        /// Its value.
        value: i8,
        /// What the input takes.
        range: [i16; 2],
    },
    /// A float is no number.
    #[error("{file}: element {element} is not a number")]
    NotANumber {
        /// The file as it was given.
        file: String,
        /// Its position.
        element: usize,
    },
    /// The array is empty.
    #[error("{file}: the array holds no inference, at least 1 is required")]
    NoInference {
        /// The file as it was given.
        file: String,
    },
    /// Not one array per input.
    #[error("{given} input files were given, the network takes {needed} ({names}); give one --input for each, in this order")]
    Arrays {
        /// Files given.
        given: usize,
        /// Inputs of the network.
        needed: usize,
        /// Their names.
        names: String,
    },
    /// Two inputs' arrays differ in length.
    #[error("{file}: the array holds {found} inferences, the first input's holds {expected}; they must be equal")]
    Counts {
        /// The file as it was given.
        file: String,
        /// Inferences in it.
        found: usize,
        /// Inferences in the first.
        expected: usize,
    },
    /// Labels are a list.
    #[error("{file}: the array's shape is {found:?}, labels must be one integer per inference: [N]")]
    LabelShape {
        /// The file as it was given.
        file: String,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// Fewer labels than inferences.
    #[error("{file}: the array holds {found} labels, must be at least one for each of the {inferences} inferences")]
    LabelCount {
        /// The file as it was given.
        file: String,
        /// Labels in it.
        found: usize,
        /// Inferences to be labelled.
        inferences: usize,
    },
    /// A label that is no class.
    #[error("{file}: label {index} is {label}, must be in 0..{classes}")]
    Label {
        /// The file as it was given.
        file: String,
        /// Its position.
        index: usize,
        /// The label.
        label: i64,
        /// Classes that the network tells apart.
        classes: usize,
    },
}

fn alternatives(fits: &[Vec<usize>]) -> String {
    fits.iter().map(|inner| format!("[N, {}] or {inner:?}", list(inner))).collect::<Vec<_>>().join(", or channels last ")
}

fn list(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}
