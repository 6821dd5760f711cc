//! The rows: which command lines make which form of network, and which cores execute it.

use fretwork::compress::layers::Layer;
use fretwork_hdl::shift::codes::{distinct, signed_digits};

/// Inputs to calibrate with.
pub const INPUTS: &[u8] = include_bytes!("networks/inputs.npy");

/// A small float network; made by `tests/onnx/methods.py`.
#[derive(Clone, Copy)]
pub enum Network {
    /// Two convolutions with batch normalisation, two fully connected layers.
    Plain,
}

impl Network {
    /// The ONNX file.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Network::Plain => include_bytes!("networks/plain.onnx"),
        }
    }
}

/// What a row says of the weights of all layers but the first and the last.
pub enum Weights {
    /// Nothing.
    Any,
    /// At least this share of all is zero.
    Zeros(f64),
    /// -1 and 1.
    Signs,
    /// Two values of either sign, and 0.
    Ternary,
    /// Sums of at most so many powers of two.
    Terms(usize),
    /// At most so many values beside 0 in a layer.
    Distinct(usize),
}

impl Weights {
    /// Whether the layers' weights are so; else what is not.
    pub fn hold(&self, layers: &[Layer]) -> Result<(), String> {
        let all = || layers.iter().flat_map(|layer| layer.weights.iter().copied());
        let each = |holds: &dyn Fn(&Layer) -> bool| match layers.iter().find(|layer| !holds(layer)) {
            Some(layer) => Err(format!("the weights of {:?} are not of this form", layer.name)),
            None => Ok(()),
        };
        match self {
            Weights::Any => Ok(()),
            Weights::Zeros(share) => {
                let zeros = all().filter(|weight| *weight == 0).count() as f64 / all().count().max(1) as f64;
                if zeros >= *share { Ok(()) } else { Err(format!("{:.0} % of the weights are zero", zeros * 100.0)) }
            }
            Weights::Signs => each(&|layer| layer.weights.iter().all(|weight| weight.abs() == 1)),
            Weights::Ternary => each(&|layer| {
                let values = distinct(&layer.weights);
                values.iter().filter(|value| **value > 0).count() <= 1 && values.iter().filter(|value| **value < 0).count() <= 1
            }),
            Weights::Terms(terms) => each(&|layer| layer.weights.iter().all(|weight| signed_digits(*weight).len() <= *terms)),
            Weights::Distinct(most) => each(&|layer| distinct(&layer.weights).len() <= *most),
        }
    }
}

/// A method, or several that end in the same.
pub struct Row {
    /// F1 to F24.
    pub form: &'static str,
    /// The form in words.
    pub sees: &'static str,
    /// Methods and their sources.
    pub methods: &'static str,
    /// What is compressed.
    pub network: Network,
    /// Command lines, without files.
    pub passes: &'static [&'static str],
    /// Options of the accelerator.
    pub shape: &'static str,
    /// Cores that execute some step.
    pub cores: &'static [&'static str],
    /// What is true of the weights.
    pub weights: Weights,
    /// Test suite that goes deeper.
    pub test: &'static str,
}

/// Forms without a row, and why.
pub const UNMAPPED: [(&str, &str, &str); 4] = [
    ("F3", "pruning at run time", "the sequencer has no gate yet"),
    ("F4", "sparse in the frequency domain", "no pass and no transform yet"),
    ("F23", "recurrent", "matrix-vector products run (the LSTM's of `fretwork bench eie-table`), gates and state do not"),
    ("F24", "graph networks", "no importer reads them"),
];

/// Every method that is mapped.
pub const ROWS: &[Row] = &[
    Row {
        form: "F1",
        sees: "zeros anywhere",
        methods: "magnitude pruning (Han 2015)",
        network: Network::Plain,
        passes: &["quantise", "compress --method prune --density 0.2"],
        shape: "--rows 8 --cols 8 --pes 4 --code-bits 0 --core eie",
        cores: &["eie"],
        weights: Weights::Zeros(0.6),
        test: "tests/cases/eie",
    },
    Row {
        form: "F1",
        sees: "zeros anywhere",
        methods: "optimal brain damage (LeCun 1990)",
        network: Network::Plain,
        passes: &["quantise", "compress --method obd --density 0.2"],
        shape: "--rows 8 --cols 8 --pes 4 --code-bits 0 --core eie",
        cores: &["eie"],
        weights: Weights::Zeros(0.6),
        test: "tests/cases/eie",
    },
    Row {
        form: "F1",
        sees: "zeros anywhere",
        methods: "optimal brain surgeon, layer by layer (Hassibi 1993, Dong 2017)",
        network: Network::Plain,
        passes: &["quantise", "compress --method obs --density 0.2"],
        shape: "--rows 8 --cols 8 --pes 4 --code-bits 0 --core eie",
        cores: &["eie"],
        weights: Weights::Zeros(0.6),
        test: "tests/cases/eie",
    },
    Row {
        form: "F5",
        sees: "binary weights",
        methods: "BinaryConnect (Courbariaux 2015)",
        network: Network::Plain,
        passes: &["quantise --weights binary --activation-bits 4"],
        shape: "--rows 8 --cols 8 --xnor-cols 8 --xnor-simd 32 --core xnor",
        cores: &["xnor"],
        weights: Weights::Signs,
        test: "tests/cases/xnor",
    },
    Row {
        form: "F5",
        sees: "binary weights",
        methods: "XNOR-Net's weights (Rastegari 2016)",
        network: Network::Plain,
        passes: &["quantise --weights xnor-net --correct-bias"],
        shape: "--rows 8 --cols 8 --xnor-cols 8 --xnor-simd 32 --core xnor",
        cores: &["xnor"],
        weights: Weights::Signs,
        test: "tests/cases/xnor",
    },
    Row {
        form: "F5",
        sees: "binary weights and activations",
        methods: "BNN, XNOR-Net (Hubara 2016, Rastegari 2016)",
        network: Network::Plain,
        passes: &["quantise --weights xnor-net --activation-bits 1"],
        shape: "--rows 8 --cols 8 --xnor-cols 8 --xnor-simd 32 --core xnor",
        cores: &["xnor"],
        weights: Weights::Signs,
        test: "tests/cases/xnor",
    },
    Row {
        form: "F5",
        sees: "binary weights",
        methods: "SYQ, 1 bit (Faraone 2018)",
        network: Network::Plain,
        passes: &["quantise --weights syq"],
        shape: "--rows 8 --cols 8 --xnor-cols 8 --xnor-simd 32 --core xnor",
        cores: &["xnor"],
        weights: Weights::Signs,
        test: "tests/cases/xnor",
    },
    Row {
        form: "F6",
        sees: "weights -a, 0, a",
        methods: "TWN (Li 2016)",
        network: Network::Plain,
        passes: &["quantise --weights twn"],
        shape: "--rows 8 --cols 8 --shift-cols 8 --shift-simd 8 --shift-terms 1 --core shift",
        cores: &["shift"],
        weights: Weights::Ternary,
        test: "tests/cases/shift",
    },
    Row {
        form: "F6",
        sees: "weights -a, 0, b",
        methods: "TTQ (Zhu 2017)",
        network: Network::Plain,
        passes: &["quantise --weights ttq"],
        shape: "--rows 8 --cols 8 --shift-cols 8 --shift-simd 8 --shift-terms 4 --core shift",
        cores: &["shift"],
        weights: Weights::Ternary,
        test: "tests/cases/shift",
    },
    Row {
        form: "F6",
        sees: "weights -a, 0, a",
        methods: "SYQ, 2 bits (Faraone 2018)",
        network: Network::Plain,
        passes: &["quantise --weights syq --weight-bits 2"],
        shape: "--rows 8 --cols 8 --shift-cols 8 --shift-simd 8 --shift-terms 1 --core shift",
        cores: &["shift"],
        weights: Weights::Ternary,
        test: "tests/cases/shift",
    },
    Row {
        form: "F7",
        sees: "weights powers of two",
        methods: "INQ (Zhou 2017)",
        network: Network::Plain,
        passes: &["quantise --weights inq --weight-bits 5"],
        shape: "--rows 8 --cols 8 --shift-cols 8 --shift-simd 8 --shift-terms 1 --core shift",
        cores: &["shift"],
        weights: Weights::Terms(1),
        test: "tests/cases/shift",
    },
    Row {
        form: "F8",
        sees: "weights sums of powers of two",
        methods: "APoT (Li 2020)",
        network: Network::Plain,
        passes: &["quantise --weights apot --weight-bits 4"],
        shape: "--rows 8 --cols 8 --shift-cols 8 --shift-simd 8 --shift-terms 2 --core shift",
        cores: &["shift"],
        weights: Weights::Terms(2),
        test: "tests/cases/shift",
    },
    Row {
        form: "F9",
        sees: "few shared weights",
        methods: "k-means (Gong 2014, Han 2016)",
        network: Network::Plain,
        passes: &["quantise", "compress --method kmeans --bits 4"],
        shape: "--rows 8 --cols 8 --pes 4 --core eie",
        cores: &["eie"],
        weights: Weights::Distinct(15),
        test: "tests/cases/eie",
    },
    Row {
        form: "F11",
        sees: "8-bit integers",
        methods: "8-bit quantisation (Vanhoucke 2011, Krishnamoorthi 2018)",
        network: Network::Plain,
        passes: &["quantise"],
        shape: "--rows 8 --cols 8",
        cores: &["systolic"],
        weights: Weights::Any,
        test: "tests/cases/systolic",
    },
    Row {
        form: "F11",
        sees: "8-bit integers",
        methods: "without data: ranges from batch normalisation (Nagel 2019)",
        network: Network::Plain,
        passes: &["quantise --ranges batch-norm --input-range 0,1 --correct-bias"],
        shape: "--rows 8 --cols 8",
        cores: &["systolic"],
        weights: Weights::Any,
        test: "tests/cases/systolic",
    },
    Row {
        form: "F15",
        sees: "entropy-coded storage",
        methods: "Huffman coding (Han 2016)",
        network: Network::Plain,
        passes: &["quantise --weight-bits 4", "compress --method huffman"],
        shape: "--rows 8 --cols 8 --pes 4 --core eie",
        cores: &["eie"],
        weights: Weights::Distinct(15),
        test: "tests/cases/eie",
    },
    Row {
        form: "F16",
        sees: "sparse, shared and Huffman coded",
        methods: "Deep Compression on EIE (Han 2016)",
        network: Network::Plain,
        passes: &["quantise", "compress --method deep-compression --density 0.2 --bits 4"],
        shape: "--rows 8 --cols 8 --pes 4 --core eie",
        cores: &["eie"],
        weights: Weights::Zeros(0.6),
        test: "tests/cases/eie",
    },
];
