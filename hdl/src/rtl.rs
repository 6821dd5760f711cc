//! The hardware's text: every RTL file of the project, as it is copied into an emitted design.

/// File name and text of every RTL file, in name order.
pub const FILES: &[(&str, &str)] = &[
    ("fw_accelerator.sv", include_str!("../shell/rtl/fw_accelerator.sv")),
    ("fw_accumulator.sv", include_str!("../systolic/rtl/fw_accumulator.sv")),
    ("fw_activation_memory.sv", include_str!("../shell/rtl/fw_activation_memory.sv")),
    ("fw_control.sv", include_str!("../shell/rtl/fw_control.sv")),
    ("fw_delay.sv", include_str!("../common/rtl/fw_delay.sv")),
    ("fw_eie.sv", include_str!("../eie/rtl/fw_eie.sv")),
    ("fw_eie_broadcast.sv", include_str!("../eie/rtl/fw_eie_broadcast.sv")),
    ("fw_eie_loader.sv", include_str!("../eie/rtl/fw_eie_loader.sv")),
    ("fw_eie_pe.sv", include_str!("../eie/rtl/fw_eie_pe.sv")),
    ("fw_epilogue.sv", include_str!("../shell/rtl/fw_epilogue.sv")),
    ("fw_fifo.sv", include_str!("../common/rtl/fw_fifo.sv")),
    ("fw_flags.sv", include_str!("../common/rtl/fw_flags.sv")),
    ("fw_gather.sv", include_str!("../shell/rtl/fw_gather.sv")),
    ("fw_lane.sv", include_str!("../lane/rtl/fw_lane.sv")),
    ("fw_lane_alu.sv", include_str!("../lane/rtl/fw_lane_alu.sv")),
    ("fw_pe.sv", include_str!("../systolic/rtl/fw_pe.sv")),
    ("fw_ram.sv", include_str!("../common/rtl/fw_ram.sv")),
    ("fw_requant.sv", include_str!("../common/rtl/fw_requant.sv")),
    ("fw_rom.sv", include_str!("../common/rtl/fw_rom.sv")),
    ("fw_scatter.sv", include_str!("../shell/rtl/fw_scatter.sv")),
    ("fw_sequencer.sv", include_str!("../shell/rtl/fw_sequencer.sv")),
    ("fw_systolic.sv", include_str!("../systolic/rtl/fw_systolic.sv")),
    ("fw_systolic_array.sv", include_str!("../systolic/rtl/fw_systolic_array.sv")),
    ("fw_weight_loader.sv", include_str!("../systolic/rtl/fw_weight_loader.sv")),
];
