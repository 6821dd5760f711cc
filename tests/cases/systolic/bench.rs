//! Benches of single modules under Icarus.

use fretwork_hdl::rtl;
use std::process::Command;

/// Runs the bench `name` on the RTL files that are wanted; the number after `done`, which it ends with.
pub fn checked(name: &str, text: &str, wanted: impl Fn(&str) -> bool, parameters: &[(&str, usize)]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in rtl::FILES.iter().filter(|(file, _)| wanted(file)) {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    std::fs::write(folder.path().join(format!("{name}.sv")), text).unwrap();
    let set: String = parameters.iter().map(|(parameter, value)| format!(" -P {name}.{parameter}={value}")).collect();
    let script = format!("iverilog -g2012 -s {name}{set} -o it.vvp *.sv && vvp -N it.vvp");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let done = text.trim().strip_prefix("done ").unwrap_or_else(|| panic!("{name}{set}: {text}"));
    done.parse().unwrap()
}
