"""Runs ONNX models under their reference: qonnx's executor for QONNX, ONNX Runtime's CPU kernels for the others.

    python3 oracle.py JOBS

JOBS is a JSON list of {"model", "inputs", "count", "out", "exact"}. `inputs` holds the raw inputs of all inferences, `out` gets the raw outputs.
With `exact` the executor sums whole numbers and scales the sum.
"""

import json
import sys

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented
from qonnx.core import onnx_exec
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.infer_shapes import InferShapes

TYPES = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.UINT8: np.uint8, onnx.TensorProto.INT8: np.int8}

SESSION, EXECUTE = onnxruntime.InferenceSession, onnx_exec.execute_node
QONNX = {"qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"}


def options(precise=False):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    if precise:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def runtime(model):
    """ONNX Runtime as it comes, which runs DequantizeLinear, operator, QuantizeLinear with its integer kernels.

    Without `precise` the kernels for machines without VNNI saturate sums of two products at 16 bits; with it some of int8 by int8 are missing.
    """
    try:
        session = SESSION(model.SerializeToString(), options(precise=True), providers=["CPUExecutionProvider"])
    except NotImplemented:
        session = SESSION(model.SerializeToString(), options(), providers=["CPUExecutionProvider"])
    names = [output.name for output in model.graph.output]
    return lambda inputs: session.run(names, inputs)


def scales(model):
    """The scale of every quantised value: the value is that times a whole number."""
    constants = {constant.name: onnx.numpy_helper.to_array(constant) for constant in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        source, result = node.input[0] if node.input else None, node.output[0]
        if node.op_type in ("Quant", "BipolarQuant"):
            found[result] = constants[node.input[1]]
        elif node.op_type == "Transpose" and source in found and found[source].ndim:
            found[result] = found[source].transpose(node.attribute[0].ints)
        elif node.op_type in ("MaxPool", "Flatten", "Reshape", "Relu", "Concat", "Pad", "Identity", "Transpose", "Resize") and source in found:
            found[result] = found[source]
    return found


def with_exact_sums(execute, found):
    """Sums of whole numbers, scaled afterwards: what float sums are but for the rounding errors that depend on their order."""
    def run(node, context, *rest):
        names = node.input[:2]
        if node.op_type not in ("Conv", "MatMul", "Gemm") or any(name not in found for name in names):
            return execute(node, context, *rest)
        kept = {name: context[name] for name in node.input}
        for name in names:
            context[name] = np.round(context[name] / found[name]).astype(np.float32)
        for name in node.input[2:]:
            context[name] = np.zeros_like(context[name])
        execute(node, context, *rest)
        context.update(kept)
        result = context[node.output[0]]
        sizes = [1] * result.ndim
        product = np.asarray(found[names[0]], dtype=np.float32) * np.asarray(found[names[1]], dtype=np.float32)
        if product.size > 1:
            sizes[1] = product.size
        result = result * product.reshape(sizes)
        for name in node.input[2:]:
            sizes[1] = kept[name].size
            result = result + kept[name].reshape(sizes)
        context[node.output[0]] = result

    return run


def executor(model, exact):
    """qonnx's executor, which runs one node after the other; a session per node is made once, not for every inference."""
    sessions = {}


    def kept(serialized):
        if serialized not in sessions:
            sessions[serialized] = SESSION(serialized, options(), providers=["CPUExecutionProvider"])
        return sessions[serialized]

    onnx_exec.rt.InferenceSession = kept
    wrapped = ModelWrapper(model).transform(InferShapes())
    names = [output.name for output in model.graph.output]
    onnx_exec.execute_node = with_exact_sums(EXECUTE, scales(wrapped.model)) if exact else EXECUTE

    def run(inputs):
        found = onnx_exec.execute_onnx(wrapped, inputs)
        return [found[name] for name in names]

    return run


def run(job):
    model = onnx.load(job["model"])
    constants = {constant.name for constant in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    qonnx = any(node.domain in QONNX for node in model.graph.node)
    reference = executor(model, job["exact"]) if qonnx else runtime(model)
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
                assert output.dtype in (np.float32, np.uint8, np.int8, np.int64), output.dtype
                file.write(np.ascontiguousarray(output).tobytes())


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        for job in json.load(file):
            run(job)
