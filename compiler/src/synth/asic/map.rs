//! Yosys's part: the design read once, one of its modules mapped to the library's cells, its memories left as macros.

use super::AsicError;
use super::cells::Library;
use super::netlist::{Json, NetlistError};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Modules that are memories and stay macros.
const MEMORIES: [&str; 2] = ["fw_ram", "fw_rom"];

/// A module of a design and the first place in which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name with its parameters, as Yosys writes it.
    pub module: String,
    /// Instances from the top module's down.
    pub path: Vec<String>,
    /// How many instances of any parameters the design has.
    pub instances: usize,
}

/// Runs a Yosys script in a folder.
///
/// # Errors
/// A Yosys that is missing or fails.
pub fn yosys(folder: &Path, script: &str) -> Result<(), AsicError> {
    let output = Command::new("yosys").args(["-q", "-p", script]).current_dir(folder).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => AsicError::Missing { program: "yosys", package: "yosys" },
        _ => AsicError::Start { program: "yosys", source: error },
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let error = text.lines().find(|line| line.contains("ERROR"));
    Err(AsicError::Yosys(error.map_or_else(|| format!("it ended without a message ({})", output.status), str::to_owned)))
}

/// Reads a design and keeps it in `work` as `design.il`; its hierarchy.
///
/// # Errors
/// What Yosys refuses.
pub fn elaborate(design: &Path, work: &Path) -> Result<Json, AsicError> {
    let (kept, listed) = (work.join("design.il"), work.join("hierarchy.json"));
    let script =
        format!("read_verilog -sv rtl/*.sv top.sv; hierarchy -check -top top; proc; write_rtlil {}; write_json {}", kept.display(), listed.display());
    yosys(design, &script)?;
    json(&listed)
}

fn json(path: &Path) -> Result<Json, AsicError> {
    Ok(Json::parse(&fs::read_to_string(path).map_err(AsicError::temporary)?)?)
}

/// The first instance of a module, from the top down.
///
/// # Errors
/// A module that the design does not instantiate.
pub fn find(hierarchy: &Json, wanted: &str) -> Result<Place, AsicError> {
    let is_wanted = |name: &str| name == wanted || name.ends_with(&format!("\\{wanted}"));
    let mut found: Option<Place> = None;
    let mut instances = 0;
    let mut open = vec![("top".to_owned(), Vec::new())];
    while let Some((name, path)) = open.pop() {
        if is_wanted(&name) {
            instances += 1;
            found = found.or_else(|| Some(Place { module: name.clone(), path: path.clone(), instances }));
        }
        let Some(module) = hierarchy.modules.get(&name) else { continue };
        let children = module.cells.iter().filter(|(_, cell)| hierarchy.modules.contains_key(&cell.kind));
        let mut children: Vec<(String, Vec<String>)> = children
            .map(|(instance, cell)| (cell.kind.clone(), path.iter().cloned().chain(instance.split('.').map(str::to_owned)).collect()))
            .collect();
        children.reverse();
        open.append(&mut children);
    }
    let used = found.map(|place| Place { instances, ..place });
    used.ok_or_else(|| AsicError::Module(wanted.to_owned()))
}

/// The commands that map the module `top` of the design that was read, flat, and write it as `netlist.json` into `work`.
pub fn commands(top: &str, liberty: &Path, library: &Library, clock_mhz: f64, work: &Path) -> Result<String, AsicError> {
    let constraints = work.join("constraints");
    // Without a driver and a load nothing is buffered.
    let driver = library.buffer().map_or(String::new(), |cell| format!("set_driving_cell {cell}\n"));
    fs::write(&constraints, driver + "set_load 0.01\n").map_err(AsicError::temporary)?;
    let lib = liberty.display();
    let constant = |value: bool| library.constant(value).map_or(String::new(), |(cell, pin)| format!("{cell} {pin}"));
    let (high, low) = (constant(true), constant(false));
    let tie = if high.is_empty() || low.is_empty() { String::new() } else { format!("hilomap -singleton -hicell {high} -locell {low}; ") };
    Ok(format!(
        "blackbox {}; synth -flatten -top {top}; dfflibmap -liberty \"{lib}\"; abc -liberty \"{lib}\" -D {:.0} -constr {}; setundef -zero; \
         {tie}opt_clean -purge; write_json {}",
        MEMORIES.map(|name| format!("*{name}")).join(" "),
        1e6 / clock_mhz,
        constraints.display(),
        work.join("netlist.json").display()
    ))
}

/// Maps a place of the design that [`elaborate`] kept.
///
/// # Errors
/// What Yosys refuses.
pub fn map(place: &Place, liberty: &Path, library: &Library, clock_mhz: f64, work: &Path) -> Result<Json, AsicError> {
    let commands = commands(&place.module, liberty, library, clock_mhz, work)?;
    yosys(work, &format!("read_rtlil design.il; hierarchy -top {}; {commands}", place.module))?;
    json(&work.join("netlist.json"))
}

/// Maps Verilog text with the top module `top`.
///
/// # Errors
/// What Yosys refuses.
pub fn map_text(verilog: &str, top: &str, liberty: &Path, library: &Library, clock_mhz: f64, work: &Path) -> Result<Json, AsicError> {
    fs::write(work.join("text.sv"), verilog).map_err(AsicError::temporary)?;
    let commands = commands(top, liberty, library, clock_mhz, work)?;
    yosys(work, &format!("read_verilog -sv text.sv; hierarchy -check -top {top}; proc; {commands}"))?;
    json(&work.join("netlist.json"))
}

impl From<NetlistError> for AsicError {
    fn from(error: NetlistError) -> AsicError {
        AsicError::Netlist(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instance_is_found() {
        let text = r#"{"modules": {"top": {"cells": {"u_a": {"type": "$paramod$1\\fw_a"}}},
            "$paramod$1\\fw_a": {"cells": {"gen[0].u_b": {"type": "fw_b"}, "gen[1].u_b": {"type": "fw_b"}, "x": {"type": "$add"}}}, "fw_b": {}}}"#;
        let hierarchy = Json::parse(text).unwrap();
        let place = find(&hierarchy, "fw_b").unwrap();
        assert_eq!((place.module.as_str(), place.path.join("/"), place.instances), ("fw_b", "u_a/gen[0]/u_b".to_owned(), 2));
        assert_eq!(find(&hierarchy, "top").unwrap().path.len(), 0);
        assert_eq!(find(&hierarchy, "fw_a").unwrap().module, "$paramod$1\\fw_a");
        assert!(find(&hierarchy, "fw_c").unwrap_err().to_string().contains("fw_c"));
    }
}
