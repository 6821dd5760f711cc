"""Runs int8 and int16 models under TensorFlow Lite Micro and writes every tensor of every inference.

    python3 oracle.py JOBS

JOBS is a JSON list of objects with the fields `model` and `inputs` (paths; `inputs` holds the inferences' inputs one after another as raw
bytes), `count` (of inferences), `full` (how many of them are written in full) and `out` (a path). The file `out` receives one line of JSON that
lists the tensors, then the bytes of all tensors for each of the first `full` inferences, then for each of the others the bytes of those marked
`last`: the model's outputs and what the last two operators read.
"""

import json
import sys

import numpy as np
from tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema


def tensors(model):
    """Describes what the operators compute, inputs of the model included."""
    graph = model.subgraphs[0]
    written = {int(i) for operator in graph.operators for i in operator.outputs} | {int(i) for i in graph.inputs}
    last = {int(i) for i in graph.outputs}
    for operator in graph.operators[-2:]:
        last |= {int(i) for i in operator.inputs} & written
    return [(index, index in last) for index in sorted(written)]


def run(job):
    """Runs one model over all its inputs."""
    with open(job["model"], "rb") as file:
        data = file.read()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    graph = model.subgraphs[0]
    arena = len(data) * 10 + 4_000_000
    preserve = runtime.InterpreterConfig.kPreserveAllTensors
    interpreter = runtime.Interpreter.from_file(job["model"], arena_size=arena, intrepreter_config=preserve)
    listed = tensors(model)
    outputs = [int(i) for i in graph.outputs]
    with open(job["inputs"], "rb") as file:
        raw = file.read()
    details = [interpreter.get_input_details(i) for i in range(len(graph.inputs))]
    header, at = [], 0
    for index, last in listed:
        output = outputs.index(index) if index in outputs else None
        tensor = graph.tensors[index]
        width = {schema.TensorType.FLOAT32: 4, schema.TensorType.INT16: 2}.get(tensor.type, 1)
        size = int(np.prod(tensor.shape)) * width
        header.append({"name": tensor.name.decode(), "size": size, "last": last, "output": output})
    with open(job["out"], "wb") as file:
        file.write(json.dumps(header).encode() + b"\n")
        for inference in range(job["count"]):
            for i, detail in enumerate(details):
                count = int(np.prod(detail["shape"]))
                value = np.frombuffer(raw, dtype=detail["dtype"], count=count, offset=at)
                interpreter.set_input(value.reshape(detail["shape"]), i)
                at += value.nbytes
            interpreter.invoke()
            for index, last in listed:
                if inference < job["full"] or last:
                    file.write(np.ascontiguousarray(interpreter.GetTensor(index, 0)["tensor_data"]).tobytes())


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        for job in json.load(file):
            run(job)
