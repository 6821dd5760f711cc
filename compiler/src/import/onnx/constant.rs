//! Constants: decoding, and the few rearrangements that models make of them before use.

use super::lower::{Lowered, refuse};
use super::schema;

/// Most elements of one constant or activation.
pub const MAX_ELEMENTS: usize = 1 << 26;

/// Element types that the importer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Float,
    Uint8,
    Int8,
    Int32,
    Int64,
    Bool,
    Double,
}

impl Kind {
    /// The type of ONNX's number for it.
    pub fn find(number: i32) -> Option<Kind> {
        Some(match number {
            1 => Kind::Float,
            2 => Kind::Uint8,
            3 => Kind::Int8,
            6 => Kind::Int32,
            7 => Kind::Int64,
            9 => Kind::Bool,
            11 => Kind::Double,
            _ => return None,
        })
    }

    /// Bytes of an element.
    fn width(self) -> usize {
        match self {
            Kind::Uint8 | Kind::Int8 | Kind::Bool => 1,
            Kind::Float | Kind::Int32 => 4,
            Kind::Int64 | Kind::Double => 8,
        }
    }

    /// Lowest and highest 8-bit integer.
    pub fn byte_range(self) -> Option<[i32; 2]> {
        match self {
            Kind::Int8 => Some([-128, 127]),
            Kind::Uint8 => Some([0, 255]),
            _ => None,
        }
    }
}

/// The integers behind a quantised constant: `value = integer * scale`, zero point taken off.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub integers: Vec<i32>,
    /// One per element.
    pub scales: Vec<f32>,
    /// From DequantizeLinear (otherwise from a node of QONNX).
    pub linear: bool,
}

/// A constant. Whole numbers are held as f64 too, which is exact up to 53 bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    pub kind: Kind,
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
    pub steps: Option<Steps>,
}

impl Constant {
    /// A real constant.
    pub fn real(shape: Vec<usize>, values: Vec<f32>) -> Constant {
        Constant { kind: Kind::Float, shape, values: values.into_iter().map(f64::from).collect(), steps: None }
    }

    /// A list of whole numbers.
    pub fn whole(values: Vec<i64>) -> Constant {
        Constant { kind: Kind::Int64, shape: vec![values.len()], values: values.into_iter().map(|v| v as f64).collect(), steps: None }
    }

    /// Decodes a tensor of the file.
    pub fn decode(tensor: &schema::Tensor) -> Lowered<Constant> {
        let name = tensor.name.as_deref().unwrap_or_default();
        if tensor.data_location == Some(1) {
            let reason = format!("constant {name:?} lies in another file");
            return refuse(reason, "models in one file (onnx.save without external data)");
        }
        let Some(kind) = tensor.data_type.and_then(Kind::find) else {
            let reason = format!("constant {name:?} has element type number {}", tensor.data_type.unwrap_or(0));
            return refuse(reason, "constants of float32, float64, int8, uint8, int32, int64 or bool");
        };
        let Some(count) = elements(tensor.dims.iter().map(|size| usize::try_from(*size).ok())) else {
            return refuse(format!("constant {name:?} has shape {:?}", tensor.dims), "constants of up to 64 Mi elements");
        };
        let values: Vec<f64> = match (&tensor.raw_data, kind) {
            (Some(raw), _) if !raw.is_empty() || count == 0 => raw.chunks_exact(kind.width()).map(|bytes| element(kind, bytes)).collect(),
            (_, Kind::Float) => tensor.float_data.iter().map(|value| f64::from(*value)).collect(),
            (_, Kind::Double) => tensor.double_data.clone(),
            (_, Kind::Int64) => tensor.int64_data.iter().map(|value| *value as f64).collect(),
            _ => tensor.int32_data.iter().map(|value| f64::from(*value)).collect(),
        };
        if values.len() != count {
            let reason = format!("constant {name:?} has {} elements, its shape is {:?}", values.len(), tensor.dims);
            return refuse(reason, "constants with data for every element");
        }
        let shape = tensor.dims.iter().map(|size| *size as usize).collect();
        Ok(Constant { kind, shape, values, steps: None })
    }

    /// The values as f32.
    pub fn floats(&self) -> Vec<f32> {
        self.values.iter().map(|value| *value as f32).collect()
    }

    /// The values as whole numbers.
    pub fn ints(&self) -> Vec<i64> {
        self.values.iter().map(|value| *value as i64).collect()
    }

    /// The only element.
    pub fn scalar(&self) -> Option<f32> {
        if self.values.len() == 1 { Some(self.values[0] as f32) } else { None }
    }

    /// The same elements in another shape.
    pub fn reshaped(&self, shape: Vec<usize>) -> Constant {
        Constant { shape, ..self.clone() }
    }

    /// Axes in another order; `order` is a permutation of them.
    pub fn permuted(&self, order: &[usize]) -> Constant {
        let shape: Vec<usize> = order.iter().map(|axis| self.shape[*axis]).collect();
        let strides = strides(&self.shape);
        let own: Vec<usize> = order.iter().map(|axis| strides[*axis]).collect();
        let sources: Vec<usize> = (0..self.values.len()).map(|flat| position(flat, &shape, &own)).collect();
        self.picked(shape, &sources)
    }

    /// Some indices of an axis, which there are.
    pub fn taken(&self, axis: usize, indices: &[usize]) -> Constant {
        let mut shape = self.shape.clone();
        shape[axis] = indices.len();
        let strides = strides(&self.shape);
        let source = |flat: usize| {
            let (outer, at, inner) = (flat / (indices.len() * strides[axis]), flat / strides[axis] % indices.len(), flat % strides[axis]);
            (outer * self.shape[axis] + indices[at]) * strides[axis] + inner
        };
        let sources: Vec<usize> = (0..shape.iter().product()).map(source).collect();
        self.picked(shape, &sources)
    }

    /// Elements of these positions, in a shape of as many.
    fn picked(&self, shape: Vec<usize>, sources: &[usize]) -> Constant {
        let pick = |steps: &Steps| Steps {
            integers: sources.iter().map(|source| steps.integers[*source]).collect(),
            scales: sources.iter().map(|source| steps.scales[*source]).collect(),
            linear: steps.linear,
        };
        let values = sources.iter().map(|source| self.values[*source]).collect();
        Constant { kind: self.kind, shape, values, steps: self.steps.as_ref().map(pick) }
    }

    /// What lies at `places` along an axis, in that order; places and axis are within the shape.
    pub fn taking(&self, axis: usize, places: &[usize]) -> Constant {
        let strides = strides(&self.shape);
        let shape: Vec<usize> = (0..self.shape.len()).map(|own| if own == axis { places.len() } else { self.shape[own] }).collect();
        let inner = strides[axis];
        let source = |flat: usize| {
            let (outer, at, rest) = (flat / (inner * places.len()), flat / inner % places.len(), flat % inner);
            (outer * self.shape[axis] + places[at]) * inner + rest
        };
        let values = (0..shape.iter().product()).map(|flat| self.values[source(flat)]).collect();
        Constant { kind: self.kind, shape, values, steps: None }
    }

    /// The values repeated to `shape` by ONNX's broadcasting, or `None` where that is not possible.
    pub fn broadcast(&self, shape: &[usize]) -> Option<Vec<f64>> {
        let missing = shape.len().checked_sub(self.shape.len())?;
        let mut own = vec![0; shape.len()];
        for (axis, stride) in strides(&self.shape).into_iter().enumerate() {
            match self.shape[axis] {
                1 => {}
                size if size == shape[missing + axis] => own[missing + axis] = stride,
                _ => return None,
            }
        }
        Some((0..shape.iter().product()).map(|flat| self.values[position(flat, shape, &own)]).collect())
    }
}

/// Number of elements of a shape, if it is not too large.
pub fn elements(mut sizes: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    sizes.try_fold(1usize, |count, size| count.checked_mul(size?).filter(|count| *count <= MAX_ELEMENTS))
}

/// Elements between neighbours along each axis.
fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

/// Where element `flat` of a tensor of `shape` lies under other strides.
fn position(flat: usize, shape: &[usize], strides: &[usize]) -> usize {
    let (mut rest, mut found) = (flat, 0);
    for (size, stride) in shape.iter().zip(strides).rev() {
        found += rest % size * stride;
        rest /= size;
    }
    found
}

/// One element of as many bytes as its type has.
fn element(kind: Kind, bytes: &[u8]) -> f64 {
    match (kind, bytes) {
        (Kind::Int8, [byte]) => f64::from(*byte as i8),
        (Kind::Uint8 | Kind::Bool, [byte]) => f64::from(*byte),
        (Kind::Float, &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
        (Kind::Int32, &[a, b, c, d]) => f64::from(i32::from_le_bytes([a, b, c, d])),
        (Kind::Int64, &[a, b, c, d, e, f, g, h]) => i64::from_le_bytes([a, b, c, d, e, f, g, h]) as f64,
        (Kind::Double, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0.0,
    }
}
