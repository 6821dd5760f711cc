//! The top level: the accelerator with this design's parameters.

use fretwork_hdl::Accelerator;
use fretwork_hdl::memory::Source;

const AXIL: &[(&str, &str, usize)] = &[
    ("input ", "awvalid_i", 1),
    ("output", "awready_o", 1),
    ("input ", "awaddr_i", 18),
    ("input ", "wvalid_i", 1),
    ("output", "wready_o", 1),
    ("input ", "wdata_i", 32),
    ("input ", "wstrb_i", 4),
    ("output", "bvalid_o", 1),
    ("input ", "bready_i", 1),
    ("output", "bresp_o", 2),
    ("input ", "arvalid_i", 1),
    ("output", "arready_o", 1),
    ("input ", "araddr_i", 18),
    ("output", "rvalid_o", 1),
    ("input ", "rready_i", 1),
    ("output", "rdata_o", 32),
    ("output", "rresp_o", 2),
];

const AXI: &[(&str, &str, usize)] = &[
    ("output", "arvalid_o", 1),
    ("input ", "arready_i", 1),
    ("output", "araddr_o", 32),
    ("output", "arlen_o", 8),
    ("output", "arsize_o", 3),
    ("output", "arburst_o", 2),
    ("input ", "rvalid_i", 1),
    ("output", "rready_o", 1),
    ("input ", "rdata_i", 0),
    ("input ", "rresp_i", 2),
    ("input ", "rlast_i", 1),
];

const FLASH: &[(&str, &str, usize)] =
    &[("output", "csb_o", 1), ("output", "sclk_o", 1), ("output", "io_o", 4), ("output", "oe_o", 4), ("input ", "io_i", 4)];

/// Ports to memories outside the chip, that of weights over AXI4 or that of a flash. A width of 0 stands for the bus's.
fn outside() -> impl Iterator<Item = (&'static str, String, usize)> {
    let axi = AXI.iter().map(|&(direction, name, bits)| (direction, format!("m_axi_{name}"), bits));
    axi.chain(FLASH.iter().map(|&(direction, name, bits)| (direction, format!("flash_{name}"), bits)))
}

/// Ports of the top level: direction, name, bits.
pub fn ports(accelerator: &Accelerator) -> Vec<(&'static str, String, usize)> {
    let word = accelerator.lanes * 8;
    let own = |direction, name: &str, bits| (direction, name.to_string(), bits);
    let mut ports = vec![
        own("input ", "clk_i", 1),
        own("input ", "rst_ni", 1),
        own("input ", "s_axis_tvalid_i", 1),
        own("output", "s_axis_tready_o", 1),
        own("input ", "s_axis_tdata_i", word),
        own("output", "m_axis_tvalid_o", 1),
        own("input ", "m_axis_tready_i", 1),
        own("output", "m_axis_tdata_o", word),
        own("output", "m_axis_tlast_o", 1),
    ];
    ports.extend(AXIL.iter().map(|&(direction, name, bits)| (direction, format!("s_axil_{name}"), bits)));
    let prefix = match &accelerator.stream.source {
        Source::Rom => None,
        Source::Axi(_) => Some("m_axi_"),
        Source::Boot(_) => Some("flash_"),
    };
    let bus = accelerator.stream.source.axi().map_or(0, |axi| axi.bits);
    let there = outside().filter(|(_, name, _)| prefix.is_some_and(|prefix| name.starts_with(prefix)));
    ports.extend(there.map(|(direction, name, bits)| (direction, name, if bits == 0 { bus } else { bits })));
    ports.extend([
        own("output", "probe_start_o", 1),
        own("output", "probe_end_o", 1),
        own("output", "probe_step_o", 16),
        own("output", "probe_we_o", accelerator.banks()),
        own("output", "probe_addr_o", 16),
        own("output", "probe_data_o", word),
    ]);
    ports
}

/// A parameter's value; what does not fit a signed number of 32 bits takes its width along.
fn number(value: usize) -> String {
    if value <= i32::MAX as usize { value.to_string() } else { format!("32'd{value}") }
}

/// The text of `top.sv`.
pub fn top(accelerator: &Accelerator) -> String {
    let a = accelerator;
    let mut parameters = vec![
        ("Lanes", a.lanes),
        ("Rows", a.rows),
        ("Cols", a.cols),
        ("AccBits", a.acc_bits),
        ("AccDepth", a.acc_depth),
        ("ActivationWords", a.activation_words),
        ("WeightBits", a.stream.weight_bits),
        ("PairedProducts", usize::from(a.stream.paired)),
        ("WeightInterval", a.stream.interval),
        ("WeightWords", a.weight_words),
        ("LaneWeightWords", a.lane_weight_words),
        ("ParamWords", a.param_words),
        ("Tables", a.tables),
        ("Steps", a.steps),
        ("TileWords", a.tile_words),
        ("ActBits", a.act_bits()),
        ("Affine", usize::from(a.affine)),
        ("ThresholdBits", a.threshold_bits),
        ("ThresholdWords", a.threshold_words),
    ];
    if let Some(codebook) = &a.stream.codebook {
        parameters.extend([("CodebookBits", codebook.code_bits), ("CodebookGroup", codebook.group), ("Codebooks", codebook.tables)]);
    }
    if let Some(xnor) = &a.xnor {
        parameters.extend([("XnorCols", xnor.cols), ("XnorSimd", xnor.simd), ("XnorStages", xnor.stages), ("XnorWeightWords", xnor.weight_words)]);
        parameters.extend((xnor.weight_bits > 1).then_some(("XnorWeightBits", xnor.weight_bits)));
    }
    if let Some(shift) = &a.shift {
        parameters.extend([
            ("ShiftCols", shift.cols),
            ("ShiftSimd", shift.simd),
            ("ShiftTerms", shift.terms),
            ("ShiftCodeBits", shift.code_bits),
            ("ShiftStages", shift.stages),
            ("ShiftWeightWords", shift.weight_words),
            ("ShiftTables", shift.tables),
        ]);
    }
    if let Some(eie) = &a.eie {
        parameters.extend([
            ("EiePes", eie.pes),
            ("EieIndexBits", eie.index_bits),
            ("EieCodeBits", eie.code_bits),
            ("EiePlain", usize::from(eie.plain)),
            ("EieSources", eie.sources),
            ("EieQueueDepth", eie.queue_depth),
            ("EieRegisters", eie.registers),
            ("EieEntryWords", eie.entry_words),
            ("EiePointers", eie.pointers),
            ("EieCodebooks", eie.codebooks),
            ("EieImageWords", eie.image_words),
        ]);
    }
    let mut parameters: Vec<(&str, String)> = parameters.into_iter().map(|(name, value)| (name, number(value))).collect();
    if let Some(requantisers) = a.lean.requantisers {
        parameters.push(("Requantisers", requantisers.to_string()));
    }
    if a.lean.single_port {
        parameters.push(("ActivationPorts", "1".to_owned()));
    }
    if let Some(depth) = a.lean.store_depth {
        parameters.push(("StoreDepth", depth.to_string()));
    }
    if a.lean.fetch_late {
        parameters.push(("Prefetch", "0".to_owned()));
    }
    for (name, value) in [("SoftRows", a.lean.soft_rows), ("SoftLanes", a.lean.soft_lanes)] {
        if value > 0 {
            parameters.push((name, value.to_string()));
        }
    }
    if let Some(trim) = &a.trim {
        parameters.extend([
            ("StepMask", format!("1024'h{}", trim.mask_hex())),
            ("LaneOps", trim.lane_ops.to_string()),
            ("Roundings", trim.roundings.to_string()),
            ("RightShifts", trim.right_shifts.to_string()),
            ("LeftShifts", trim.left_shifts.to_string()),
        ]);
    }
    match &a.stream.source {
        Source::Rom => {}
        Source::Axi(axi) => parameters.extend([
            ("WeightSource", a.stream.source.code().to_string()),
            ("AxiBits", axi.bits.to_string()),
            ("AxiBurst", axi.burst.to_string()),
            ("AxiOutstanding", axi.outstanding.to_string()),
            ("AxiQueue", axi.queue.to_string()),
            ("AxiBase", number(axi.base as usize)),
        ]),
        Source::Boot(flash) => parameters.extend([
            ("WeightSource", a.stream.source.code().to_string()),
            ("FlashQuad", usize::from(flash.quad).to_string()),
            ("FlashDivider", flash.divider.to_string()),
            ("FlashOffset", number(flash.offset as usize)),
            ("FlashWake", flash.wake_cycles.to_string()),
            ("WeightStyle", usize::from(flash.single_port).to_string()),
        ]),
    }
    let ports = ports(a);
    let declared: Vec<String> = ports
        .iter()
        .map(|(direction, name, bits)| match bits {
            1 if name != "probe_we_o" => format!("  {direction} logic {name}"),
            _ => format!("  {direction} logic [{}:0] {name}", bits - 1),
        })
        .collect();
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("    .{name}({})", value)).collect();
    let mut connected: Vec<String> = ports.iter().map(|(_, name, _)| format!("    .{name}({name})")).collect();
    // Without a memory outside the bus has the width of the parameter's default.
    for (direction, name, bits) in outside().filter(|(_, name, _)| !ports.iter().any(|(_, port, _)| port == name)) {
        connected.push(if direction == "output" {
            format!("    .{name}()")
        } else {
            format!("    .{name}({}'d0)", if bits == 0 { 32 } else { bits })
        });
    }
    format!(
        "// Top level of this design: fw_accelerator with the parameters that its memory images were made for.\n\
         // Ports and register map are described in README.md.\nmodule top (\n{}\n);\n  // Ports of memories that this design has not.\n  /* verilator lint_off PINCONNECTEMPTY */\n  fw_accelerator #(\n{}\n  ) u_accelerator (\n{}\n  );\n  /* verilator lint_on PINCONNECTEMPTY */\nendmodule\n",
        declared.join(",\n"),
        parameters.join(",\n"),
        connected.join(",\n"),
    )
}
