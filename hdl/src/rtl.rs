//! The hardware's text: every RTL file of the project, as it is copied into an emitted design.

/// File name and text of every RTL file that each design has, in name order.
pub const FILES: &[(&str, &str)] = &[
    ("fw_accelerator.sv", include_str!("../shell/rtl/fw_accelerator.sv")),
    ("fw_accumulator.sv", include_str!("../systolic/rtl/fw_accumulator.sv")),
    ("fw_activation_memory.sv", include_str!("../shell/rtl/fw_activation_memory.sv")),
    ("fw_adder_tree.sv", include_str!("../common/rtl/fw_adder_tree.sv")),
    ("fw_axi_reader.sv", include_str!("../memory/rtl/fw_axi_reader.sv")),
    ("fw_beat_words.sv", include_str!("../memory/rtl/fw_beat_words.sv")),
    ("fw_block_product.sv", include_str!("../common/rtl/fw_block_product.sv")),
    ("fw_codebook.sv", include_str!("../systolic/rtl/fw_codebook.sv")),
    ("fw_control.sv", include_str!("../shell/rtl/fw_control.sv")),
    ("fw_delay.sv", include_str!("../common/rtl/fw_delay.sv")),
    ("fw_eie.sv", include_str!("../eie/rtl/fw_eie.sv")),
    ("fw_eie_broadcast.sv", include_str!("../eie/rtl/fw_eie_broadcast.sv")),
    ("fw_eie_loader.sv", include_str!("../eie/rtl/fw_eie_loader.sv")),
    ("fw_eie_pe.sv", include_str!("../eie/rtl/fw_eie_pe.sv")),
    ("fw_epilogue.sv", include_str!("../shell/rtl/fw_epilogue.sv")),
    ("fw_fifo.sv", include_str!("../common/rtl/fw_fifo.sv")),
    ("fw_flags.sv", include_str!("../common/rtl/fw_flags.sv")),
    ("fw_flash_boot.sv", include_str!("../memory/rtl/fw_flash_boot.sv")),
    ("fw_flash_reader.sv", include_str!("../memory/rtl/fw_flash_reader.sv")),
    ("fw_gather.sv", include_str!("../shell/rtl/fw_gather.sv")),
    ("fw_lane.sv", include_str!("../lane/rtl/fw_lane.sv")),
    ("fw_lane_alu.sv", include_str!("../lane/rtl/fw_lane_alu.sv")),
    ("fw_pe.sv", include_str!("../systolic/rtl/fw_pe.sv")),
    ("fw_pe_pair.sv", include_str!("../systolic/rtl/fw_pe_pair.sv")),
    ("fw_popcount.sv", include_str!("../common/rtl/fw_popcount.sv")),
    ("fw_port_ram.sv", include_str!("../common/rtl/fw_port_ram.sv")),
    ("fw_product.sv", include_str!("../common/rtl/fw_product.sv")),
    ("fw_ram.sv", include_str!("../common/rtl/fw_ram.sv")),
    ("fw_read_queue.sv", include_str!("../memory/rtl/fw_read_queue.sv")),
    ("fw_requant.sv", include_str!("../common/rtl/fw_requant.sv")),
    ("fw_rom.sv", include_str!("../common/rtl/fw_rom.sv")),
    ("fw_scatter.sv", include_str!("../shell/rtl/fw_scatter.sv")),
    ("fw_sequencer.sv", include_str!("../shell/rtl/fw_sequencer.sv")),
    ("fw_shift.sv", include_str!("../shift/rtl/fw_shift.sv")),
    ("fw_shift_unit.sv", include_str!("../shift/rtl/fw_shift_unit.sv")),
    ("fw_soft_product.sv", include_str!("../common/rtl/fw_soft_product.sv")),
    ("fw_spram.sv", include_str!("../board/rtl/fw_spram.sv")),
    ("fw_systolic.sv", include_str!("../systolic/rtl/fw_systolic.sv")),
    ("fw_systolic_array.sv", include_str!("../systolic/rtl/fw_systolic_array.sv")),
    ("fw_threshold.sv", include_str!("../common/rtl/fw_threshold.sv")),
    ("fw_tile_list.sv", include_str!("../shell/rtl/fw_tile_list.sv")),
    ("fw_tile_output.sv", include_str!("../common/rtl/fw_tile_output.sv")),
    ("fw_weight_loader.sv", include_str!("../systolic/rtl/fw_weight_loader.sv")),
    ("fw_weight_memory.sv", include_str!("../memory/rtl/fw_weight_memory.sv")),
    ("fw_weight_source.sv", include_str!("../memory/rtl/fw_weight_source.sv")),
    ("fw_xnor.sv", include_str!("../xnor/rtl/fw_xnor.sv")),
];

/// Files that stand in for those of the same name in [`FILES`] on an ECP5: wrappers of its own blocks.
pub const ECP5: &[(&str, &str)] = &[("fw_block_product.sv", include_str!("../board/rtl/ecp5/fw_block_product.sv"))];

/// The same on an iCE40 UltraPlus.
pub const ICE40: &[(&str, &str)] = &[
    ("fw_block_product.sv", include_str!("../board/rtl/ice40/fw_block_product.sv")),
    ("fw_spram.sv", include_str!("../board/rtl/ice40/fw_spram.sv")),
];

/// The same of the link to a host, which designs for boards have besides.
pub const LINK_FILES: &[(&str, &str)] = &[
    ("fw_crc32.sv", include_str!("../link/rtl/fw_crc32.sv")),
    ("fw_link_cycles.sv", include_str!("../link/rtl/fw_link_cycles.sv")),
    ("fw_link_read.sv", include_str!("../link/rtl/fw_link_read.sv")),
    ("fw_link_write.sv", include_str!("../link/rtl/fw_link_write.sv")),
    ("fw_reset_sync.sv", include_str!("../link/rtl/fw_reset_sync.sv")),
    ("fw_uart_link.sv", include_str!("../link/rtl/fw_uart_link.sv")),
    ("fw_uart_rx.sv", include_str!("../link/rtl/fw_uart_rx.sv")),
    ("fw_uart_tx.sv", include_str!("../link/rtl/fw_uart_tx.sv")),
];

/// Files that stand in for those of the same name in [`FILES`] on devices of a family.
pub fn blocks(family: &str) -> &'static [(&'static str, &'static str)] {
    match family {
        "ecp5" => ECP5,
        "ice40" => ICE40,
        _ => &[],
    }
}

/// `fw_flash_clock.sv` by device family, as [`CLOCKS`], of the families whose flash has its clock from a block.
pub const FLASH_CLOCKS: &[(&str, &str)] =
    &[("ecp5", include_str!("../board/rtl/ecp5/fw_flash_clock.sv")), ("sim", include_str!("../board/rtl/fw_flash_clock.sv"))];

/// `fw_clock.sv` by device family (the folder below `hdl/board/rtl/`); `sim` is the twin for simulation.
pub const CLOCKS: &[(&str, &str)] = &[
    ("ecp5", include_str!("../board/rtl/ecp5/fw_clock.sv")),
    ("gowin", include_str!("../board/rtl/gowin/fw_clock.sv")),
    ("ice40", include_str!("../board/rtl/ice40/fw_clock.sv")),
    ("sim", include_str!("../board/rtl/fw_clock.sv")),
    ("xilinx7", include_str!("../board/rtl/xilinx7/fw_clock.sv")),
];

/// The clock of a device family, or of simulations (`sim`).
pub fn clock(family: &str) -> Option<&'static str> {
    of(CLOCKS, family)
}

/// The clock of the flash in a device family where a block makes it, or in simulations (`sim`).
pub fn flash_clock(family: &str) -> Option<&'static str> {
    of(FLASH_CLOCKS, family)
}

fn of(list: &'static [(&str, &str)], family: &str) -> Option<&'static str> {
    list.iter().find(|(name, _)| *name == family).map(|(_, text)| *text)
}
