//! The nine rows: names, sources, the survey's figures, and what explains a difference.

use super::{Network, Survey, alexnet, as_resnet, googlenet, mobilenet, shiftnet, shufflenet, vgg};

const fn survey(parameters_millions: f64, macs_millions: f64, top1_percent: f64) -> Survey {
    Survey { parameters_millions, macs_millions, top1_percent }
}

/// The networks, in the order of the survey's table.
pub const NETWORKS: [Network; 9] = [
    Network {
        name: "mobilenet-v1",
        title: "MobileNet V1 1.0",
        source: "A. Howard et al., MobileNets, arXiv:1704.04861, 2017, table 1",
        survey: survey(4.2, 569.0, 70.6),
        differences: &[],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: mobilenet::v1,
    },
    Network {
        name: "mobilenet-v2",
        title: "MobileNet V2 1.0",
        source: "M. Sandler et al., MobileNetV2, CVPR 2018, table 2",
        survey: survey(3.4, 300.0, 72.0),
        differences: &["the paper's 3.4 M parameters are 3.47 M with the decimals after the first cut off"],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: mobilenet::v2,
    },
    Network {
        name: "shufflenet-v1",
        title: "ShuffleNet V1 1.5x, 3 groups",
        source: "X. Zhang et al., ShuffleNet, CVPR 2018, table 1",
        survey: survey(3.4, 530.0, 71.5),
        differences: &[
            "parameters and accuracy of the survey's row are those of 1.5x, which the paper gives as 292 M multiply-accumulates and 71.5 %; \
             530 M fit 2x (524 M, 5.4 M parameters, 73.7 %: --width 2)",
        ],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.5,
        describe: shufflenet::v1,
    },
    Network {
        name: "shufflenet-v2",
        title: "ShuffleNet V2 1.5x",
        source: "N. Ma et al., ShuffleNet V2, ECCV 2018, table 5",
        survey: survey(5.3, 300.0, 73.7),
        differences: &[
            "300 M multiply-accumulates are 1.5x, which the paper gives as 299 M, 3.5 M parameters and 72.6 %; the row's parameters and accuracy are \
             those of ShuffleNet V1 2x",
        ],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.5,
        describe: shufflenet::v2,
    },
    Network {
        name: "shiftnet-a",
        title: "ShiftNet-A",
        source: "B. Wu et al., Shift, CVPR 2018, section 4.3",
        survey: survey(4.1, 1400.0, 70.1),
        differences: &[],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: shiftnet::describe,
    },
    Network {
        name: "as-resnet",
        title: "As-ResNet-w68",
        source: "Y. Jeon, J. Kim, Constructing Fast Network through Deconstruction of Convolution, NIPS 2018, table 4",
        survey: survey(3.42, 729.0, 72.2),
        differences: &[
            "a fractional displacement is counted as its four bilinear taps, 9.3 M in all; with one operation for each activation \
             the sum is 729.2 M",
            "with the scales and offsets of batch normalisation, which are not counted here, it has 3.42 M parameters",
        ],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: as_resnet::describe,
    },
    Network {
        name: "googlenet",
        title: "GoogLeNet",
        source: "C. Szegedy et al., Going Deeper with Convolutions, CVPR 2015, table 1",
        survey: survey(6.8, 1550.0, 69.8),
        differences: &[
            "the parameters in the paper's table add up to 6798 K, and K is 1024 there: 6.96 M; its operations add up to 1502 M",
            "that table gives the first layer 2.7 K parameters and 34 M operations; its 64 filters of 7x7x3 have 9,408 and take 118 M",
        ],
        omissions: &["local response normalisation", "the two auxiliary classifiers"],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: googlenet::describe,
    },
    Network {
        name: "alexnet",
        title: "AlexNet",
        source: "A. Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, NIPS 2012, section 3.5",
        survey: survey(60.9, 725.0, 57.2),
        differences: &[],
        omissions: &["local response normalisation"],
        size: 227,
        least_size: 35,
        width: 1.0,
        describe: alexnet::describe,
    },
    Network {
        name: "vgg-16",
        title: "VGG-16",
        source: "K. Simonyan, A. Zisserman, Very Deep Convolutional Networks, ICLR 2015, table 1, column D",
        survey: survey(138.0, 15300.0, 71.5),
        differences: &["15,347 M of the multiply-accumulates are convolutions"],
        omissions: &[],
        size: 224,
        least_size: 32,
        width: 1.0,
        describe: vgg::describe,
    },
];
