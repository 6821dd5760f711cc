//! Interleaving of rows or columns: the parts lie between each other in one buffer. Columns are computed in place where that is possible; rows are
//! copied, each row as one long pixel.

use super::error::PlanError;
use super::layers::{Buffer, Layer, LayerWork, Placed, PlacedId};
use super::lower::{Lowerer, View};
use crate::graph::{Axis, Node};

impl Lowerer<'_> {
    pub(super) fn interleave(&mut self, node: &Node, axis: Axis) -> Result<(), PlanError> {
        let parts = node.inputs.iter().map(|&t| self.pixels(&node.name, t)).collect::<Result<Vec<_>, _>>()?;
        let first = &self.lowered.tensors[parts[0]];
        let alike = |part: &Placed| part.channels() == first.channels() && part.image == first.image && !part.wide;
        if !parts.iter().all(|&part| alike(&self.lowered.tensors[part])) {
            return Err(PlanError::unsupported(&node.name, "its inputs are no images of one size and type", "int8 images that are reshaped alike"));
        }
        let parts = self.lying_alike(&node.name, parts);
        let first = self.lowered.tensors[parts[0]].clone();
        let ([height, width], count) = (first.image, parts.len());
        let whole = self.lowered.buffers.len();
        self.lowered.buffers.push(Buffer { pixels: height * width * count, words: first.words, base: 0 });
        for (index, part) in parts.into_iter().enumerate() {
            match axis {
                Axis::Columns => self.interleave_columns(node, part, whole, index, count),
                Axis::Rows => self.interleave_rows(node, part, whole, index, count),
            }
        }
        let image = if axis == Axis::Rows { [height * count, width] } else { [height, width * count] };
        self.lowered.tensors.push(Placed { tensor: node.output, image, buffer: whole, offset: 0, pitch: 1, ..first });
        let placed = self.lowered.tensors.len() - 1;
        self.views.insert(node.output, View { placed, flat: false, sole_input: false });
        Ok(())
    }

    fn interleave_columns(&mut self, node: &Node, part: PlacedId, whole: usize, index: usize, count: usize) {
        let Placed { buffer, words, .. } = self.lowered.tensors[part];
        let moved = |tensor: &mut Placed| (tensor.buffer, tensor.offset, tensor.pitch) = (whole, index * words, count);
        if !self.is_input(part) && self.fills_buffer(part) {
            self.lowered.tensors.iter_mut().filter(|tensor| tensor.buffer == buffer).for_each(moved);
            return;
        }
        let target = self.copy_of(part);
        moved(&mut self.lowered.tensors[target]);
        self.copy(node, part, target);
    }

    fn interleave_rows(&mut self, node: &Node, part: PlacedId, whole: usize, index: usize, count: usize) {
        let source = if self.fills_rows(part) {
            part
        } else {
            let copy = self.copy_of(part);
            self.copy(node, part, copy);
            copy
        };
        let row = self.row_view(source);
        let target = Placed { buffer: whole, offset: index * row.words, pitch: row.pitch * count, ..row.clone() };
        self.lowered.tensors.extend([row, target]);
        let last = self.lowered.tensors.len() - 1;
        self.copy(node, last - 1, last);
    }

    /// Whether a row's words follow each other.
    fn fills_rows(&self, placed: PlacedId) -> bool {
        let Placed { buffer, words, offset, pitch, .. } = self.lowered.tensors[placed];
        offset == 0 && pitch == 1 && self.lowered.buffers[buffer].words == words
    }

    /// The tensor with every row as one pixel.
    fn row_view(&self, placed: PlacedId) -> Placed {
        let tensor = self.lowered.tensors[placed].clone();
        let [height, width] = tensor.image;
        let bytes = tensor.words * self.accelerator.lanes;
        let map = (0..width).flat_map(|x| tensor.map.iter().map(move |byte| x * bytes + byte)).collect();
        Placed { image: [height, 1], map, words: width * tensor.words, pitch: width, ..tensor }
    }

    fn copy(&mut self, node: &Node, from: PlacedId, to: PlacedId) {
        let name = format!("{} (copy)", node.name);
        self.lowered.layers.push(Layer { name, work: LayerWork::Copy, inputs: vec![from], output: to, binary: false, shift: false, operations: 0 });
    }
}
