//! Where a random program's tensors lie: in memory of their own, or side by side in the pixels of a concatenation.

use super::{Generator, Tensor};
use fretwork_hdl::Region;
use fretwork_sim::kernels::concat;

/// Memory for parts that lie side by side in a pixel.
pub(super) struct Buffer {
    pub region: Region,
    /// Tensors in the buffer, with their first word.
    pub parts: Vec<(usize, usize)>,
}

impl Generator<'_> {
    /// Words of memory, with a gap before them now and then.
    pub(super) fn reserve(&mut self, words: usize) -> usize {
        let base = self.next + self.choices.pick(&[0, 0, 1, 5]);
        self.next = base + words;
        base
    }

    /// A place for a layer's output: a buffer of its own, or part of a wider one.
    pub(super) fn place(&mut self, image: [usize; 2], words: usize) -> Region {
        let [height, width] = image;
        let room = |b: &Buffer| {
            let used: usize = b.parts.iter().map(|&(tensor, _)| self.case.tensors[tensor].region.words).sum();
            (b.region.height, b.region.width) == (height, width) && b.region.stride - used >= words
        };
        let open = self.buffers.iter().position(room).filter(|_| self.choices.chance(70));
        let extra = if self.choices.chance(40) { self.choices.size(5) } else { 0 };
        let index = open.unwrap_or_else(|| {
            let stride = words + extra;
            let region = Region { base: self.reserve(height * width * stride), stride, height, width, words: stride };
            self.buffers.push(Buffer { region, parts: Vec::new() });
            self.buffers.len() - 1
        });
        let buffer = &mut self.buffers[index];
        let offset = buffer.parts.last().map_or(0, |&(tensor, offset)| offset + self.case.tensors[tensor].region.words);
        buffer.parts.push((self.case.tensors.len(), offset));
        Region { base: buffer.region.base + offset, words, ..buffer.region }
    }

    /// Adds the tensor that the latest step completes, and the whole of its buffer when that has several parts.
    pub(super) fn complete(&mut self, tensor: Tensor) {
        let id = self.case.tensors.len();
        if let Some(completes) = self.case.completes.last_mut() {
            *completes = Some(id);
        }
        self.case.tensors.push(tensor);
        let Some(buffer) = self.buffers.iter().find(|b| b.parts.len() > 1 && b.parts.last().is_some_and(|&(t, _)| t == id)) else { return };
        let parts: Vec<(&Tensor, usize)> = buffer.parts.iter().map(|&(t, offset)| (&self.case.tensors[t], offset)).collect();
        let lanes = self.accelerator.lanes;
        let map = parts.iter().flat_map(|&(t, offset)| t.map.iter().map(move |byte| byte + offset * lanes)).collect();
        let values = (0..self.inferences).map(|i| concat(&parts.iter().map(|(t, _)| (&t.values[i][..], t.map.len())).collect::<Vec<_>>()));
        let values = values.collect();
        let words = parts.iter().map(|(t, _)| t.region.words).sum();
        let region = Region { words, ..buffer.region };
        self.case.tensors.push(Tensor { region, map, values });
    }
}
