//! The driver for PYNQ boards: what it makes of `design.json` is what the streams here are, and a whole inference goes through it with a DMA engine
//! that is not one.

use fretwork::emit::board::PYNQ_DRIVER;
use fretwork::plan::{Request, plan};
use fretwork::{import, inputs};
use fretwork_hdl::Machine;
use fretwork_sim::stalls::Stalls;
use std::path::Path;
use std::process::Command;

/// `pynq` as far as the driver uses it: the engine answers with recorded bytes.
const PYNQ: &str = r#"
import numpy as np

class Buffer(np.ndarray):
    def flush(self): pass
    def invalidate(self): pass

def allocate(shape, dtype):
    return np.zeros(shape, dtype).view(Buffer)

class Channel:
    def __init__(self, dma, sends): self.dma, self.sends = dma, sends
    def transfer(self, buffer):
        if self.sends:
            assert np.array_equal(buffer, np.fromfile("input.bin", np.uint8)), "other input words"
        else:
            self.dma.target = buffer
    def wait(self):
        if not self.sends:
            self.dma.target[:] = np.fromfile("output.bin", np.uint8)

class Dma:
    def __init__(self): self.sendchannel, self.recvchannel = Channel(self, True), Channel(self, False)

class Registers:
    def read(self, address):
        return 0x46525457 if address == 0 else address

class Overlay:
    def __init__(self, bitstream): self.dma, self.accelerator = Dma(), Registers()
"#;

const CHECK: &str = r#"
import json
import numpy as np
from fretwork_pynq import Accelerator, Layout

tensors = [np.array(t) for t in json.load(open("inputs.json"))]
layout = Layout("design.json")
tensors = [t.reshape(p["shape"]) for t, p in zip(tensors, layout.inputs)]
assert np.array_equal(layout.pack(tensors), np.fromfile("input.bin", np.uint8))
outputs = Accelerator(design="design.json").infer(*tensors)
expected = json.load(open("outputs.json"))
assert [o.reshape(-1).tolist() for o in outputs] == expected, (outputs, expected)
assert Accelerator(design="design.json").cycles() == 4 + 8 * (layout.steps - 1)
for bad in ([], [tensors[0].reshape(-1)[1:]], [tensors[0].astype(float)], [tensors[0].astype(int) + 300]):
    try:
        layout.pack(bad)
    except ValueError as error:
        assert "input" in str(error)
    else:
        raise AssertionError(f"taken: {bad}")
assert layout.quantise(np.zeros(tensors[0].shape)).flat[0] == layout.inputs[0]["zero_point"]
print("equal")
"#;

#[test]
fn the_driver_lays_tensors_as_the_streams_have_them() {
    if !Command::new("python3").args(["-c", "import numpy"]).status().is_ok_and(|status| status.success()) {
        println!("skipped: numpy is not here");
        return;
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet5/lenet5_int8.tflite");
    let graph = import::load(&model).unwrap();
    let program = plan(&graph, &Request { rows: 4, cols: 4, ..Request::square(8) }).unwrap();
    let tensors = inputs::random(&graph, 1, 3).remove(0);
    let stream = program.stream(&tensors);
    let machine = Machine::new(&program.design.accelerator, &program.images).unwrap();
    let run = machine.run(std::slice::from_ref(&stream), Stalls::NONE, true);
    let output: Vec<u8> = run.recording.outputs[0].clone();
    let mut begin = 0;
    let mut outputs: Vec<Vec<i8>> = Vec::new();
    for port in &program.design.outputs {
        outputs.push(port.unpack(&output[begin..]));
        begin += port.elements.len();
    }
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("fretwork_pynq.py", PYNQ_DRIVER.as_bytes());
    put("pynq.py", PYNQ.as_bytes());
    put("design.json", serde_json::to_string(&program.design).unwrap().as_bytes());
    put("inputs.json", serde_json::to_string(&tensors).unwrap().as_bytes());
    put("outputs.json", serde_json::to_string(&outputs).unwrap().as_bytes());
    put("input.bin", &stream);
    put("output.bin", &output);
    let ran = Command::new("python3").args(["-c", CHECK]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "equal\n", "{}", String::from_utf8_lossy(&ran.stderr));
}
