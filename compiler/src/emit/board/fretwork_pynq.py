"""Runs a design on a PYNQ board: lays tensors into stream words, moves them by DMA, takes the outputs apart.

    from fretwork_pynq import Accelerator
    accelerator = Accelerator("fretwork.bit", "design.json")
    outputs = accelerator.infer(image)          # int8 arrays, one per input of the model
    print(accelerator.cycles())                 # of the latest inference, counted by the hardware

Needs numpy, and on the board the package pynq. `Layout` needs neither board nor pynq.
"""

import json

import numpy as np

IDENTIFICATION = 0x46525457
STEP_START, STEP_END = 0x20000, 0x20004


class Layout:
    """Where the elements of the tensors lie in the streams, as design.json says."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            design = json.load(file)
        self.lanes = design["accelerator"]["lanes"]
        self.inputs = design["inputs"]
        self.outputs = design["outputs"]
        self.steps = len(design["steps"])

    @staticmethod
    def _bytes(port):
        return 2 if port.get("wide") else 1

    def pack(self, tensors):
        """Integer tensors in the model's layout -> bytes of the input stream."""
        if len(tensors) != len(self.inputs):
            raise ValueError(f"{len(tensors)} inputs given, the model has {len(self.inputs)}")
        parts = []
        for port, tensor in zip(self.inputs, tensors):
            kind = np.dtype("<i2") if port.get("wide") else np.dtype("i1")
            values = np.ascontiguousarray(tensor)
            if values.size != int(np.prod(port["shape"])) or values.dtype.kind not in "iu":
                raise ValueError(f"input {port['name']} is {values.dtype} {values.shape}, must be integers of shape {port['shape']}")
            limits = np.iinfo(kind)
            if values.size and (values.min() < limits.min or values.max() > limits.max):
                raise ValueError(f"input {port['name']} has values outside {limits.min}..={limits.max}")
            raw = values.astype(kind).reshape(-1).view(np.uint8)
            elements = np.asarray(port["elements"])
            stream = np.full(elements.size, port["fill"], dtype=np.int8).view(np.uint8)
            stream[elements >= 0] = raw[elements[elements >= 0]]
            parts.append(stream)
        return np.concatenate(parts)

    def unpack(self, stream):
        """Bytes of the output stream -> integer tensors in the model's layout."""
        tensors, begin = [], 0
        for port in self.outputs:
            elements = np.asarray(port["elements"])
            part = stream[begin : begin + elements.size]
            begin += elements.size
            raw = np.zeros(int(np.prod(port["shape"])) * self._bytes(port), dtype=np.uint8)
            raw[elements[elements >= 0]] = part[elements >= 0]
            tensors.append(raw.view("<i2" if port.get("wide") else "i1").reshape(port["shape"]))
        return tensors

    def output_bytes(self):
        """Bytes of the output stream."""
        return sum(port["words"] for port in self.outputs) * self.lanes

    def quantise(self, real, index=0):
        """A float tensor -> the integers of input `index`."""
        port = self.inputs[index]
        limits = np.iinfo(np.int16 if port.get("wide") else np.int8)
        scaled = np.rint(np.asarray(real) / port["scale"]) + port["zero_point"]
        return np.clip(scaled, limits.min, limits.max).astype(limits.dtype)


class Accelerator:
    """The design on the board."""

    def __init__(self, bitstream="fretwork.bit", design="design.json"):
        from pynq import Overlay, allocate

        self.layout = Layout(design)
        self.overlay = Overlay(bitstream)
        self.dma = self.overlay.dma
        self.registers = self.overlay.accelerator
        if self.registers.read(0) != IDENTIFICATION:
            raise RuntimeError("the bitstream has no fretwork accelerator at the address of 'accelerator'")
        input_bytes = sum(port["words"] for port in self.layout.inputs) * self.layout.lanes
        self._in = allocate(shape=(input_bytes,), dtype=np.uint8)
        self._out = allocate(shape=(self.layout.output_bytes(),), dtype=np.uint8)

    def infer(self, *tensors):
        """One inference; a list of the model's outputs."""
        self._in[:] = self.layout.pack(tensors)
        self._in.flush()
        self.dma.recvchannel.transfer(self._out)
        self.dma.sendchannel.transfer(self._in)
        self.dma.sendchannel.wait()
        self.dma.recvchannel.wait()
        self._out.invalidate()
        return self.layout.unpack(np.array(self._out))

    def cycles(self):
        """Cycles of the latest inference: from the start of the first step to the end of the last."""
        start = self.registers.read(STEP_START)
        end = self.registers.read(STEP_END + 8 * (self.layout.steps - 1))
        return (end - start) & 0xFFFFFFFF
