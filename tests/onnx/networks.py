"""Whole networks of QONNX: dense and convolutional ones with 1 to 8 bits, and two as the examples have them."""

import numpy as np
from writer import Writer

CASES = {}


def case(function):
    """Registers a model; its function's name becomes the file's."""
    CASES[function.__name__] = function
    return function


def image(w, shape=(3, 8, 8), bits=8, scale=1 / 32, signed=0):
    return w.act(w.input([1, *shape]), bits, scale, signed)


def conv(w, x, channels, filters, bits, kernel=3, per_channel=False, scale=0.25, groups=1, **attributes):
    weights = w.weights([filters, channels // groups, kernel, kernel], bits, scale, per_channel)
    return w.op("Conv", [x, weights], kernel_shape=[kernel, kernel], group=groups, **attributes)


def dense(weight_bits, act_bits, per_channel=False, scale=0.25, input_bits=8):
    """Three layers with batch normalisation, the last with 8 bits."""
    def make(path):
        w = Writer(weight_bits * 10 + act_bits)
        x = w.quant(w.input([1, 28]), 1 / 256, input_bits, signed=0)
        for inputs, outputs in [(28, 20), (20, 16)]:
            x = w.op("MatMul", [x, w.weights([inputs, outputs], weight_bits, scale, per_channel, axis=1)])
            x = w.act(w.batch_norm(x, outputs), act_bits)
        x = w.op("MatMul", [x, w.weights([16, 10], weight_bits, scale, per_channel, axis=1)])
        w.output(w.quant(w.batch_norm(x, 10), 1 / 32, 8), [1, 10])
        w.save(path)
    return make


def convolutional(weight_bits, act_bits, per_channel=False, scale=0.25, relu=False, negative=True):
    """Two convolutions with pool and batch normalisation, then a dense layer behind a flattening."""
    def make(path):
        w = Writer(100 + weight_bits * 10 + act_bits)
        x = image(w)
        for channels, filters in [(3, 8), (8, 8)]:
            x = conv(w, x, channels, filters, weight_bits, per_channel=per_channel, scale=scale, pads=[1, 1, 1, 1])
            x = w.batch_norm(x, filters, negative=negative)
            x = w.op("Relu", [x]) if relu else x
            x = w.act(x, act_bits, 0.25)
            x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
        x = w.op("Flatten", [x])
        x = w.op("Gemm", [x, w.weights([10, 32], weight_bits, scale, per_channel)], transB=1)
        w.output(w.quant(w.batch_norm(x, 10), 1 / 16, 8), [1, 10])
        w.save(path)
    return make


for weight_bits, act_bits in [(1, 1), (1, 2), (2, 2), (3, 3), (4, 4), (4, 8), (8, 8)]:
    CASES[f"dense_w{weight_bits}a{act_bits}"] = dense(weight_bits, act_bits)
    CASES[f"conv_w{weight_bits}a{act_bits}"] = convolutional(weight_bits, act_bits)
CASES["conv_w4a4_per_channel_odd_scales"] = convolutional(4, 4, per_channel=True)
CASES["conv_w8a8_odd_scales"] = convolutional(8, 8, scale=0.0317, relu=True, negative=False)
CASES["conv_w3a5_odd_scales"] = convolutional(3, 5, scale=0.173, per_channel=True)
CASES["dense_w4a6_odd_scales"] = dense(4, 6, scale=0.117, per_channel=True)
CASES["dense_w2a4_binary_input"] = dense(2, 4, input_bits=1)


@case
def example_dense(path):
    """A binary network as our examples have it: weights of int8 behind a Cast, batch normalisation with factors of both signs."""
    w = Writer(300)
    x = w.quant(w.input([1, 784]), 1 / 256, 8, signed=0)
    for inputs, outputs in [(784, 32), (32, 32)]:
        signs = w.constant(w.random.choice([-1, 1], size=(inputs, outputs)), np.int8)
        x = w.op("MatMul", [x, w.bipolar(w.op("Cast", [signs], to=1))])
        x = w.bipolar(w.batch_norm(x, outputs, spread=3.0))
    x = w.op("MatMul", [x, w.weights([32, 10], 1)])
    w.output(w.quant(w.batch_norm(x, 10), 1 / 16, 8), [1, 10])
    w.save(path)


@case
def example_conv(path):
    """The same with convolutions and pools behind the binary quantiser."""
    w = Writer(301)
    x = w.quant(w.input([1, 1, 28, 28]), 1 / 256, 8, signed=0)
    for channels, filters in [(1, 8), (8, 8)]:
        x = conv(w, x, channels, filters, 1)
        x = w.bipolar(w.batch_norm(x, filters, spread=2.0))
        x = w.op("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    x = w.op("Reshape", [x, w.constant([1, -1], np.int64)])
    x = w.op("MatMul", [x, w.weights([200, 10], 1)])
    w.output(w.quant(w.batch_norm(x, 10), 1 / 16, 8), [1, 10])
    w.save(path)
