//! Reshapes: other views of the same bytes.

use super::error::PlanError;
use super::layers::Placed;
use super::lower::{Lowerer, View};
use crate::graph::Node;

impl Lowerer<'_> {
    /// Keeps the channels, flattens an image for a matrix product, or has the host lay an input out otherwise.
    pub(super) fn reshape(&mut self, node: &Node) -> Result<(), PlanError> {
        let source = node.inputs[0];
        let view = self.view(&node.name, source)?;
        let [h, w, c] = self.image(node.output);
        let sole_input = view.sole_input && self.uses[node.output] == 1;
        if sole_input {
            self.relayout_input(view.placed, [h, w], c, (0..(h * w * c) as i32).collect());
            self.views.insert(node.output, View { sole_input, ..view });
            return Ok(());
        }
        let placed = self.lowered.tensors[view.placed].clone();
        let pixels = placed.image[0] * placed.image[1];
        if !view.flat && c == placed.channels() && h * w == pixels {
            self.lowered.tensors.push(Placed { image: [h, w], ..placed });
            let alias = self.lowered.tensors.len() - 1;
            self.views.insert(node.output, View { placed: alias, flat: false, sole_input: false });
        } else if [h, w] == [1, 1] {
            self.views.insert(node.output, View { flat: true, sole_input: false, ..view });
        } else if view.flat && [h, w] == placed.image && c == placed.channels() {
            self.views.insert(node.output, View { flat: false, sole_input: false, ..view });
        } else {
            let why = format!("it reshapes {:?} to {:?}", self.graph.tensors[source].shape, self.graph.tensors[node.output].shape);
            let remedy = "reshapes that keep the channels, flatten an image before a fully connected layer, or stand at the network's border";
            return Err(PlanError::unsupported(&node.name, why, remedy));
        }
        Ok(())
    }
}
