//! Scripts for Vivado: to a bitstream without a project, the design as an IP, and for boards with a processor the block design around it. Written by
//! the manuals (UG835, UG1118, UG994), and run by nobody here: Vivado is not free software.

use super::ipxact::{self, Bus};
use crate::board::{Board, Chosen};
use std::fmt::Write;

/// Vivado's name of the IP.
pub const IP: &str = "fretwork.dev:user:fretwork_accelerator:1.0";

/// The text of `vivado/build.tcl`, for boards with a serial line.
pub fn build(board: &Board) -> String {
    format!(
        "# Bitstream for {title} without a project: vivado -mode batch -source vivado/build.tcl\n\
         cd [file dirname [file dirname [file normalize [info script]]]]\n\
         file mkdir build\n\
         set part {part}\n\
         read_verilog -sv [concat [glob rtl/*.sv board/*.sv] top.sv board.sv]\n\
         read_mem [glob images/*.hex]\n\
         read_xdc board.xdc\n\
         synth_design -top board -part $part\n\
         opt_design\nplace_design\nphys_opt_design\nroute_design\n\
         report_utilization -file build/utilisation.rpt\n\
         report_timing_summary -file build/timing.rpt\n\
         write_checkpoint -force build/board.dcp\n\
         write_bitstream -force build/board.bit\n\
         if {{[get_property SLACK [get_timing_paths]] < 0}} {{ puts \"the clock is not reached: build/timing.rpt\"; exit 1 }}\n",
        title = board.title,
        part = board.part,
    )
}

/// The text of `vivado/package_ip.tcl`.
pub fn package(board: &Board, chosen: &Chosen, lanes: usize) -> String {
    let mut text = format!(
        "# The design as an IP in build/ip: vivado -mode batch -source vivado/package_ip.tcl\n\
         cd [file dirname [file dirname [file normalize [info script]]]]\n\
         file mkdir build\n\
         create_project -force -part {part} package build/package\n\
         add_files [concat [glob rtl/*.sv] top.sv [glob images/*.hex]]\n\
         set_property file_type SystemVerilog [get_files *.sv]\n\
         set_property file_type {{Memory Initialization Files}} [get_files *.hex]\n\
         set_property top top [current_fileset]\n\
         ipx::package_project -root_dir build/ip -vendor fretwork.dev -library user -taxonomy /UserIP -import_files -force\n\
         set core [ipx::current_core]\n\
         set_property name fretwork_accelerator $core\n\
         set_property display_name {{{network}}} $core\n\
         # Interfaces by hand: the ports' endings are not those that are recognised.\n\
         foreach bus [ipx::get_bus_interfaces -of_objects $core] {{ ipx::remove_bus_interface [get_property NAME $bus] $core }}\n",
        part = board.part,
        network = chosen.network,
    );
    for Bus { name, kind, slave, ports } in ipxact::buses() {
        let _ = write!(
            text,
            "set bus [ipx::add_bus_interface {name} $core]\n\
             set_property abstraction_type_vlnv xilinx.com:{library}:{kind}_rtl:1.0 $bus\n\
             set_property bus_type_vlnv xilinx.com:{library}:{kind}:1.0 $bus\n\
             set_property interface_mode {mode} $bus\n",
            library = ipxact::library(kind),
            mode = if slave { "slave" } else { "master" },
        );
        for (logical, physical) in ports {
            let _ = writeln!(text, "set_property physical_name {physical} [ipx::add_port_map {logical} $bus]");
        }
    }
    let _ = write!(
        text,
        "set clock [ipx::get_bus_interfaces clk -of_objects $core]\n\
         set_property value {{s_axis:m_axis:s_axil}} [ipx::add_bus_parameter ASSOCIATED_BUSIF $clock]\n\
         set_property value rst_ni [ipx::add_bus_parameter ASSOCIATED_RESET $clock]\n\
         set_property value ACTIVE_LOW [ipx::add_bus_parameter POLARITY [ipx::get_bus_interfaces rst -of_objects $core]]\n\
         set_property value {lanes} [ipx::add_bus_parameter TDATA_NUM_BYTES [ipx::get_bus_interfaces s_axis -of_objects $core]]\n\
         set_property value {lanes} [ipx::add_bus_parameter TDATA_NUM_BYTES [ipx::get_bus_interfaces m_axis -of_objects $core]]\n\
         ipx::add_memory_map s_axil $core\n\
         set_property slave_memory_map_ref s_axil [ipx::get_bus_interfaces s_axil -of_objects $core]\n\
         set block [ipx::add_address_block registers [ipx::get_memory_maps s_axil -of_objects $core]]\n\
         set_property range {range} $block\n\
         set_property width 32 $block\n\
         ipx::update_checksums $core\n\
         ipx::check_integrity $core\n\
         ipx::save_core $core\n\
         close_project\n",
        range = ipxact::RANGE,
    );
    text
}

/// The text of `vivado/block_design.tcl`: processor, DMA engine and the IP.
pub fn block_design(board: &Board, chosen: &Chosen, lanes: usize) -> String {
    format!(
        "# Processor, DMA engine and design for {title}: run package_ip.tcl first, then vivado -mode batch -source vivado/block_design.tcl\n\
         cd [file dirname [file dirname [file normalize [info script]]]]\n\
         create_project -force -part {part} system build/system\n\
         set_property ip_repo_paths build/ip [current_project]\n\
         update_ip_catalog\n\
         create_bd_design system\n\
         set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]\n\
         apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 -config {{make_external \"FIXED_IO, DDR\" Master Disable Slave Disable}} $ps\n\
         set_property -dict [list CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ {mhz} CONFIG.PCW_USE_M_AXI_GP0 1 CONFIG.PCW_USE_S_AXI_HP0 1] $ps\n\
         set dma [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_dma dma]\n\
         set_property -dict [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 26 CONFIG.c_m_axis_mm2s_tdata_width {bits} \
         CONFIG.c_m_axi_mm2s_data_width {memory} CONFIG.c_m_axi_s2mm_data_width {memory}] $dma\n\
         set core [create_bd_cell -type ip -vlnv {IP} accelerator]\n\
         connect_bd_intf_net [get_bd_intf_pins dma/M_AXIS_MM2S] [get_bd_intf_pins accelerator/s_axis]\n\
         connect_bd_intf_net [get_bd_intf_pins accelerator/m_axis] [get_bd_intf_pins dma/S_AXIS_S2MM]\n\
         foreach slave {{dma/S_AXI_LITE accelerator/s_axil}} {{\n  \
         apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config {{Master /ps/M_AXI_GP0 Clk Auto}} [get_bd_intf_pins $slave]\n}}\n\
         foreach master {{dma/M_AXI_MM2S dma/M_AXI_S2MM}} {{\n  \
         apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config \"Master /$master Slave /ps/S_AXI_HP0 Clk Auto\" [get_bd_intf_pins ps/S_AXI_HP0]\n}}\n\
         assign_bd_address\n\
         validate_bd_design\n\
         save_bd_design\n\
         add_files -norecurse [make_wrapper -files [get_files system.bd] -top]\n\
         set_property top system_wrapper [current_fileset]\n\
         launch_runs impl_1 -to_step write_bitstream -jobs 2\n\
         wait_on_run impl_1\n\
         file copy -force [glob build/system/system.runs/impl_1/system_wrapper.bit] build/fretwork.bit\n\
         file copy -force [glob build/system/system.gen/sources_1/bd/system/hw_handoff/system.hwh] build/fretwork.hwh\n",
        title = board.title,
        part = board.part,
        mhz = chosen.clock_mhz,
        bits = lanes * 8,
        memory = (lanes * 8).clamp(32, 1024),
    )
}
