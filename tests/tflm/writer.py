"""A small writer of int8 and int16 TFLite models, for tests: tensors, operators, a file. It knows only what the cases in `models.py` need."""

import flatbuffers
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

TYPES = {
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.uint8): schema.TensorType.UINT8,
    np.dtype(np.int16): schema.TensorType.INT16,
    np.dtype(np.int32): schema.TensorType.INT32,
    np.dtype(np.int64): schema.TensorType.INT64,
    np.dtype(np.float32): schema.TensorType.FLOAT32,
}


class Writer:
    """One model with one subgraph."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "fretwork test model"
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.tensors = []
        self.graph.operators = []
        self.model.subgraphs = [self.graph]

    def tensor(self, shape, scale=None, zero=0, data=None, dtype=np.int8, name=None, axis=0):
        """Adds a tensor and returns its index; `scale` is a number, a list (one per channel of `axis`) or None."""
        tensor = schema.TensorT()
        index = len(self.graph.tensors)
        tensor.name = name or f"tensor_{index}"
        tensor.shape = [int(size) for size in shape]
        tensor.buffer = 0
        if data is not None:
            data = np.asarray(data)
            dtype = data.dtype
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), dtype=np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        tensor.type = TYPES[np.dtype(dtype)]
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, dtype=np.float32))
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = np.full(len(scales), zero, dtype=np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return index

    def op(self, name, inputs, outputs, options=None, **fields):
        """Adds operator `name` (as in the schema); `options` is the name of its option table, `fields` its fields."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(code)
        operator.inputs = list(inputs)
        operator.outputs = list(outputs)
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options)
            operator.builtinOptions = getattr(schema, options + "T")()
            for field, value in fields.items():
                if not hasattr(operator.builtinOptions, field):
                    raise AttributeError(f"{options} has no field {field}")
                setattr(operator.builtinOptions, field, value)
        self.graph.operators.append(operator)
        return outputs[0]

    def weights(self, shape, scale, axis=0, limit=127):
        """Adds random int8 weights."""
        data = self.random.integers(-limit, limit + 1, size=shape, dtype=np.int8)
        return self.tensor(shape, scale, data=data, axis=axis)

    def bias(self, count, limit=3000):
        """Adds random int32 biases."""
        data = self.random.integers(-limit, limit + 1, size=count, dtype=np.int32)
        return self.tensor([count], [1.0], data=data)

    def scales(self, count, mean):
        """Returns one random scale per channel, around `mean`."""
        return (mean * self.random.uniform(0.3, 1.7, size=count)).astype(np.float32)

    def save(self, path, inputs, outputs):
        """Writes the file."""
        self.graph.inputs = list(inputs)
        self.graph.outputs = list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        with open(path, "wb") as file:
            file.write(builder.Output())
