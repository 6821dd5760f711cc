"""Runs ONNX models under their reference: qonnx's executor for QONNX, ONNX Runtime's CPU kernels for the others.

    python3 oracle.py JOBS

JOBS is a JSON list of {"model", "inputs", "count", "out"}. `inputs` holds the raw inputs of all inferences, `out` gets the raw outputs.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

TYPES = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.UINT8: np.uint8, onnx.TensorProto.INT8: np.int8}
SESSION = onnxruntime.InferenceSession
QONNX = {"qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"}


def runtime(model):
    """ONNX Runtime as it comes, which runs DequantizeLinear, operator, QuantizeLinear with its integer kernels."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = SESSION(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in model.graph.output]
    return lambda inputs: session.run(names, inputs)


def executor(model):
    """qonnx's executor, which runs one node after the other; a session per node is made once, not for every inference."""
    from qonnx.core import onnx_exec
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.infer_shapes import InferShapes

    sessions = {}


    def kept(serialized):
        if serialized not in sessions:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            options.intra_op_num_threads = 1
            sessions[serialized] = SESSION(serialized, options, providers=["CPUExecutionProvider"])
        return sessions[serialized]

    onnx_exec.rt.InferenceSession = kept
    wrapped = ModelWrapper(model).transform(InferShapes())
    names = [output.name for output in model.graph.output]

    def run(inputs):
        found = onnx_exec.execute_onnx(wrapped, inputs)
        return [found[name] for name in names]

    return run


def run(job):
    model = onnx.load(job["model"])
    constants = {constant.name for constant in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    qonnx = any(node.domain in QONNX for node in model.graph.node)
    reference = (executor if qonnx else runtime)(model)
    with open(job["inputs"], "rb") as file:
        raw = file.read()
    at = 0
    with open(job["out"], "wb") as file:
        for _ in range(job["count"]):
            values = {}
            for value in inputs:
                kind = value.type.tensor_type
                shape = [max(1, dim.dim_value) for dim in kind.shape.dim]
                array = np.frombuffer(raw, dtype=TYPES[kind.elem_type], count=int(np.prod(shape)), offset=at).reshape(shape)
                at += array.nbytes
                values[value.name] = array
            for output in reference(values):
                assert output.dtype in (np.float32, np.uint8, np.int8), output.dtype
                file.write(np.ascontiguousarray(output).tobytes())


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        for job in json.load(file):
            run(job)
