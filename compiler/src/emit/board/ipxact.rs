//! `component.xml`: the design's top level as IP-XACT (IEEE 1685-2009) says it, with its bus interfaces.

use crate::emit::top::ports;
use fretwork_hdl::{Accelerator, rtl};
use std::fmt::Write;

/// Bytes of the register map.
pub const RANGE: usize = 1 << 18;

/// A bus interface of the top level.
pub struct Bus {
    /// Its name.
    pub name: &'static str,
    /// `axis`, `aximm`, `clock` or `reset`.
    pub kind: &'static str,
    /// The other side begins.
    pub slave: bool,
    /// Logical and physical ports.
    pub ports: Vec<(&'static str, String)>,
}

/// The library that defines a kind of bus.
pub fn library(kind: &str) -> &'static str {
    if matches!(kind, "clock" | "reset") { "signal" } else { "interface" }
}

/// All interfaces: the streams, the registers, clock and reset.
pub fn buses() -> Vec<Bus> {
    let map = |prefix: &str, ports: &[(&'static str, &str)]| ports.iter().map(|(logical, port)| (*logical, format!("{prefix}{port}"))).collect();
    let lite = [
        ("AWADDR", "awaddr_i"),
        ("AWVALID", "awvalid_i"),
        ("AWREADY", "awready_o"),
        ("WDATA", "wdata_i"),
        ("WSTRB", "wstrb_i"),
        ("WVALID", "wvalid_i"),
        ("WREADY", "wready_o"),
        ("BRESP", "bresp_o"),
        ("BVALID", "bvalid_o"),
        ("BREADY", "bready_i"),
        ("ARADDR", "araddr_i"),
        ("ARVALID", "arvalid_i"),
        ("ARREADY", "arready_o"),
        ("RDATA", "rdata_o"),
        ("RRESP", "rresp_o"),
        ("RVALID", "rvalid_o"),
        ("RREADY", "rready_i"),
    ];
    let input = [("TDATA", "tdata_i"), ("TVALID", "tvalid_i"), ("TREADY", "tready_o")];
    let output = [("TDATA", "tdata_o"), ("TVALID", "tvalid_o"), ("TREADY", "tready_i"), ("TLAST", "tlast_o")];
    vec![
        Bus { name: "s_axis", kind: "axis", slave: true, ports: map("s_axis_", &input) },
        Bus { name: "m_axis", kind: "axis", slave: false, ports: map("m_axis_", &output) },
        Bus { name: "s_axil", kind: "aximm", slave: true, ports: map("s_axil_", &lite) },
        Bus { name: "clk", kind: "clock", slave: true, ports: map("", &[("CLK", "clk_i")]) },
        Bus { name: "rst", kind: "reset", slave: true, ports: map("", &[("RST", "rst_ni")]) },
    ]
}

/// The text of `component.xml`.
pub fn component(accelerator: &Accelerator, images: &[String]) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <spirit:component xmlns:spirit=\"http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009\">\n  \
         <spirit:vendor>fretwork.dev</spirit:vendor>\n  <spirit:library>user</spirit:library>\n  \
         <spirit:name>fretwork_accelerator</spirit:name>\n  <spirit:version>1.0</spirit:version>\n  <spirit:busInterfaces>\n",
    );
    for bus in buses() {
        let library = library(bus.kind);
        let mode = match (bus.slave, bus.name) {
            (true, "s_axil") => "<spirit:slave><spirit:memoryMapRef spirit:memoryMapRef=\"s_axil\"/></spirit:slave>",
            (true, _) => "<spirit:slave/>",
            (false, _) => "<spirit:master/>",
        };
        let kind = bus.kind;
        let _ = write!(
            xml,
            "    <spirit:busInterface>\n      <spirit:name>{}</spirit:name>\n      \
             <spirit:busType spirit:vendor=\"xilinx.com\" spirit:library=\"{library}\" spirit:name=\"{kind}\" spirit:version=\"1.0\"/>\n      \
             <spirit:abstractionType spirit:vendor=\"xilinx.com\" spirit:library=\"{library}\" spirit:name=\"{kind}_rtl\" spirit:version=\"1.0\"/>\n      \
             {mode}\n      <spirit:portMaps>\n",
            bus.name
        );
        for (logical, physical) in &bus.ports {
            let _ = writeln!(
                xml,
                "        <spirit:portMap><spirit:logicalPort><spirit:name>{logical}</spirit:name></spirit:logicalPort>\
                 <spirit:physicalPort><spirit:name>{physical}</spirit:name></spirit:physicalPort></spirit:portMap>"
            );
        }
        xml.push_str("      </spirit:portMaps>\n");
        let bytes = accelerator.lanes.to_string();
        let parameters: &[(&str, &str)] = match bus.kind {
            "axis" => &[("TDATA_NUM_BYTES", &bytes)],
            "clock" => &[("ASSOCIATED_BUSIF", "s_axis:m_axis:s_axil"), ("ASSOCIATED_RESET", "rst_ni")],
            "reset" => &[("POLARITY", "ACTIVE_LOW")],
            _ => &[],
        };
        if !parameters.is_empty() {
            xml.push_str("      <spirit:parameters>\n");
            for (name, value) in parameters {
                let _ = writeln!(
                    xml,
                    "        <spirit:parameter><spirit:name>{name}</spirit:name>\
                     <spirit:value spirit:id=\"BUSIFPARAM_VALUE.{}.{name}\">{value}</spirit:value></spirit:parameter>",
                    bus.name
                );
            }
            xml.push_str("      </spirit:parameters>\n");
        }
        xml.push_str("    </spirit:busInterface>\n");
    }
    let _ = write!(
        xml,
        "  </spirit:busInterfaces>\n  <spirit:memoryMaps>\n    <spirit:memoryMap>\n      <spirit:name>s_axil</spirit:name>\n      \
         <spirit:addressBlock>\n        <spirit:name>registers</spirit:name>\n        <spirit:baseAddress>0</spirit:baseAddress>\n        \
         <spirit:range>{RANGE}</spirit:range>\n        <spirit:width>32</spirit:width>\n        <spirit:usage>register</spirit:usage>\n      \
         </spirit:addressBlock>\n    </spirit:memoryMap>\n  </spirit:memoryMaps>\n  <spirit:model>\n    <spirit:views>\n      <spirit:view>\n        \
         <spirit:name>rtl</spirit:name>\n        <spirit:envIdentifier>systemVerilogSource:vivado.xilinx.com:synthesis</spirit:envIdentifier>\n        \
         <spirit:language>systemVerilog</spirit:language>\n        <spirit:modelName>top</spirit:modelName>\n        \
         <spirit:fileSetRef><spirit:localName>rtl</spirit:localName></spirit:fileSetRef>\n      </spirit:view>\n    </spirit:views>\n    <spirit:ports>\n"
    );
    for (direction, name, bits) in ports(accelerator) {
        let direction = if direction.starts_with("input") { "in" } else { "out" };
        let vector = if bits == 1 && name != "probe_we_o" {
            String::new()
        } else {
            format!("<spirit:vector><spirit:left>{}</spirit:left><spirit:right>0</spirit:right></spirit:vector>", bits - 1)
        };
        let _ = writeln!(
            xml,
            "      <spirit:port><spirit:name>{name}</spirit:name><spirit:wire><spirit:direction>{direction}</spirit:direction>{vector}\
             </spirit:wire></spirit:port>"
        );
    }
    xml.push_str("    </spirit:ports>\n  </spirit:model>\n  <spirit:fileSets>\n    <spirit:fileSet>\n      <spirit:name>rtl</spirit:name>\n");
    let sources = rtl::FILES.iter().map(|(name, _)| format!("rtl/{name}")).chain(["top.sv".to_owned()]);
    for (file, kind) in sources.map(|file| (file, "systemVerilogSource")).chain(images.iter().map(|file| (file.clone(), "mem"))) {
        let kind =
            if kind == "mem" { "<spirit:userFileType>mem</spirit:userFileType>" } else { "<spirit:fileType>systemVerilogSource</spirit:fileType>" };
        let _ = writeln!(xml, "      <spirit:file><spirit:name>{file}</spirit:name>{kind}</spirit:file>");
    }
    xml.push_str("    </spirit:fileSet>\n  </spirit:fileSets>\n  <spirit:description>Accelerator written by fretwork</spirit:description>\n</spirit:component>\n");
    xml
}
