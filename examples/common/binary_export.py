"""From a trained network of `binary` to a QONNX file that every runtime agrees on.

Sums of binary products are integers (of the pixels' 1/256 in the first layer), so only
batch normalisation can round. A sign flips between two neighbouring sums: each channel's
offset is moved so that it flips halfway between them, which changes no decision and
leaves none to the rounding of floating point. The offsets of the logits move by at most
`NUDGE` steps of the output, away from ties.
"""

import numpy as np

from common.binary import EPSILON
from common.qonnx_writer import Model

PIXEL = 1 / 256     # a power of two, so that sums of pixels are exact in floating point
LOGIT_BITS = 8
NUDGE = 0.05


def exported(network, parameters, statistics, images, description):
    """The `qonnx_writer.Model`; `images` set the scale of the logits."""
    m = Model(description)
    first, _ = network.stages[0]
    x = m.input([1, 1, 28, 28] if first.kind == "conv" else [1, images[0].size])
    x = m.quant(x, PIXEL, 8, signed=False, name="pixels")
    for layer, pooled in network.stages:
        weights, scale, offset = parameters[layer.name]
        if layer.kind == "conv":
            x = m.conv(x, weights.transpose(0, 3, 1, 2), layer.name)
        else:
            if len(m.shapes[x]) == 4:
                _, channels, h, w = m.shapes[x]
                x = m.flatten(x, "flat")
                weights = weights.reshape(-1, h, w, channels).transpose(0, 3, 1, 2)
            weights = weights.reshape(len(weights), -1)
            x = m.matmul(x, weights.T, layer.name)
        norm = Norm(scale, offset, *statistics[layer.name])
        inputs = weights[0].size
        if layer is network.stages[-1][0]:
            step = logit_step(network.logits(parameters, statistics, images))
            norm.avoid_ties(inputs, step)
        else:
            unit = PIXEL if layer is first else 1
            norm.settle(unit, inputs * (255 if layer is first else 1))
        x = m.batch_norm(x, norm.scale, norm.offset, norm.mean, norm.variance, EPSILON,
                         f"{layer.name}_norm")
        if layer is network.stages[-1][0]:
            x = m.quant(x, step, LOGIT_BITS, signed=True, name="logits")
        else:
            x = m.bipolar(x, f"{layer.name}_sign")
            x = m.max_pool(x, f"{layer.name}_pool") if pooled else x
    m.output(x)
    return m


def logit_step(logits):
    """The smallest power of two with which the largest magnitude does not saturate."""
    return 2.0 ** np.ceil(np.log2(np.abs(logits).max() / (2 ** (LOGIT_BITS - 1) - 1)))


class Norm:
    """One layer's batch normalisation, as float32 values held in double precision."""

    def __init__(self, scale, offset, mean, variance):
        self.scale, self.offset, self.mean, self.variance = (
            np.asarray(v, np.float32).astype(np.float64) for v in (scale, offset, mean, variance))
        self.deviation = np.sqrt(self.variance + np.float64(np.float32(EPSILON)))
        if not self.scale.all():
            raise ValueError("a channel's scale is zero: its sign is constant")

    def settle(self, unit, largest):
        """Sums are multiples of `unit` up to `largest` of them. Where they lie above the
        flip the sign is that of the scale; zero itself is positive."""
        flip = (self.mean - self.offset * self.deviation / self.scale) / unit
        halfway = np.where(self.scale > 0, np.ceil(flip) - 0.5, np.floor(flip) + 0.5)
        # A flip that no sum reaches would need an offset too large to be accurate.
        halfway = np.clip(halfway, -largest - 0.5, largest + 0.5)
        self.offset = self.scale * (self.mean - halfway * unit) / self.deviation

    def avoid_ties(self, inputs, step):
        """Of some offsets nearby the one that keeps every possible logit farthest from
        the middle between two steps."""
        sums = np.arange(-inputs, inputs + 1, 2)[:, None, None]
        nudges = np.linspace(-NUDGE, NUDGE, 101)[:, None]
        logits = ((sums - self.mean) / self.deviation * self.scale + self.offset) / step + nudges
        distance = np.abs(logits - np.floor(logits) - 0.5).min(axis=0)
        self.offset = self.offset + nudges[distance.argmax(axis=0), 0] * step
