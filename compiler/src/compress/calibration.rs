//! What the layers read in calibration inferences: first and second moments of their inputs.

use ndarray::ArrayView2;

use super::layers::Layer;
use crate::graph::{Graph, Op, Padding, Tensor, Window, evaluate};

/// Second moments of more inputs than this are kept in blocks, as if the blocks were independent.
const LARGEST_BLOCK: usize = 1024;
/// No blocks are smaller.
const SMALLEST_BLOCK: usize = 64;
/// What `weights * block size^2` should not exceed, so that large layers take minutes and not hours.
const WORK: f64 = 1e12;
/// Most patches of a layer; of more, evenly spaced ones are taken.
pub(super) const MAX_PATCHES: usize = 20_000;

/// Sums over the patches that a layer reads: `[tap][channel]` of `activation - zero point`, zero outside the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Number of patches.
    pub patches: usize,
    /// Sum of every input.
    pub sums: Vec<f64>,
    /// Sums of products, block by block along the diagonal; empty when they were not asked for.
    pub blocks: Vec<Block>,
}

/// Sums of products of inputs `start..start + size`.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// First input.
    pub start: usize,
    /// Number of inputs.
    pub size: usize,
    /// Lower triangle of `[row][column]`.
    pub products: Vec<f64>,
}

/// The moments of each layer's input over all inferences; second moments only with `products`.
pub fn moments(graph: &Graph, layers: &[Layer], inferences: &[Vec<Vec<i8>>], products: bool) -> Vec<Moments> {
    let views: Vec<View> = layers.iter().map(|layer| View::new(graph, layer.node)).collect();
    let zero = |(view, layer): (&View, &Layer)| Moments::zero(view.inputs(), products.then(|| block_size(layer.weights.len())));
    let mut all: Vec<Moments> = views.iter().zip(layers).map(zero).collect();
    for inference in inferences {
        let values = evaluate(graph, inference);
        for (view, moments) in views.iter().zip(&mut all) {
            let stride = (view.pixels() * inferences.len()).div_ceil(MAX_PATCHES).max(1);
            let mut patch = vec![0; view.inputs()];
            let elements = view.input.elements(&values[view.tensor]);
            for pixel in (0..view.pixels()).step_by(stride) {
                view.patch(&elements, pixel, &mut patch);
                moments.add(&patch);
            }
        }
    }
    all
}

/// Inputs in a block of a layer with so many weights.
pub(super) fn block_size(weights: usize) -> usize {
    ((WORK / weights as f64).sqrt() as usize).clamp(SMALLEST_BLOCK, LARGEST_BLOCK)
}

impl Moments {
    /// With second moments if there is a block size.
    pub fn zero(inputs: usize, block_size: Option<usize>) -> Moments {
        let block = |start: usize, most: usize| {
            let size = most.min(inputs - start);
            Block { start, size, products: vec![0.0; size * size] }
        };
        let blocks = block_size.map_or_else(Vec::new, |most| (0..inputs).step_by(most).map(|start| block(start, most)).collect());
        Moments { patches: 0, sums: vec![0.0; inputs], blocks }
    }

    /// Integers below 2^53 add up exactly, so the order of patches does not matter.
    fn add(&mut self, patch: &[i16]) {
        self.patches += 1;
        self.sums.iter_mut().zip(patch).for_each(|(sum, value)| *sum += f64::from(*value));
        for block in &mut self.blocks {
            let values: Vec<f64> = patch[block.start..][..block.size].iter().map(|value| f64::from(*value)).collect();
            for (row, value) in values.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                let products = &mut block.products[row * block.size..][..row + 1];
                products.iter_mut().zip(&values).for_each(|(product, other)| *product += value * other);
            }
        }
    }

    /// Adds real inputs, `[input][patch]`.
    pub fn add_real(&mut self, patches: ArrayView2<f32>) {
        self.patches += patches.ncols();
        self.sums.iter_mut().zip(patches.rows()).for_each(|(sum, row)| *sum += f64::from(row.sum()));
        for block in &mut self.blocks {
            let own = patches.slice(ndarray::s![block.start..block.start + block.size, ..]);
            let products = own.dot(&own.t());
            for (row, values) in products.rows().into_iter().enumerate() {
                let sums = &mut block.products[row * block.size..][..row + 1];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
    }

    /// Both together; they are of the same inputs.
    pub fn with(mut self, other: &Moments) -> Moments {
        let add = |all: &mut [f64], more: &[f64]| all.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        self.patches += other.patches;
        add(&mut self.sums, &other.sums);
        self.blocks.iter_mut().zip(&other.blocks).for_each(|(block, other)| add(&mut block.products, &other.products));
        self
    }

    /// The blocks of the inputs less their means: what an error costs where a bias makes up for the mean.
    pub fn centred(mut self) -> Vec<Block> {
        let count = self.patches.max(1) as f64;
        for Block { start, size, products } in &mut self.blocks {
            let sums = &self.sums[*start..*start + *size];
            for (row, entries) in products.chunks_exact_mut(*size).enumerate() {
                entries[..=row].iter_mut().zip(sums).for_each(|(entry, sum)| *entry -= sums[row] * sum / count);
            }
        }
        self.blocks
    }
}

/// How a layer reads its input.
struct View<'a> {
    tensor: usize,
    input: &'a Tensor,
    window: Option<Window>,
    /// Output height and width.
    output: [usize; 2],
}

impl<'a> View<'a> {
    fn new(graph: &'a Graph, node: usize) -> View<'a> {
        let node = &graph.nodes[node];
        let (input, target) = (&graph.tensors[node.inputs[0]], &graph.tensors[node.output]);
        let window = match node.op {
            Op::Conv { window, .. } | Op::Depthwise { window, .. } => Some(window),
            _ => None,
        };
        let output = match (window, target.image()) {
            (Some(_), Some([height, width, _])) => [height, width],
            _ => [1, 1],
        };
        View { tensor: node.inputs[0], input, window, output }
    }

    fn pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Values in a patch.
    fn inputs(&self) -> usize {
        self.window.map_or(self.input.len(), |window| window.kernel[0] * window.kernel[1] * self.input.channels())
    }

    /// What output pixel `pixel` reads.
    fn patch(&self, values: &[i16], pixel: usize, patch: &mut [i16]) {
        let zero_point = self.input.zero_point as i16;
        let (Some(window), Some([height, width, channels])) = (self.window, self.input.image()) else {
            patch.iter_mut().zip(values).for_each(|(entry, value)| *entry = *value - zero_point);
            return;
        };
        let Window { kernel, stride, dilation, padding: Padding { top, left, .. } } = window;
        let at = [pixel / self.output[1] * stride[0], pixel % self.output[1] * stride[1]];
        for (tap, entries) in patch.chunks_exact_mut(channels).enumerate() {
            let row = (at[0] + tap / kernel[1] * dilation[0]).checked_sub(top).filter(|row| *row < height);
            let col = (at[1] + tap % kernel[1] * dilation[1]).checked_sub(left).filter(|col| *col < width);
            match (row, col) {
                (Some(row), Some(col)) => {
                    let source = &values[(row * width + col) * channels..][..channels];
                    entries.iter_mut().zip(source).for_each(|(entry, value)| *entry = *value - zero_point);
                }
                _ => entries.fill(0),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::layers::layers;
    use crate::compress::testing::two_layers;

    #[test]
    fn large_layers_have_small_blocks() {
        assert_eq!([784 * 300, 9216 * 4096, usize::MAX].map(block_size), [1024, 162, 64]);
    }

    #[test]
    fn sums_and_products_of_two_inferences() {
        let graph = two_layers(1.0);
        let inferences = [vec![vec![1, 2, 3, 4]], vec![vec![0, -1, 0, 2]]];
        let moments = &moments(&graph, &layers(&graph, false), &inferences, true)[0];
        assert_eq!((moments.patches, &moments.sums[..]), (2, &[1.0, 1.0, 3.0, 6.0][..]));
        let lower = [[1.0, 0.0, 0.0, 0.0], [2.0, 5.0, 0.0, 0.0], [3.0, 6.0, 9.0, 0.0], [4.0, 6.0, 12.0, 20.0]];
        assert_eq!(moments.blocks[0].products, lower.concat());
    }

    #[test]
    fn real_inputs_and_their_deviations_from_the_mean() {
        let patches = [ndarray::arr2(&[[1.0f32, 3.0], [0.5, -0.5]]), ndarray::arr2(&[[2.0], [3.0]])];
        let all = patches.map(|patches| {
            let mut moments = Moments::zero(2, Some(64));
            moments.add_real(patches.view());
            moments
        });
        let moments = all[0].clone().with(&all[1]);
        assert_eq!((moments.patches, &moments.sums[..], &moments.blocks[0].products[..]), (3, &[6.0, 3.0][..], &[14.0, 0.0, 5.0, 9.5][..]));
        // Means of 2 and 1: 14 - 12, 5 - 6, 9.5 - 3.
        assert_eq!(moments.centred()[0].products, [2.0, 0.0, -1.0, 6.5]);
    }
}
