//! The memory images: exactly what the hardware's memories hold at power-up.

use crate::accelerator::Accelerator;
use crate::config::{Config, WORDS};
use crate::eie::{BitWriter, stream};
use crate::shell::tile_list::Move;
use crate::shift::ShiftCore;
use crate::step::Channel;
use fretwork_sim::requantise::Scale;
use std::fmt::Write;

/// Contents of all memories that are loaded before the first inference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// Step table, [`WORDS`] words per step.
    pub steps: Vec<u32>,
    /// Systolic weight stream; words of `cols` weights or their codes in whole bytes, the lowest first.
    pub weights: Vec<u8>,
    /// What the codes of the systolic weights stand for, tables of entries of whole bytes.
    pub weight_codebooks: Vec<u8>,
    /// Lists of the weight tiles that are worked through, for steps that leave some out.
    pub tiles: Vec<Move>,
    /// Lane weights; words of `lanes` bytes, lane 0 first.
    pub lane_weights: Vec<i8>,
    /// Epilogue parameters; words of `lanes` channels.
    pub params: Vec<Channel>,
    /// Look-up tables of 256 bytes, entry `a + 128` for activation `a`.
    pub tables: Vec<i8>,
    /// Codebooks of the sparse engine; code 0 is the weight 0.
    pub codebooks: Vec<Vec<i16>>,
    /// Column pointers that the sparse engine's steps take so far.
    pub eie_pointers: usize,
    /// The sparse engine's coded matrices, one section per step.
    pub eie_sections: BitWriter,
    /// Steps of the thresholds; words of `lanes` channels, lane 0 first.
    pub thresholds: Vec<i32>,
    /// The binary core's weights, words of `cols * simd` bits, as bytes, the lowest first.
    pub xnor_weights: Vec<u8>,
    /// The shift core's weights, words of `cols * simd` codes in whole bytes, the lowest first.
    pub shift_weights: Vec<u8>,
    /// What the codes of the shift core stand for, tables of whole bytes.
    pub shift_tables: Vec<u8>,
}

impl Images {
    /// Appends a step-table entry.
    pub fn push_step(&mut self, config: &Config) {
        self.steps.extend(config.to_words());
    }

    /// The step table, decoded.
    pub fn configs(&self) -> Option<Vec<Config>> {
        self.steps.chunks(WORDS).map(Config::from_words).collect()
    }

    /// Appends epilogue parameters (whole words) and returns the address of the first.
    pub fn push_params(&mut self, channels: &[Channel], lanes: usize) -> usize {
        assert_eq!(channels.len() % lanes, 0, "epilogue parameters fill whole words");
        let base = self.params.len() / lanes;
        self.params.extend(channels);
        base
    }

    /// Index of a look-up table, which is appended when it is not there yet.
    pub fn table_index(&mut self, table: &[i8; 256]) -> usize {
        if let Some(index) = self.tables.chunks(256).position(|known| known == table) {
            return index;
        }
        self.tables.extend(table);
        self.tables.len() / 256 - 1
    }

    /// Index of a codebook that holds all `values`, which is appended when there is none. Code 0 is always the weight 0.
    pub fn codebook_index(&mut self, values: &[i16], code_bits: usize) -> usize {
        if let Some(index) = self.codebooks.iter().position(|book| values.iter().all(|v| book.contains(v))) {
            return index;
        }
        let mut book = vec![0];
        book.extend(values);
        book.truncate(1 << code_bits);
        self.codebooks.push(book);
        self.codebooks.len() - 1
    }

    /// Index of a table of codes that holds all `values`, which is appended when there is none.
    pub fn shift_table_index(&mut self, values: &[i8], core: &ShiftCore) -> usize {
        let tables = self.shift_tables.chunks(core.table_bytes());
        let count = tables.len();
        let holds = |table: &[u8]| {
            let held = core.values(table);
            values.iter().all(|value| held.contains(&i32::from(*value)))
        };
        let known = tables.into_iter().position(holds);
        if known.is_none() {
            self.shift_tables.extend(core.table(values));
        }
        known.unwrap_or(count)
    }

    /// Bits of all weights: codes, their tables and lists of tiles included.
    pub fn weight_bits(&self) -> u64 {
        let bytes = [&self.weights, &self.weight_codebooks, &self.xnor_weights, &self.shift_weights, &self.shift_tables].map(Vec::len);
        let bytes = bytes.iter().sum::<usize>() + self.lane_weights.len() + self.tiles.len() * Move::BYTES;
        let books = self.codebooks.iter().map(|book| book.len() * 16).sum::<usize>();
        (bytes * 8 + books + self.eie_sections.len()) as u64
    }

    /// What lies in a memory outside the chip: file name below the design folder, and content. `None` when nothing does.
    pub fn outside(&self, accelerator: &Accelerator) -> Option<(&'static str, Vec<u8>)> {
        let source = &accelerator.stream.source;
        let contents = |file| (file, source.contents(&self.weights, accelerator.weight_words, accelerator.weight_word_bytes()));
        source.outside().map(|outside| contents(outside.file))
    }

    /// The images as `$readmemh` text: file name and content. An empty memory still has one word.
    pub fn to_hex(&self, accelerator: &Accelerator) -> Vec<(&'static str, String)> {
        let mut steps = String::new();
        for word in &self.steps {
            let _ = writeln!(steps, "{word:08x}");
        }
        let coded = accelerator.eie.as_ref().map_or_else(Vec::new, |eie| stream(self, eie));
        let mut eie = String::new();
        for word in coded.iter().chain(coded.is_empty().then_some(&0)) {
            let _ = writeln!(eie, "{word:08x}");
        }
        let thresholds: Vec<u8> = self.thresholds.iter().flat_map(|step| step.to_le_bytes()).collect();
        let tiles: Vec<u8> = self.tiles.iter().flat_map(Move::to_bytes).collect();
        let params = self.params.iter().flat_map(channel_bytes).collect::<Vec<u8>>();
        vec![
            ("steps.hex", steps),
            ("weights.hex", hex_words(&self.weights, accelerator.weight_word_bytes())),
            ("weight_codebooks.hex", hex_words(&self.weight_codebooks, accelerator.stream.entry_bytes())),
            ("tiles.hex", hex_words(&tiles, Move::BYTES)),
            ("lane_weights.hex", hex_words(&bytes(&self.lane_weights), accelerator.lanes)),
            ("params.hex", hex_words(&params, accelerator.lanes / accelerator.parts() * 9)),
            ("tables.hex", hex_words(&bytes(&self.tables), 1)),
            ("eie.hex", eie),
            ("thresholds.hex", hex_words(&thresholds, (accelerator.lanes * accelerator.threshold_steps()).max(1) * 4)),
            ("xnor.hex", hex_words(&self.xnor_weights, accelerator.xnor.as_ref().map_or(1, |xnor| xnor.word_bytes()))),
            ("shift.hex", hex_words(&self.shift_weights, accelerator.shift.as_ref().map_or(1, |shift| shift.word_bytes()))),
            ("shift_tables.hex", hex_words(&self.shift_tables, accelerator.shift.as_ref().map_or(1, |shift| shift.table_bytes()))),
        ]
    }
}

fn bytes(values: &[i8]) -> Vec<u8> {
    values.iter().map(|&v| v as u8).collect()
}

fn channel_bytes(channel: &Channel) -> [u8; 9] {
    let Scale { multiplier, shift } = channel.scale;
    let mut bytes = [0; 9];
    bytes[..4].copy_from_slice(&channel.bias.to_le_bytes());
    bytes[4..8].copy_from_slice(&multiplier.to_le_bytes());
    bytes[8] = shift as u8;
    bytes
}

/// One line per word of `width` bytes, the first byte in the low bits. No data gives one word of zeros.
pub fn hex_words(data: &[u8], width: usize) -> String {
    let zeros = vec![0; width];
    let data = if data.is_empty() { &zeros } else { data };
    let mut text = String::with_capacity(data.len() * 2 + data.len() / width);
    for word in data.chunks(width) {
        for byte in word.iter().rev() {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
    text
}
