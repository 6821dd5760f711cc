//! Deep compression: pruning, then weight sharing; the third stage, Huffman coding, happens where the graph is stored.
//!
//! Source: S. Han, H. Mao, W. Dally, *Deep Compression: Compressing Deep Neural Networks with Pruning, Trained Quantization and Huffman
//! Coding*, ICLR 2016. Their retraining between the stages is left to whoever trained the network.

use super::kmeans::{self, Sharing};
use super::prune::{self, Target};
use crate::graph::Graph;

/// Prunes by magnitude and shares what is left.
pub fn compress(graph: &Graph, target: &Target, sharing: &Sharing) -> Graph {
    kmeans::share(&prune::prune(graph, target), sharing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::kmeans::Init;
    use crate::compress::prune::Scope;
    use crate::compress::testing::{two_layers, weights};

    #[test]
    fn half_the_weights_two_values() {
        // Left of the first layer: 10 -8 9 -7; of the second: 6 -7. One bit allows one value, two bits three.
        let target = Target { density: 0.5, scope: Scope::Layer, own: Vec::new(), depthwise: false };
        let compressed = compress(&two_layers(1.0), &target, &Sharing { bits: 2, init: Init::Linear, depthwise: false });
        // The centres start at -8, 1 and 10; nothing is near 1.
        assert_eq!(weights(&compressed, 0), [10, 0, -8, 0, 0, 10, 0, -8]);
        assert_eq!(weights(&compressed, 1), [0, 6, -7, 0]);
    }
}
