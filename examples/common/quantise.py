"""From trained parameters to an int8 TensorFlow Lite model.

Activations are int8 per tensor with a zero point, their ranges the extremes seen on
calibration images; weights are int8 symmetric; biases are int32 with the scale
`input scale * weight scale`. Nothing is retrained afterwards.
"""

import numpy as np

from common.mnist import INPUT_SCALE, INPUT_SHAPE, INPUT_ZERO_POINT
from tflite_writer import Model, symmetric_int8


def calibrate(network, parameters, images):
    """The smallest and the largest value of each weighted layer's output, with 0 inside."""
    ranges = {layer.name: (0.0, 0.0) for layer in network.weighted}
    for start in range(0, len(images), 500):
        activations = network.forward(parameters, images[start:start + 500])
        for name, (low, high) in ranges.items():
            a = activations[name]
            ranges[name] = (min(low, float(a.min())), max(high, float(a.max())))
    return ranges


def activation_scale(low, high):
    """Scale and zero point that map the range to -128..127 with 0 exact."""
    scale = np.float32((high - low) / 255)
    return {"scale": scale, "zero_point": int(np.clip(np.rint(-128 - low / scale), -128, 127))}


def per_tensor(layer, weights):
    """Integer weights with one scale for the layer."""
    return symmetric_int8(weights)


def per_channel_convolutions(layer, weights):
    """One scale per output channel in convolutions, one for the layer elsewhere."""
    return symmetric_int8(weights, axis=0 if layer.kind == "conv" else None)


def shared(layer, weights):
    """Integer weights that are equal where the weights are, and zero only where they are."""
    integers, scales = symmetric_int8(weights)
    lost = (integers == 0) & (weights != 0)
    return np.where(lost, np.sign(weights), integers).astype(np.int8), scales


def quantised_model(network, parameters, ranges, scheme, description):
    """The int8 network; `scheme` is one of the three functions above."""
    m = Model(description)
    x = m.input(INPUT_SHAPE, INPUT_SCALE, INPUT_ZERO_POINT)
    for layer in network.layers:
        if layer.kind == "pool":
            x = m.max_pool(x, 2, name=layer.name)
            continue
        weights, bias = parameters[layer.name]
        integers, scales = scheme(layer, weights)
        bias_scales = (np.float32(x.scale) * scales).astype(np.float64)
        bias = np.rint(bias / bias_scales).astype(np.int32)
        result = {**activation_scale(*ranges[layer.name]), "name": layer.name,
                  "activation": None if layer is network.layers[-1] else "relu"}
        if layer.kind == "conv":
            x = m.conv2d(x, integers, scales, bias, padding=layer.padding, **result)
        else:
            if len(x.shape) > 2:
                x = m.reshape(x, [-1, layer.shape[1]], name="flat")
            x = m.fully_connected(x, integers, scales, bias, **result)
    m.output(m.softmax(x, name="probabilities"))
    return m
