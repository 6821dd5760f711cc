//! Names beside points, where they overlap neither one another nor other points.

use super::format::shorten;
use super::node::Node;
use super::svg::{Anchor, WIDE, label, text_width};

/// Most characters of a name.
const NAME: usize = 28;
/// Pixels of a line of text.
const LINE: f64 = 14.0;

/// A point that wants a name: a share of the width, a pixel from the top.
pub struct Named<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Share of the width.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
    /// Pixels from its middle to its edge.
    pub radius: f64,
}

/// Left, right, top, bottom in pixels.
type Frame = [f64; 4];

fn overlaps(a: &Frame, b: &Frame) -> bool {
    a[0] < b[1] && b[0] < a[1] && a[2] < b[3] && b[2] < a[3]
}

/// Names for as many points as have room at the least width of a wide chart, the first ones first.
pub fn place(points: &[Named], [top, bottom]: [f64; 2]) -> Vec<Node> {
    let frame = |point: &Named| {
        let x = point.x * WIDE;
        [x - point.radius, x + point.radius, point.y - point.radius, point.y + point.radius]
    };
    let mut taken: Vec<Frame> = points.iter().map(frame).collect();
    let mut nodes = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let name = shorten(point.name, NAME);
        let (width, gap, x) = (text_width(&name), point.radius + 5.0, point.x * WIDE);
        let candidates = [
            (Anchor::Start, gap, 4.0),
            (Anchor::End, -gap, 4.0),
            (Anchor::Middle, 0.0, -gap),
            (Anchor::Middle, 0.0, gap + 9.0),
            (Anchor::Start, gap, -7.0),
            (Anchor::Start, gap, 15.0),
            (Anchor::End, -gap, -7.0),
            (Anchor::End, -gap, 15.0),
        ];
        let free = candidates.into_iter().find_map(|(anchor, dx, dy)| {
            let left = match anchor {
                Anchor::Start => x + dx,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x + dx - width,
            };
            let frame = [left, left + width, point.y + dy - LINE + 3.0, point.y + dy + 3.0];
            let inside = frame[0] >= 0.0 && frame[1] <= WIDE && frame[2] >= top && frame[3] <= bottom;
            let others = taken.iter().enumerate().filter(|(other, _)| *other != index);
            (inside && others.into_iter().all(|(_, other)| !overlaps(other, &frame))).then_some((anchor, dx, dy, frame))
        });
        if let Some((anchor, dx, dy, frame)) = free {
            taken.push(frame);
            nodes.push(label("halo", anchor, [point.x, point.y + dy], dx, name));
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowded_names_are_left_out() {
        let point = |x: f64| Named { name: "a long name", x, y: 50.0, radius: 5.0 };
        assert_eq!(place(&[point(0.1), point(0.9)], [0.0, 100.0]).len(), 2);
        let crowd: Vec<Named> = (0..100).map(|k| point(0.5 + f64::from(k) * 1e-4)).collect();
        assert!((1..10).contains(&place(&crowd, [0.0, 100.0]).len()));
    }
}
