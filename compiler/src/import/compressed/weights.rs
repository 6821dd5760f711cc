//! The three forms of a layer's weights; the shortest is stored. Weights are taken row by row (`[out][..]`, as the graph stores them) or
//! column by column, whichever is shorter.
//!
//! - *dense*: int8.
//! - *coded*: a code table, then the code of every weight, zeros included.
//! - *sparse*: two code tables, for zero runs and for weights, then per weight that is not zero the run of zeros before it and the weight
//!   itself. A run of [`LONGEST`] says that many zeros and that another run follows. After the last weight a run leads to one past the end.
//!
//! A code table is canonical Huffman: 15 counts of nine bits, then the symbols of eight bits in the order of their codes. A weight's symbol
//! is its value, so a table is the layer's codebook at the same time.
//!
//! Source: S. Han, H. Mao, W. Dally, *Deep Compression*, ICLR 2016 (relative index, codebook, Huffman).

use fretwork_hdl::eie::{BitReader, BitWriter, Code, Decoder};

/// The run that says: so many zeros, and another run follows.
pub const LONGEST: usize = 255;

/// Most codes of one table.
const SYMBOLS: usize = 256;

/// How a layer's weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One byte per weight.
    Dense,
    /// A Huffman code per weight.
    Coded,
    /// Huffman-coded zero runs and weights, row by row.
    SparseRows,
    /// Huffman-coded zero runs and weights, column by column.
    SparseColumns,
}

impl Form {
    const ALL: [Form; 4] = [Form::Dense, Form::Coded, Form::SparseRows, Form::SparseColumns];

    /// The form's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Form::Dense => "dense",
            Form::Coded => "coded",
            Form::SparseRows => "sparse rows",
            Form::SparseColumns => "sparse columns",
        }
    }
}

/// The bytes of weights in `rows` rows, and their form.
pub fn encode(weights: &[i8], rows: usize) -> (Vec<u8>, Form) {
    let bytes = |form: Form| {
        let mut bytes = vec![form as u8];
        match form {
            Form::Dense => bytes.extend(weights.iter().map(|weight| *weight as u8)),
            Form::Coded => bytes.extend(to_bytes(&coded(weights))),
            Form::SparseRows => bytes.extend(to_bytes(&sparse(weights))),
            Form::SparseColumns => bytes.extend(to_bytes(&sparse(&transposed(weights, rows)))),
        }
        (bytes, form)
    };
    Form::ALL.map(bytes).into_iter().min_by_key(|(bytes, _)| bytes.len()).unwrap_or_else(|| bytes(Form::Dense))
}

/// The `count` weights in `rows` rows that the bytes hold, or what is wrong. Nothing is allocated that the bytes do not account for.
pub fn decode(bytes: &[u8], count: usize, rows: usize) -> Result<Vec<i8>, &'static str> {
    let (form, bytes) = bytes.split_first().ok_or("there is no form")?;
    // A bit stands for at most 255 zeros.
    if count > bytes.len().saturating_mul(8 * LONGEST) {
        return Err("there are too few bytes");
    }
    let words = to_words(bytes);
    let mut bits = BitReader::new(&words);
    match Form::ALL.get(usize::from(*form)) {
        Some(Form::Dense) if bytes.len() == count => Ok(bytes.iter().map(|byte| *byte as i8).collect()),
        Some(Form::Dense) => Err("there is not one byte per weight"),
        Some(Form::Coded) => uncoded(&mut bits, count).ok_or("the codes end early"),
        Some(Form::SparseRows) => unsparse(&mut bits, count).ok_or("the runs do not end where the weights do"),
        Some(Form::SparseColumns) => {
            let weights = unsparse(&mut bits, count).ok_or("the runs do not end where the weights do")?;
            Ok(transposed(&weights, count.checked_div(rows).unwrap_or(0)))
        }
        None => Err("the form is unknown"),
    }
}

fn coded(weights: &[i8]) -> BitWriter {
    let mut bits = BitWriter::default();
    let code = table(weights.iter().map(|weight| usize::from(*weight as u8)), &mut bits);
    weights.iter().for_each(|weight| code.put(usize::from(*weight as u8), &mut bits));
    bits
}

fn uncoded(bits: &mut BitReader<'_>, count: usize) -> Option<Vec<i8>> {
    let table = bits.table(8).filter(|table| table.symbols.len() <= SYMBOLS)?;
    // A code has one bit at least.
    (0..count).map(|_| bits.symbol(&table).map(|symbol| symbol as u8 as i8)).collect()
}

/// Runs and weights; the last run has no weight.
fn entries(weights: &[i8]) -> Vec<(usize, Option<u8>)> {
    let (mut entries, mut run) = (Vec::new(), 0);
    for weight in weights {
        if *weight == 0 {
            run += 1;
        } else {
            entries.push((run, Some(*weight as u8)));
            run = 0;
        }
    }
    entries.push((run, None));
    entries
}

fn runs(run: usize) -> impl Iterator<Item = usize> {
    std::iter::repeat_n(LONGEST, run / LONGEST).chain([run % LONGEST])
}

fn sparse(weights: &[i8]) -> BitWriter {
    let mut bits = BitWriter::default();
    let entries = entries(weights);
    let run_code = table(entries.iter().flat_map(|(run, _)| runs(*run)), &mut bits);
    let code = table(entries.iter().filter_map(|(_, weight)| weight.map(usize::from)), &mut bits);
    for (run, weight) in entries {
        runs(run).for_each(|run| run_code.put(run, &mut bits));
        weight.into_iter().for_each(|weight| code.put(usize::from(weight), &mut bits));
    }
    bits
}

fn unsparse(bits: &mut BitReader<'_>, count: usize) -> Option<Vec<i8>> {
    let small = |table: &Decoder| table.symbols.len() <= SYMBOLS;
    let run_table = bits.table(8).filter(small)?;
    let table = bits.table(8).filter(small)?;
    let mut weights = vec![0; count];
    let mut at = 0;
    loop {
        loop {
            let run = bits.symbol(&run_table)? as usize;
            at += run;
            if at > count {
                return None;
            }
            if run < LONGEST {
                break;
            }
        }
        if at == count {
            return Some(weights);
        }
        weights[at] = bits.symbol(&table)? as u8 as i8;
        at += 1;
    }
}

/// Writes the code table for the symbols.
fn table(symbols: impl Iterator<Item = usize>, bits: &mut BitWriter) -> Code {
    let mut frequencies = vec![0; SYMBOLS];
    symbols.for_each(|symbol| frequencies[symbol] += 1);
    let code = Code::new(&frequencies);
    (1..=15).for_each(|length| bits.put(code.count(length) as u32, 9));
    code.symbols().iter().for_each(|symbol| bits.put(*symbol as u32, 8));
    code
}

/// The stream as whole bytes.
pub fn to_bytes(bits: &BitWriter) -> Vec<u8> {
    let mut bytes: Vec<u8> = bits.words().iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.truncate(bits.len().div_ceil(8));
    bytes
}

/// Bytes as words, the last one filled up with zeros.
pub fn to_words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| chunk.iter().enumerate().fold(0, |word, (at, byte)| word | u32::from(*byte) << (24 - 8 * at));
    bytes.chunks(4).map(word).collect()
}

/// `[row][column]` of `rows` rows as `[column][row]`.
fn transposed(weights: &[i8], rows: usize) -> Vec<i8> {
    let cols = weights.len().checked_div(rows).unwrap_or(0);
    (0..cols).flat_map(|col| (0..rows).map(move |row| weights[row * cols + col])).collect()
}
