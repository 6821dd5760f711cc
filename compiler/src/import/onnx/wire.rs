//! The outer form of a file: whether it is an ONNX model, and how many parts it has, before anything is made of them.

/// Most nodes, attributes, names and constants of a model.
const MAX_PARTS: usize = 1 << 20;

/// Fields of one message that hold messages or names, and what is in them.
struct Message(&'static [(u64, &'static Message)]);

const LEAF: Message = Message(&[]);
const TENSOR: Message = Message(&[(6, &LEAF), (8, &LEAF), (13, &LEAF)]);
const ATTRIBUTE: Message = Message(&[(1, &LEAF), (5, &TENSOR), (6, &LEAF), (9, &LEAF), (10, &LEAF), (11, &LEAF)]);
const NODE: Message = Message(&[(1, &LEAF), (2, &LEAF), (5, &ATTRIBUTE)]);
const DIMENSION: Message = Message(&[(2, &LEAF)]);
const SHAPE: Message = Message(&[(1, &DIMENSION)]);
const TENSOR_TYPE: Message = Message(&[(2, &SHAPE)]);
const TYPE: Message = Message(&[(1, &TENSOR_TYPE)]);
const VALUE_INFO: Message = Message(&[(1, &LEAF), (2, &TYPE)]);
const GRAPH: Message = Message(&[(1, &NODE), (5, &TENSOR), (11, &VALUE_INFO), (12, &VALUE_INFO)]);
const MODEL: Message = Message(&[(7, &GRAPH), (8, &LEAF), (25, &LEAF)]);

/// A field's number, its bytes where it has a length, and what follows it.
type Field<'a> = (u64, Option<&'a [u8]>, &'a [u8]);

fn field(bytes: &[u8]) -> Option<Field<'_>> {
    let (key, after) = varint(bytes)?;
    let skip = |size: usize| after.get(size..).map(|rest| (key >> 3, None, rest));
    match key & 7 {
        0 => varint(after).map(|(_, rest)| (key >> 3, None, rest)),
        1 => skip(8),
        2 => {
            let (size, after) = varint(after)?;
            let (own, rest) = after.split_at_checked(usize::try_from(size).ok()?)?;
            Some((key >> 3, Some(own), rest))
        }
        5 => skip(4),
        _ => None,
    }
}

/// A number of seven bits per byte, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let length = bytes.iter().take(10).position(|byte| byte & 0x80 == 0)? + 1;
    let number = bytes[..length].iter().enumerate().fold(0u64, |number, (index, byte)| number | u64::from(byte & 0x7f) << (7 * index).min(63));
    Some((number, &bytes[length..]))
}

/// Whether the bytes look like an ONNX model: known fields of its outermost message, one after the other to the end, a graph among them.
pub fn recognises(bytes: &[u8]) -> bool {
    let (mut rest, mut graph) = (bytes, false);
    while let Some((number, own, after)) = field(rest) {
        let known = match own {
            None => matches!(number, 1 | 5),
            Some(_) => matches!(number, 2 | 3 | 4 | 6 | 7 | 8 | 14 | 20 | 25 | 26),
        };
        if !known {
            return false;
        }
        graph |= number == 7;
        rest = after;
    }
    graph && rest.is_empty()
}

/// Whether the parts of a model are few enough to be unpacked.
pub fn is_small(bytes: &[u8]) -> bool {
    let mut left = MAX_PARTS;
    count(bytes, &MODEL, &mut left);
    left > 0
}

fn count(bytes: &[u8], message: &Message, left: &mut usize) {
    let mut rest = bytes;
    while let Some((number, own, after)) = field(rest) {
        rest = after;
        let part = message.0.iter().find(|(known, _)| *known == number);
        if let (Some((_, inner)), Some(own)) = (part, own) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return;
            }
            count(own, inner, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_empty_parts_are_too_many() {
        // A graph of empty nodes: two bytes each.
        let model = |nodes: usize| {
            let mut bytes = vec![0x3a];
            let size = 2 * nodes;
            bytes.extend([size as u8 & 0x7f | 0x80, (size >> 7) as u8 & 0x7f | 0x80, (size >> 14) as u8 & 0x7f | 0x80, (size >> 21) as u8 & 0x7f]);
            bytes.extend([0x0a, 0x00].repeat(nodes));
            bytes
        };
        assert!(recognises(&model(5)) && is_small(&model(5)));
        assert!(recognises(&model(MAX_PARTS)) && !is_small(&model(MAX_PARTS)));
    }
}
