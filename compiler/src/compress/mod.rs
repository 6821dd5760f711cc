//! Compression: from a graph to one whose weights are pruned or shared. One file per method, each a pure function.
//!
//! Weights stay int8 in the graph: pruning makes some of them zero, sharing leaves few different ones. A compressed graph is an ordinary
//! graph, which every kernel and every core computes as it is; what it saves shows where weights are stored or executed sparsely. Float networks
//! become graphs in `quantise`; before that, `reduce` may change their structure.

pub mod admm;
pub mod apot;
pub mod bias;
pub mod binarise;
pub mod calibration;
pub mod coreset;
pub mod curvature;
pub mod deep_compression;
pub mod hessian;
pub mod inq;
pub mod kmeans;
pub mod layers;
pub mod lcq;
pub mod low_rank;
pub mod matrix;
pub mod merge_neurons;
pub mod obd;
pub mod obs;
mod points;
pub mod pq;
pub mod prune;
pub mod pwlq;
pub mod quantise;
pub mod recode;
pub mod reduce;
pub mod slimming;
pub mod slq;
pub mod statistics;
pub mod syq;
#[cfg(test)]
mod testing;
pub mod tetris;
pub mod ttq;
pub mod twn;
