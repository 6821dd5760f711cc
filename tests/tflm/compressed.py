"""A model three times: as it is, and with its constants as indices into tables, in both formats of TensorFlow Lite Micro's tools.

    python3 compressed.py FOLDER

`decoded.tflite` is written by the package's own compression module, `metadata.tflite` by hand after the published schema of the older format.
"""

import pathlib
import sys

import flatbuffers
import numpy as np
from models import NONE, SAME
from tflite_micro.tensorflow.lite.micro.compression import compress, spec
from writer import Writer, schema


def few(w, shape, scale, values, axis=0):
    """Weights of few different values, others in every channel."""
    channels = shape[axis]
    tables = w.random.integers(-127, 128, size=(channels, values), dtype=np.int8)
    picks = w.random.integers(0, values, size=(channels, int(np.prod(shape)) // channels))
    data = np.take_along_axis(tables, picks, axis=1).reshape([channels] + [s for i, s in enumerate(shape) if i != axis])
    return w.tensor(shape, scale, data=np.ascontiguousarray(np.moveaxis(data, 0, axis)), axis=axis)


def build():
    """A convolution (a table per filter), a depthwise convolution (a table per channel, last axis), a dense layer (one table)."""
    w = Writer(11)
    x = w.tensor([1, 6, 5, 4], 0.05, -7, name="input")
    a = w.tensor([1, 6, 5, 6], 0.4, -9)
    tables = {}
    weights = few(w, [6, 3, 3, 4], w.scales(6, 0.004), 8)
    tables[weights] = (3, 0)
    w.op("CONV_2D", [x, weights, w.bias(6)], [a], "Conv2DOptions", padding=SAME, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1,
         fusedActivationFunction=NONE)
    b = w.tensor([1, 6, 5, 6], 0.31, 4)
    weights = few(w, [1, 3, 3, 6], w.scales(6, 0.02), 5, axis=3)
    tables[weights] = (3, 3)
    w.op("DEPTHWISE_CONV_2D", [a, weights, w.bias(6)], [b], "DepthwiseConv2DOptions", padding=SAME, strideH=1, strideW=1, depthMultiplier=1,
         dilationHFactor=1, dilationWFactor=1, fusedActivationFunction=NONE)
    flat = w.op("RESHAPE", [b], [w.tensor([1, 180], 0.31, 4)])
    weights = w.tensor([3, 180], 0.01, data=w.random.choice(np.array([-90, -7, 0, 5, 44, 127], np.int8), size=(3, 180)))
    tables[weights] = (4, None)
    y = w.tensor([1, 3], 0.7, 1, name="output")
    bias = w.tensor([3], np.float32(0.31) * np.float32(0.01), data=w.random.integers(-3000, 3000, size=3, dtype=np.int32))
    w.op("FULLY_CONNECTED", [flat, weights, bias], [y], "FullyConnectedOptions", fusedActivationFunction=NONE)
    return w, tables, x, y


def decoded(content, tables):
    """With the decoding operator, by the package's own tool."""
    mode = {None: spec.PerTensor()}
    methods = [spec.Tensor(0, tensor, [spec.LookUpTableCompression(bits, mode.get(axis) or spec.PerChannel(axis))])
               for tensor, (bits, axis) in tables.items()]
    return compress(content, methods)


def pack(indices, bits):
    text = "".join(f"{index:0{bits}b}" for index in indices)
    return np.frombuffer(int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big"), np.uint8)


def metadata(content, tables):
    """With the metadata entry."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    entries = []
    for tensor, (bits, axis) in tables.items():
        buffer = model.buffers[graph.tensors[tensor].buffer]
        data = np.asarray(buffer.data, np.uint8).view(np.int8).reshape(graph.tensors[tensor].shape)
        parts = [data] if axis is None else list(np.moveaxis(data, axis, 0))
        values = [np.unique(part) for part in parts]
        longest = max(len(value) for value in values)
        indices = np.stack([np.searchsorted(value, part) for value, part in zip(values, parts)])
        indices = indices[0] if axis is None else np.moveaxis(indices, 0, axis)
        buffer.data = pack(indices.ravel(), bits)
        stored = schema.BufferT()
        stored.data = np.concatenate([np.pad(value, (0, longest - len(value))) for value in values]).view(np.uint8)
        model.buffers.append(stored)
        entries.append((tensor, len(model.buffers) - 1, bits))
    entry = schema.MetadataT()
    entry.name, entry.buffer = "COMPRESSION_METADATA", len(model.buffers)
    model.metadata = [entry]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(entries_table(entries), np.uint8)
    model.buffers.append(buffer)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return builder.Output()


def entries_table(entries):
    """The metadata's own FlatBuffer: version, subgraphs, tensors with index, buffer of values and index width."""
    b = flatbuffers.Builder(256)

    def table(*fields):
        b.StartObject(len(fields))
        for slot, add in enumerate(fields):
            add(slot)
        return b.EndObject()

    def vector(tables):
        b.StartVector(4, len(tables), 4)
        for entry in reversed(tables):
            b.PrependUOffsetTRelative(entry)
        return b.EndVector()

    tensors = vector([table(lambda s, t=tensor: b.PrependInt32Slot(s, t, 0), lambda s, v=values: b.PrependUint32Slot(s, v, 0),
                            lambda s, w=bits: b.PrependUint8Slot(s, w, 0)) for tensor, values, bits in entries])
    subgraphs = vector([table(lambda s: b.PrependUOffsetTRelativeSlot(s, tensors, 0))])
    b.Finish(table(lambda s: b.PrependUint32Slot(s, 1, 0), lambda s: b.PrependUOffsetTRelativeSlot(s, subgraphs, 0)))
    return bytes(b.Output())


def main(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    w, tables, x, y = build()
    w.save(folder / "plain.tflite", [x], [y])
    content = (folder / "plain.tflite").read_bytes()
    (folder / "decoded.tflite").write_bytes(decoded(content, tables))
    (folder / "metadata.tflite").write_bytes(metadata(content, tables))


if __name__ == "__main__":
    main(sys.argv[1])
