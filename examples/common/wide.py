"""From an int8 network of dense layers to one with int16 activations.

Weights stay what they are, integer for integer and with their scales, so pruning and
shared values stay too. Activations become int16 with zero point 0, their scales set
by the largest magnitude seen on calibration images; biases become int64.
"""

import numpy as np

from common.integer_model import RELU, IntegerModel
from common.mnist import INPUT_SHAPE, WIDE_INPUT_SCALE
from tflite_writer import Model


def widened(content, images, description):
    """The network of the int8 file `content` with int16 activations; `images` are
    float NHWC in 0..1."""
    source = IntegerModel(content)
    m = Model(description, dtype="int16")
    x = m.input(INPUT_SHAPE, WIDE_INPUT_SCALE, 0)
    x = m.reshape(x, [1, -1], name="flat")
    values = images.reshape(len(images), -1)
    for operator in source.weighted_operators():
        weights, scales = source.constant(operator.inputs[1]), real_scales(source, operator.inputs[1])
        bias = source.constant(operator.inputs[2]) * real_scales(source, operator.inputs[2])
        relu = operator.builtinOptions.fusedActivationFunction == RELU
        values = values @ (weights * scales[:, None]).T + bias
        values = np.maximum(values, 0) if relu else values
        integers = np.rint(bias / (np.float64(x.scale) * scales)).astype(np.int64)
        x = m.fully_connected(x, weights.astype(np.int8), scales, integers,
                              scale=np.float32(np.abs(values).max() / 32767), zero_point=0,
                              activation="relu" if relu else None,
                              name=source.tensor(operator.outputs[0]).name.decode())
    m.output(m.softmax(x, name="probabilities"))
    return m


def real_scales(model, index):
    """A constant's scales in double precision."""
    return np.asarray(model.tensor(index).quantization.scale, np.float32).astype(np.float64)
