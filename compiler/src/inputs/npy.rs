//! NumPy's `.npy` format: a header that is a Python literal, then the values.

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sizes of the axes, outermost first.
    pub shape: Vec<usize>,
    /// NumPy's name of the element type, as `|i1`.
    pub dtype: String,
    /// The values in C order.
    pub data: Data,
}

/// An array's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// int8.
    Int8(Vec<i8>),
    /// float32.
    Float(Vec<f32>),
    /// int16.
    Int16(Vec<i16>),
    /// Any other integer type; values beyond 63 bits are the largest that fit.
    Integers(Vec<i64>),
}

impl Array {
    /// Keeps the first `count` of the outermost axis, which has as many or more.
    pub fn truncate(&mut self, count: usize) {
        let Some(outermost) = self.shape.first_mut() else { return };
        *outermost = count.min(*outermost);
        let values = self.shape.iter().product();
        match &mut self.data {
            Data::Int8(data) => data.truncate(values),
            Data::Float(data) => data.truncate(values),
            Data::Int16(data) => data.truncate(values),
            Data::Integers(data) => data.truncate(values),
        }
    }

    /// Multiplies real numbers; integers stay as they are.
    pub fn scale(&mut self, factor: f32) {
        if let Data::Float(data) = &mut self.data {
            data.iter_mut().for_each(|value| *value *= factor);
        }
    }
}

const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads a whole file.
///
/// # Errors
/// What is wrong with the content, and what would fit.
pub fn parse(bytes: &[u8]) -> Result<Array, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("the file is no NumPy array; supported are .npy and .npz files")?;
    let (header, body) = header(rest).ok_or("the array file is damaged: it ends within its header")?;
    let header = std::str::from_utf8(header).map_err(|_| "the array file is damaged: its header is no text")?;
    let field = |name: &str| value(header, name).ok_or_else(|| format!("the array file is damaged: its header has no '{name}'"));
    let descr = field("descr")?;
    let dtype = quoted(descr).ok_or("the array has several fields per element; supported are int8, int16, float32 and, for labels, integers")?;
    if !field("fortran_order")?.starts_with("False") {
        return Err("the array is in Fortran order; save it with numpy.ascontiguousarray".to_owned());
    }
    let shape = shape(field("shape")?).ok_or("the array file is damaged: its shape cannot be read")?;
    let (width, convert) = decoder(dtype).ok_or_else(|| {
        format!("the array's type is '{dtype}'; supported are int8 ('|i1'), int16 ('<i2'), float32 ('<f4') and, for labels, integers")
    })?;
    let needed = shape.iter().try_fold(width, |bytes, &size| bytes.checked_mul(size));
    if needed != Some(body.len()) {
        let needed = needed.map_or("more than there can be".to_owned(), |bytes| bytes.to_string());
        return Err(format!("the array file is damaged: shape {shape:?} of '{dtype}' takes {needed} bytes, there are {}", body.len()));
    }
    Ok(Array { data: convert(body), dtype: dtype.to_owned(), shape })
}

/// The header's text and what follows it.
fn header(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[major, _], rest) = rest.split_first_chunk::<2>()?;
    let (len, rest) = match major {
        1 => rest.split_first_chunk::<2>().map(|(len, rest)| (usize::from(u16::from_le_bytes(*len)), rest))?,
        _ => rest.split_first_chunk::<4>().map(|(len, rest)| (u32::from_le_bytes(*len) as usize, rest))?,
    };
    rest.split_at_checked(len)
}

/// The text behind `'name':`.
fn value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = header.split_once(&format!("'{name}':"))?;
    Some(after.trim_start())
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.split_once('\'').map(|(text, _)| text)
}

/// `(20, 28, 28, 1)`.
fn shape(text: &str) -> Option<Vec<usize>> {
    let (sizes, _) = text.strip_prefix('(')?.split_once(')')?;
    sizes.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect()
}

type Decoder = fn(&[u8]) -> Data;

/// Bytes per element, and how they are read.
fn decoder(dtype: &str) -> Option<(usize, Decoder)> {
    macro_rules! integers {
        ($type:ty) => {
            (size_of::<$type>(), |bytes| Data::Integers(elements(bytes, |raw| i64::try_from(<$type>::from_le_bytes(raw)).unwrap_or(i64::MAX))))
        };
    }
    Some(match dtype {
        "|i1" | "<i1" => (1, |bytes| Data::Int8(elements(bytes, i8::from_le_bytes))),
        "<f4" => (4, |bytes| Data::Float(elements(bytes, f32::from_le_bytes))),
        "|u1" | "<u1" | "|b1" => integers!(u8),
        "<u2" => integers!(u16),
        "<u4" => integers!(u32),
        "<u8" => integers!(u64),
        "<i2" => (2, |bytes| Data::Int16(elements(bytes, i16::from_le_bytes))),
        "<i4" => integers!(i32),
        "<i8" => integers!(i64),
        _ => return None,
    })
}

fn elements<const WIDTH: usize, T>(bytes: &[u8], read: impl Fn([u8; WIDTH]) -> T) -> Vec<T> {
    bytes.as_chunks::<WIDTH>().0.iter().map(|raw| read(*raw)).collect()
}
