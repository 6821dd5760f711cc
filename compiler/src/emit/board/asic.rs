//! Files for standard cells: constraints, and the configuration of the flow LibreLane (OpenLane 2).

use super::{File, file};
use serde_json::json;

/// The folder `asic/`: `design.sdc` and `config.json` for a clock of so many MHz.
pub fn files(clock_mhz: f64) -> Vec<File> {
    let period = (1e6 / clock_mhz).round() / 1e3;
    let config = json!({
        "meta": { "version": 2 },
        "DESIGN_NAME": "top",
        "VERILOG_FILES": ["dir::../rtl/*.sv", "dir::../top.sv"],
        "CLOCK_PORT": "clk_i",
        "CLOCK_PERIOD": period,
        "PNR_SDC_FILE": "dir::design.sdc",
        "SIGNOFF_SDC_FILE": "dir::design.sdc",
        "FP_CORE_UTIL": 40,
        "PL_TARGET_DENSITY_PCT": 50,
    });
    let sdc = format!(
        "# One clock; streams and registers come and go with it. A quarter of the period is the surroundings'.\n\
         create_clock -name clk -period {period} [get_ports clk_i]\n\
         set_clock_uncertainty {uncertainty} [get_clocks clk]\n\
         set data_inputs [remove_from_collection [all_inputs] [get_ports {{clk_i rst_ni}}]]\n\
         set_input_delay {quarter} -clock clk $data_inputs\n\
         set_output_delay {quarter} -clock clk [all_outputs]\n\
         # Asynchronous; released synchronously outside.\n\
         set_false_path -from [get_ports rst_ni]\n",
        uncertainty = (period * 50.0).round() / 1e3,
        quarter = (period * 250.0).round() / 1e3,
    );
    vec![file("asic/config.json", format!("{config:#}\n")), file("asic/design.sdc", sdc)]
}
