//! The compressed matrix: per element and column the entries (zero run, weight code), coded into the loader's bit stream.

use super::huffman::{BitReader, BitWriter, Code, Decoder};
use super::params::{Eie, accumulator_words, activations, columns, distinct};
use crate::accelerator::Accelerator;
use crate::config::{Config, Kind};
use crate::images::Images;
use crate::shell::encode::{Loop, epilogue, input, levels, out_levels};
use crate::step::{Sparse, Step, Work};

/// Columns of more entries than this are counted in several symbols.
const FULL_COUNT: usize = 255;

/// One stored entry: the row is the column's previous row plus `run` plus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Rows skipped.
    pub run: u8,
    /// Weight code; 0 is a zero that only carries the run (with a codebook) or a zero weight.
    pub code: u8,
}

/// One step's matrix as the memories hold it: `[element][column]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Address of the first column's pointer.
    pub base: usize,
    /// Entries.
    pub entries: Vec<Vec<Vec<Entry>>>,
}

/// Everything that the stream holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Codebook values, `2^code_bits` per codebook; empty without codebooks.
    pub codes: Vec<i16>,
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Cycles that the loader takes for all of it.
    pub load_cycles: u64,
}

impl Contents {
    /// Words of eight entries that the fullest element's matrix memory holds; every section starts a word.
    pub fn entry_words(&self, pes: usize) -> usize {
        let words = |element: usize, section: &Section| section.entries[element].iter().map(Vec::len).sum::<usize>().div_ceil(Eie::ENTRIES_PER_WORD);
        (0..pes).map(|element| self.sections.iter().map(|section| words(element, section)).sum()).max().unwrap_or(0)
    }
}

/// Appends matrix and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let (Work::Sparse(sparse), Some(eie)) = (&step.work, &accelerator.eie) else { unreachable!("only sparse products fit the engine") };
    let mut config = Config::new(Kind::Eie);
    let columns = columns(step, accelerator);
    let codebook = if eie.plain { 0 } else { images.codebook_index(&distinct(sparse), eie.code_bits) };
    let values = if eie.plain { Vec::new() } else { images.codebooks[codebook].clone() };
    let section = Section { base: images.eie_pointers, entries: compress(step, sparse, accelerator, eie, &values, columns) };
    config.table = codebook as u16;
    config.weight_base = section.base as u32;
    config.weight_words = accumulator_words(step) as u32;
    config.wide[0] = sparse.wide;
    config.add[0].zero_point = sparse.pad_value;
    images.eie_pointers += columns + 1;
    put_section(&section, eie, &mut images.eie_sections);

    let pixel = step.input.stride as isize;
    let row = pixel * step.input.width as isize;
    let [kh, kw] = sparse.window.kernel;
    let [sy, sx] = sparse.window.stride.map(|v| v as isize);
    let [dy, dx] = sparse.window.dilation.map(|v| v as isize);
    let loops = [
        Loop::over(step.input.words, 1),
        Loop { count: kw, addr: dx * pixel, y: 0, x: dx },
        Loop { count: kh, addr: dy * row, y: dy, x: 0 },
        Loop { count: step.output.width, addr: sx * pixel, y: 0, x: sx },
        Loop { count: step.output.height, addr: sy * row, y: sy, x: 0 },
        Loop::ONCE,
        Loop::ONCE,
    ];
    config.levels = levels(loops, false, 1);
    input(&mut config, &step.input, sparse.window.origin, sparse.pad_value);
    config.out_base = step.output.base as u16;
    // Words of a pixel come first: they take the scatter's pixel counter, pixels its group counter (which adds one by itself).
    config.out = out_levels(step.output.words, 1, step.output.pixels(), 1, 1);
    config.out[1].addr = (step.output.stride as isize - step.output.words as isize) as i16;
    if let Some(e) = &step.epilogue {
        epilogue(&mut config, e, accelerator, images);
    }
    config
}

fn compress(step: &Step, sparse: &Sparse, accelerator: &Accelerator, eie: &Eie, values: &[i16], columns: usize) -> Vec<Vec<Vec<Entry>>> {
    let pixel = activations(step, sparse, accelerator);
    let reduction = sparse.reduction();
    let weight = |row: usize, column: usize| {
        let (tap, channel) = (column / pixel, column % pixel);
        if channel < sparse.in_channels { sparse.weights[row * reduction + tap * sparse.in_channels + channel] } else { 0 }
    };
    let code = |w: i16| if eie.plain { w as u8 } else { values.iter().position(|&v| v == w).map_or(0, |at| at as u8) };
    let longest = (1usize << eie.index_bits) - 1;
    let column = |element: usize, column: usize| {
        let mut entries = Vec::new();
        let mut run = 0;
        for row in (element..sparse.out_channels).step_by(eie.pes) {
            let w = weight(row, column);
            if w == 0 {
                run += 1;
                continue;
            }
            while run > longest {
                entries.push(Entry { run: longest as u8, code: 0 });
                run -= longest + 1;
            }
            entries.push(Entry { run: run as u8, code: code(w) });
            run = 0;
        }
        entries
    };
    (0..eie.pes).map(|element| (0..columns).map(|c| column(element, c)).collect()).collect()
}

fn count_symbols(mut count: usize) -> Vec<usize> {
    let mut symbols = Vec::new();
    while count >= FULL_COUNT {
        symbols.push(FULL_COUNT);
        count -= FULL_COUNT;
    }
    symbols.push(count);
    symbols
}

fn put_section(section: &Section, eie: &Eie, bits: &mut BitWriter) {
    let mut frequencies = [vec![0u64; 256], vec![0; 256], vec![0; 256]];
    for column in section.entries.iter().flatten() {
        count_symbols(column.len()).iter().for_each(|&s| frequencies[0][s] += 1);
        for entry in column {
            frequencies[1][usize::from(entry.run)] += 1;
            frequencies[2][usize::from(entry.code)] += 1;
        }
    }
    let codes = frequencies.map(|f| Code::new(&f));
    bits.put(section.entries[0].len() as u32, 16);
    bits.put(section.base as u32, 16);
    for (code, width) in codes.iter().zip([8, eie.index_bits, eie.code_bits]) {
        (1..=super::huffman::MAX_LENGTH).for_each(|length| bits.put(code.count(length) as u32, 9));
        code.symbols().iter().for_each(|&symbol| bits.put(symbol as u32, width));
    }
    for column in section.entries.iter().flatten() {
        count_symbols(column.len()).iter().for_each(|&s| codes[0].put(s, bits));
        for entry in column {
            codes[1].put(usize::from(entry.run), bits);
            codes[2].put(usize::from(entry.code), bits);
        }
    }
}

/// The whole stream: codebooks, sections, the end mark.
pub fn stream(images: &Images, eie: &Eie) -> Vec<u32> {
    let mut bits = BitWriter::default();
    if !eie.plain {
        for book in 0..eie.codebooks {
            let values = images.codebooks.get(book).map_or(&[][..], |v| v);
            (0..1 << eie.code_bits).for_each(|code| bits.put(values.get(code).copied().unwrap_or(0) as u16 as u32, 16));
        }
    }
    bits.append(&images.eie_sections);
    bits.put(0, 16);
    // The loader looks ahead by up to two words.
    bits.put(0, 32);
    bits.put(0, 32);
    bits.words().to_vec()
}

/// The exact inverse of [`stream`]; `None` when it is no stream that the encoder makes.
pub fn read(words: &[u32], eie: &Eie) -> Option<Contents> {
    let mut bits = BitReader::new(words);
    let mut contents = Contents::default();
    let codes = if eie.plain { 0 } else { eie.codebooks << eie.code_bits };
    contents.codes = (0..codes).map(|_| bits.take(16).map(|v| v as u16 as i16)).collect::<Option<_>>()?;
    let mut cycles = codes as u64 + 1;
    loop {
        let columns = bits.take(16)? as usize;
        if columns == 0 {
            break;
        }
        let base = bits.take(16)? as usize;
        let tables = [bits.table(8)?, bits.table(eie.index_bits)?, bits.table(eie.code_bits)?];
        cycles += 2 + tables.iter().map(|t| 15 + t.symbols.len() as u64 + 1).sum::<u64>();
        let mut entries = Vec::with_capacity(eie.pes);
        for _ in 0..eie.pes {
            let (element, took) = read_element(&mut bits, &tables, columns)?;
            entries.push(element);
            cycles += took;
        }
        contents.sections.push(Section { base, entries });
    }
    contents.load_cycles = cycles;
    Some(contents)
}

fn read_element(bits: &mut BitReader<'_>, tables: &[Decoder; 3], columns: usize) -> Option<(Vec<Vec<Entry>>, u64)> {
    let mut cycles = columns as u64 + 2;
    let mut element = Vec::with_capacity(columns);
    for _ in 0..columns {
        let mut count = 0;
        loop {
            let symbol = bits.symbol(&tables[0])? as usize;
            cycles += 2;
            count += symbol;
            if symbol != FULL_COUNT {
                break;
            }
        }
        let entry = |bits: &mut BitReader<'_>| Some(Entry { run: bits.symbol(&tables[1])? as u8, code: bits.symbol(&tables[2])? as u8 });
        element.push((0..count).map(|_| entry(bits)).collect::<Option<Vec<_>>>()?);
        cycles += 4 * count as u64;
    }
    Some((element, cycles))
}

/// The weight of a code.
pub fn weight(contents: &Contents, eie: &Eie, codebook: usize, code: u8) -> i16 {
    if eie.plain { i16::from(code as i8) } else { contents.codes[(codebook << eie.code_bits) + usize::from(code)] }
}

/// Weights `[row][column]` with rows and columns as the encoding holds them: whole output words, all bytes of all gathered words.
/// Empty when the images hold no such step.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i16> {
    let Some(eie) = &accelerator.eie else { return Vec::new() };
    let Some(contents) = read(&stream(images, eie), eie) else { return Vec::new() };
    let Some(section) = contents.sections.iter().find(|s| s.base == config.weight_base as usize) else { return Vec::new() };
    let (rows, columns) = (config.weight_words as usize * accelerator.lanes, section.entries[0].len());
    let mut weights = vec![0; rows * columns];
    for (element, own) in section.entries.iter().enumerate() {
        for (column, entries) in own.iter().enumerate() {
            let mut local = 0;
            for (at, entry) in entries.iter().enumerate() {
                local = if at == 0 { 0 } else { local + 1 } + usize::from(entry.run);
                let place = weights.get_mut((local * eie.pes + element) * columns + column);
                place.into_iter().for_each(|w| *w = weight(&contents, eie, usize::from(config.table), entry.code));
            }
        }
    }
    weights
}
