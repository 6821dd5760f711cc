//! The sparse engine, the binary core and the shift core on the command line.

use crate::plan::CoreChoice;
use fretwork_hdl::eie::Eie;
use fretwork_hdl::shift::ShiftCore;
use fretwork_hdl::xnor::XnorCore;

/// Options of the sparse engine; without `--pes` there is none.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Sparse engine (for a model)")]
pub struct Engine {
    /// Who executes convolutions and matrix products [default: auto].
    #[arg(long, value_enum)]
    pub core: Option<CoreChoice>,
    /// Processing elements of a sparse engine beside the array, 1 to 256: a divisor or a multiple of the lanes [default: no engine].
    #[arg(long, value_name = "N")]
    pes: Option<usize>,
    /// Activations in an element's queue, 1 to 64 [default: 8].
    #[arg(long, value_name = "N", requires = "pes")]
    queue_depth: Option<usize>,
    /// Bits of a zero run, 2 to 8 [default: 4].
    #[arg(long, value_name = "B", requires = "pes")]
    index_bits: Option<usize>,
    /// Bits of a weight code, 2 to 8, or 0 for plain int8 weights without a codebook [default: 4].
    #[arg(long, value_name = "B", requires = "pes")]
    codebook_bits: Option<usize>,
    /// Accumulators per element, 2 to 4096 [default: 64].
    #[arg(long, value_name = "N", requires = "pes")]
    registers: Option<usize>,
    /// Source registers per element: a vector is loaded and processed in batches that fill them [default: 0, words are processed as they come].
    #[arg(long, value_name = "N", requires = "pes")]
    source_registers: Option<usize>,
    /// Columns of a binary core beside the array, 1 to 256: a divisor or a multiple of the lanes [default: no binary core].
    #[arg(long, value_name = "N", help_heading = "Binary core (for a model)")]
    xnor_cols: Option<usize>,
    /// XNOR gates per column: a power of two, 8 to eight times the lanes [default: eight times the lanes].
    #[arg(long, value_name = "N", requires = "xnor_cols", help_heading = "Binary core (for a model)")]
    xnor_simd: Option<usize>,
    /// Registers in the popcount tree, 1 to 4 [default: 2].
    #[arg(long, value_name = "N", requires = "xnor_cols", help_heading = "Binary core (for a model)")]
    xnor_stages: Option<usize>,
    /// Bits of the widest weights of the binary core, 1 to 8: with more than 1, layers whose weights fit are computed bit plane by bit plane [default: 1,
    /// weights of -1 and 1].
    #[arg(long, value_name = "N", requires = "xnor_cols", help_heading = "Binary core (for a model)")]
    xnor_weight_bits: Option<usize>,
    /// Columns of a shift core beside the array, 1 to 256: a divisor or a multiple of the lanes [default: no shift core].
    #[arg(long, value_name = "N", help_heading = "Shift core (for a model)")]
    shift_cols: Option<usize>,
    /// Shift units per column: a power of two, 1 to the lanes [default: the lanes].
    #[arg(long, value_name = "N", requires = "shift_cols", help_heading = "Shift core (for a model)")]
    shift_simd: Option<usize>,
    /// Powers of two that a weight may be the sum of, 1 to 4 [default: 2].
    #[arg(long, value_name = "N", requires = "shift_cols", help_heading = "Shift core (for a model)")]
    shift_terms: Option<usize>,
    /// Registers in the adder tree, 1 to 4 [default: 2].
    #[arg(long, value_name = "N", requires = "shift_cols", help_heading = "Shift core (for a model)")]
    shift_stages: Option<usize>,
}

impl Engine {
    /// The name of an option that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        if self.core.is_some() {
            return Some("--core");
        }
        self.pes.map(|_| "--pes").or_else(|| self.xnor_cols.map(|_| "--xnor-cols")).or_else(|| self.shift_cols.map(|_| "--shift-cols"))
    }

    /// The binary core asked for beside lanes of so many bytes.
    pub fn binary(&self, lanes: usize) -> Option<XnorCore> {
        let mut core = XnorCore::new(self.xnor_cols?, self.xnor_simd.unwrap_or(8 * lanes));
        core.stages = self.xnor_stages.unwrap_or(core.stages);
        core.weight_bits = self.xnor_weight_bits.unwrap_or(core.weight_bits);
        Some(core)
    }

    /// The shift core asked for beside lanes of so many bytes.
    pub fn shift(&self, lanes: usize) -> Option<ShiftCore> {
        let mut core = ShiftCore::new(self.shift_cols?, self.shift_simd.unwrap_or(lanes));
        core.terms = self.shift_terms.unwrap_or(core.terms);
        core.stages = self.shift_stages.unwrap_or(core.stages);
        Some(core)
    }

    /// The engine asked for.
    pub fn request(&self) -> Option<Eie> {
        let mut eie = Eie::with_pes(self.pes?);
        eie.queue_depth = self.queue_depth.unwrap_or(eie.queue_depth);
        eie.index_bits = self.index_bits.unwrap_or(eie.index_bits);
        eie.registers = self.registers.unwrap_or(eie.registers);
        eie.sources = self.source_registers.unwrap_or(eie.sources);
        match self.codebook_bits {
            Some(0) => (eie.plain, eie.code_bits) = (true, 8),
            Some(bits) => eie.code_bits = bits,
            None => {}
        }
        Some(eie)
    }
}
