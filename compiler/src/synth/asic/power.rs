//! OpenSTA's part: the netlist and its activity handed over as a script, slack and power read from what it prints.

use super::netlist::{Net, Netlist, ONE, ZERO};
use super::replay::Activity;
use super::sta_library::LAUNCH;
use super::{AsicError, cells::Library};
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The version whose way of counting [`super::sta_library`] knows: Debian 12's.
const VERSION: &str = "2.0.17";

/// Power of one group of cells, mW.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Power {
    /// In the cells.
    pub internal_mw: f64,
    /// In the nets that they drive.
    pub switching_mw: f64,
    /// Whatever happens.
    pub leakage_mw: f64,
    /// All three.
    pub total_mw: f64,
}

/// What OpenSTA reports, by its groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// Least slack of the paths between flip-flops, ports and macros, ns.
    pub slack_ns: f64,
    /// Cells with state.
    pub sequential: Power,
    /// Cells without.
    pub combinational: Power,
    /// Macros that the library describes: none.
    pub r#macro: Power,
    /// All.
    pub total: Power,
}

/// Asks OpenSTA about a netlist with its activity at a clock. `library` is the prepared liberty text.
///
/// # Errors
/// An OpenSTA that is missing, of another version, or fails; a folder that cannot be written; a report that is not the expected one.
pub fn ask(netlist: &Netlist, activity: &Activity, cells: &Library, library: &str, clock_mhz: f64) -> Result<Timing, AsicError> {
    version()?;
    let folder = tempfile::Builder::new().prefix("fretwork-sta-").tempdir().map_err(AsicError::temporary)?;
    let texts = [("cells.lib", library.to_owned()), ("netlist.v", verilog(netlist, cells)), ("run.tcl", script(netlist, activity, clock_mhz))];
    for (name, text) in texts {
        fs::write(folder.path().join(name), text).map_err(AsicError::temporary)?;
    }
    timing(&run(&["-no_splash", "-exit", "run.tcl"], folder.path())?)
}

fn run(arguments: &[&str], folder: &Path) -> Result<String, AsicError> {
    let output = Command::new("sta").args(arguments).current_dir(folder).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => AsicError::Missing { program: "sta", package: "opensta" },
        _ => AsicError::Start { program: "sta", source: error },
    })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    match text.lines().find(|line| line.starts_with("Error")) {
        Some(error) => Err(AsicError::Sta(error.to_owned())),
        None if output.status.success() => Ok(text),
        None => Err(AsicError::Sta(format!("it ended with {}", output.status))),
    }
}

fn version() -> Result<(), AsicError> {
    let found = run(&["-version"], Path::new("."))?;
    if found.trim() == VERSION { Ok(()) } else { Err(AsicError::Version { found: found.trim().chars().take(40).collect(), wanted: VERSION }) }
}

/// A net's name in the Verilog; `netlist.clock` is `n_clk`.
fn name(netlist: &Netlist, net: Net) -> String {
    match net {
        ZERO => "n_zero".to_owned(),
        ONE => "n_one".to_owned(),
        _ if Some(net) == netlist.clock => "n_clk".to_owned(),
        _ => format!("n{net}"),
    }
}

/// Nets that come from ports or macros: the inputs of the flat module.
fn port_nets(netlist: &Netlist) -> Vec<Net> {
    let mut nets: Vec<Net> = netlist.inputs.iter().flat_map(|port| &port.nets).copied().filter(|&net| net > ONE).collect();
    nets.sort_unstable();
    nets.dedup();
    nets
}

/// The cells alone, one flat module of single nets: names that every reader takes. Nets from ports and macros come from a launching flip-flop.
fn verilog(netlist: &Netlist, cells: &Library) -> String {
    let mut outputs: Vec<Net> = netlist.outputs.iter().flat_map(|port| &port.nets).copied().filter(|&net| net > ONE).collect();
    outputs.sort_unstable();
    outputs.dedup();
    let ports: String = (0..outputs.len()).map(|i| format!(", o{i}")).collect();
    let mut text = format!("module m (n_clk{ports});\n  input n_clk;\n");
    for (index, &net) in outputs.iter().enumerate() {
        let _ = writeln!(text, "  output o{index};\n  assign o{index} = {};", name(netlist, net));
    }
    for (index, net) in port_nets(netlist).into_iter().enumerate() {
        let _ = writeln!(text, "  {LAUNCH} l{index} (.C(n_clk), .Q({}));", name(netlist, net));
    }
    for (value, net) in [(false, ZERO), (true, ONE)] {
        if let Some((cell, pin)) = cells.constant(value) {
            let _ = writeln!(text, "  {cell} t{net} (.{pin}({}));", name(netlist, net));
        }
    }
    for (index, cell) in netlist.cells.iter().enumerate() {
        let pins: Vec<String> = cell.pins.iter().map(|(pin, net)| format!(".{pin}({})", name(netlist, *net))).collect();
        let _ = writeln!(text, "  {} c{index} ({});", cell.cell, pins.join(", "));
    }
    text + "endmodule\n"
}

/// Paths begin and end at the clock's edge: at flip-flops, at ports and at macros.
fn script(netlist: &Netlist, activity: &Activity, clock_mhz: f64) -> String {
    let period = 1000.0 / clock_mhz;
    let mut text = format!(
        "read_liberty cells.lib\nread_verilog netlist.v\nlink_design m\ncreate_clock -name clk -period {period} [get_ports n_clk]\n\
         foreach port [all_outputs] {{ set_output_delay 0 -clock clk $port }}\n"
    );
    let cycles = activity.cycles.max(1) as f64;
    let share = |net: Net| (f64::from(activity.toggles[net as usize]) / cycles, f64::from(activity.ones[net as usize]) / cycles);
    let launched = port_nets(netlist);
    for (index, &net) in launched.iter().enumerate() {
        let (toggles, duty) = share(net);
        let _ = writeln!(text, "sta::set_power_pin_activity [sta::find_pin l{index}/Q] {toggles:.6} {duty:.4}");
    }
    for (index, cell) in netlist.cells.iter().enumerate() {
        for (pin, net) in cell.pins.iter().filter(|(_, net)| Some(*net) != netlist.clock) {
            let (toggles, duty) = share(*net);
            let _ = writeln!(text, "sta::set_power_pin_activity [sta::find_pin c{index}/{pin}] {toggles:.6} {duty:.4}");
        }
    }
    let launched = if launched.is_empty() { "" } else { "report_power -digits 9 -instances [get_cells l*]\n" };
    text + "report_worst_slack -digits 6\nreport_power -digits 9\n" + launched + "exit\n"
}

/// The numbers in the first four columns of a row, mW; OpenSTA prints W.
fn row(text: &str) -> Option<Power> {
    let numbers: Vec<f64> = text.split_whitespace().take(4).filter_map(|number| number.parse().ok()).filter(|n: &f64| n.is_finite()).collect();
    let [internal, switching, leakage, total] = numbers[..] else { return None };
    Some(Power { internal_mw: internal * 1e3, switching_mw: switching * 1e3, leakage_mw: leakage * 1e3, total_mw: total * 1e3 })
}

/// Reads what the script's last commands print. What launching flip-flops drive belongs to whoever drives the ports: it is taken out.
fn timing(text: &str) -> Result<Timing, AsicError> {
    let missing = |what: &str| AsicError::Report(format!("'{what}' in {:?}", text.chars().take(300).collect::<String>()));
    let slack = text.lines().find_map(|line| line.trim().strip_prefix("worst slack"));
    let slack_ns = slack.and_then(|rest| rest.trim().parse().ok()).filter(|slack: &f64| slack.is_finite()).ok_or_else(|| missing("worst slack"))?;
    let group = |name: &str| text.lines().find_map(|line| row(line.strip_prefix(name)?)).ok_or_else(|| missing(name));
    let is_launch = |name: &str| name.strip_prefix('l').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let launched = text.lines().filter(|line| line.split_whitespace().nth(4).is_some_and(is_launch)).filter_map(row);
    let launched: f64 = launched.map(|power| power.switching_mw).sum();
    let without = |power: Power| Power { switching_mw: power.switching_mw - launched, total_mw: power.total_mw - launched, ..power };
    Ok(Timing {
        slack_ns,
        sequential: without(group("Sequential")?),
        combinational: group("Combinational")?,
        r#macro: group("Macro")?,
        total: without(group("Total")?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::small;
    use super::super::netlist::{Json, tests::TOGGLE};
    use super::*;
    use proptest::prelude::*;

    const REPORT: &str = "worst slack 6.310000\n\
Group                  Internal  Switching    Leakage      Total\n\
                          Power      Power      Power      Power\n\
----------------------------------------------------------------\n\
Sequential             3.25e-04   2.22e-06   1.72e-08   3.27e-04  74.0%\n\
Combinational          6.92e-05   4.58e-05   5.08e-08   1.15e-04  26.0%\n\
Macro                  0.00e+00   0.00e+00   0.00e+00   0.00e+00   0.0%\n\
Total                  3.94e-04   4.80e-05   6.81e-08   4.42e-04 100.0%\n\
   0.00e+00   1.00e-06   0.00e+00   1.00e-06 l0\n   0.00e+00   0.50e-06   0.00e+00   0.50e-06 l1\n";

    #[test]
    fn reports_are_read() {
        let found = timing(REPORT).unwrap();
        assert_eq!((found.slack_ns, found.sequential.internal_mw, found.combinational.total_mw), (6.31, 0.325, 0.115));
        assert!((found.total.total_mw - 0.4405).abs() < 1e-9 && (found.sequential.switching_mw - 0.00072).abs() < 1e-9, "{found:?}");
        assert!(timing("worst slack INF").unwrap_err().to_string().contains("worst slack"));
        assert!(timing(&REPORT.replace("6.92e-05", "nan")).unwrap_err().to_string().contains("Combinational"));
    }

    #[test]
    fn the_script_sets_every_pin_but_the_clock() {
        let netlist = Netlist::new(&Json::parse(TOGGLE).unwrap(), "t", &small()).unwrap();
        let activity = Activity { toggles: vec![2; netlist.nets], ones: vec![1; netlist.nets], cycles: 4, compared_bits: 0 };
        let text = script(&netlist, &activity, 200.0);
        assert!(text.contains("-period 5 ") && text.contains("find_pin c0/D] 0.500000 0.2500"), "{text}");
        assert!(!text.contains("c0/C]"), "{text}");
        let text = verilog(&netlist, &small());
        assert!(text.contains("one t1 (.H(n_one));") && text.contains("  dff c0 (.C(n_clk), "), "{text}");
    }

    proptest! {
        #[test]
        fn damaged_reports_are_read_or_refused(at in 0..REPORT.len(), with in "[ -~]{0,3}", cut in 0..REPORT.len()) {
            let mut text = REPORT.to_owned();
            text.replace_range(at..=at, &with);
            text.truncate(cut.max(1).min(text.len()));
            let _ = timing(&text);
        }
    }
}
