"""Writes a sequential float network as ONNX: Conv, Relu, MaxPool, Flatten and Gemm.

A displacement is a depthwise convolution with one 1 per filter, as other tools write it.

Images become NCHW, weights OIHW, and the first dense layer reads channel, row, column.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

OPSET = 13


def save_onnx(network, parameters, image, path, name):
    """`image` is [height, width, channels]; one image in, the logits out."""
    height, width, channels = image
    nodes, constants, x, flat = [], [], "input", False

    def node(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(label, values):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), label))
        return label

    for layer in network.layers:
        if layer.kind == "pool":
            x = node("MaxPool", [x], layer.name, kernel_shape=[2, 2], strides=[2, 2])
            height, width = height // 2, width // 2
            continue
        if layer.kind == "displace":
            own = constant(f"{layer.name}.weight", one_hot(layer.offsets))
            size = constants[-1].dims[2]
            x = node("Conv", [x, own], layer.name, kernel_shape=[size] * 2, pads=[size // 2] * 4, group=channels)
            continue
        weights, bias = parameters[layer.name]
        if layer.kind == "depthwise":
            kernel = layer.shape[1]
            own = [constant(f"{layer.name}.weight", weights.transpose(0, 3, 1, 2)),
                   constant(f"{layer.name}.bias", bias)]
            x = node("Conv", [x, *own], layer.name, kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4, group=channels)
        elif layer.kind == "conv":
            kernel = layer.shape[1]
            pad = (kernel - 1) // 2 if layer.padding == "same" else 0
            own = [constant(f"{layer.name}.weight", weights.transpose(0, 3, 1, 2)),
                   constant(f"{layer.name}.bias", bias)]
            x = node("Conv", [x, *own], layer.name, kernel_shape=[kernel, kernel], pads=[pad] * 4)
            height, width, channels = height + 2 * pad - kernel + 1, width + 2 * pad - kernel + 1, layer.shape[0]
        else:
            if not flat:
                x, flat = node("Flatten", [x], "flat"), True
                shaped = weights.reshape(len(weights), height, width, channels)
                weights = shaped.transpose(0, 3, 1, 2).reshape(len(weights), -1)
            own = [constant(f"{layer.name}.weight", weights), constant(f"{layer.name}.bias", bias)]
            x = node("Gemm", [x, *own], layer.name, transB=1)
        if layer is not network.layers[-1]:
            x = node("Relu", [x], f"{layer.name}.relu")
    border = lambda label, shape: helper.make_tensor_value_info(label, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, name, [border("input", [1, image[2], image[0], image[1]])],
                              [border(x, [1, network.layers[-1].shape[0]])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    checker.check_model(model)
    save(model, path)


def one_hot(offsets):
    """Filters [channels, 1, size, size] that read one pixel each."""
    reach = max(abs(d) for pair in offsets for d in pair)
    filters = np.zeros((len(offsets), 1, 2 * reach + 1, 2 * reach + 1), np.float32)
    for channel, (dy, dx) in enumerate(offsets):
        filters[channel, 0, reach + dy, reach + dx] = 1
    return filters
