//! What the project promises about its own files: complete core folders, names, waivers with reasons, short files, public text without
//! traces of a machine. A failure lists every offence as `file: what`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fretwork_hdl::rtl;

/// No source file is longer.
const MOST_LINES: usize = 320;

/// Longer files, and why they may be.
const LONG_FILES: &[(&str, &str)] = &[
    ("compiler/src/commands/methods/list.rs", "a table, an entry per method"),
    ("hdl/shell/rtl/fw_accelerator.sv", "the top module: ports and wiring of everything, little logic"),
    ("examples/tflite_writer.py", "one table of operators and one short method each; copied as one file"),
];

/// Folders below `hdl/` that are no cores.
const NO_CORES: [&str; 8] = ["benches", "board", "common", "link", "memory", "shell", "src", "tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

/// Files that are not ours to check: outputs, caches, and what git and virtual environments keep.
fn ignored(name: &str) -> bool {
    name == "target" || name == "__pycache__" || name == "node_modules" || (name.starts_with('.') && name != ".ci")
}

/// Every file of the project with one of the extensions, as a path relative to the root, sorted.
fn files(extensions: &[&str]) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            if ignored(&entry.file_name().to_string_lossy()) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
        }
    }
    let root = root();
    let mut found = Vec::new();
    walk(&root, &mut found);
    let wanted = |path: &PathBuf| extensions.contains(&path.extension().map_or("", |e| e.to_str().unwrap_or("")));
    let mut names: Vec<String> =
        found.into_iter().filter(wanted).map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/")).collect();
    names.sort();
    names
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn stem(file: &str) -> &str {
    file.rsplit('/').next().unwrap().split('.').next().unwrap()
}

fn report(offences: Vec<String>) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

/// Names of the core folders.
fn cores() -> Vec<String> {
    let folders = fs::read_dir(root().join("hdl")).unwrap().map(|entry| entry.unwrap());
    let folders = folders.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !NO_CORES.contains(&name.as_str())).collect();
    names.sort();
    names
}

fn rtl_files() -> Vec<String> {
    files(&["sv"]).into_iter().filter(|file| file.starts_with("hdl/") && file.contains("/rtl/")).collect()
}

#[test]
fn core_folders_are_complete() {
    let cores = cores();
    assert!(cores.contains(&"systolic".to_string()) && cores.contains(&"lane".to_string()), "{cores:?}");
    let mut offences = Vec::new();
    for core in &cores {
        let top = format!("rtl/fw_{core}.sv");
        for file in ["README.md", "mod.rs", "params.rs", "encode.rs", "cycle.rs", "cost.rs", &top] {
            if !root().join("hdl").join(core).join(file).is_file() {
                offences.push(format!("hdl/{core}: {file} is missing"));
            }
        }
        let text = fs::read_to_string(root().join("hdl").join(core).join("README.md")).unwrap_or_default();
        for section in ["Source", "## Blocks", "## Parameters", "## Timing", "## Cycles", "## Limits"] {
            if !text.contains(section) {
                offences.push(format!("hdl/{core}/README.md: has no '{section}'"));
            }
        }
    }
    offences.extend(
        ["board", "common", "link", "memory", "shell"]
            .iter()
            .filter(|f| !root().join("hdl").join(f).join("README.md").is_file())
            .map(|f| format!("hdl/{f}: README.md")),
    );
    report(offences);
}

#[test]
fn rtl_is_one_module_per_file_and_listed() {
    let mut offences = Vec::new();
    for file in rtl_files() {
        let text = read(&file);
        let modules: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("module ")).collect();
        let names: Vec<&str> = modules.iter().map(|line| line.split([' ', '(', ';']).next().unwrap()).collect();
        if names != [stem(&file)] || !stem(&file).starts_with("fw_") {
            offences.push(format!("{file}: holds the modules {names:?}, should hold {} and be named fw_*", stem(&file)));
        }
        if !text.starts_with("// ") {
            offences.push(format!("{file}: does not open with what it computes"));
        }
        let folder = file.rsplit('/').nth(1).unwrap();
        let family = if folder == "rtl" { "sim" } else { folder };
        let clock = if stem(&file) == "fw_clock" { rtl::clock(family) } else { rtl::flash_clock(family).filter(|_| stem(&file) == "fw_flash_clock") };
        let lists: &[&[(&str, &str)]] = if folder == "rtl" { &[rtl::FILES, rtl::LINK_FILES] } else { &[rtl::blocks(folder)] };
        let listed = lists.iter().flat_map(|list| list.iter()).find(|(name, _)| file.ends_with(&format!("/{name}"))).map(|(_, content)| *content);
        if listed.or(clock) != Some(text.as_str()) {
            offences.push(format!("{file}: is not in hdl/src/rtl.rs"));
        }
    }
    let all = rtl::FILES.len() + rtl::LINK_FILES.len() + rtl::CLOCKS.len() + rtl::FLASH_CLOCKS.len() + rtl::ICE40.len() + rtl::ECP5.len();
    if ![rtl::FILES, rtl::LINK_FILES, rtl::CLOCKS, rtl::FLASH_CLOCKS].iter().all(|list| list.is_sorted()) || all != rtl_files().len() {
        offences.push("hdl/src/rtl.rs: not in name order, or not one entry per file".into());
    }
    report(offences);
}

#[test]
fn rtl_keeps_to_its_subset_and_its_names() {
    let mut offences = Vec::new();
    for file in rtl_files() {
        for (number, line) in read(&file).lines().enumerate() {
            let code = line.split("//").next().unwrap().trim();
            let mut offend = |what: String| offences.push(format!("{file}:{}: {what}", number + 1));
            for word in ["interface", "modport", "class", "package", "import"] {
                if code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|token| token == word) {
                    offend(format!("'{word}' is outside the subset that all tools take"));
                }
            }
            if code.contains("VERILATOR") {
                offend("RTL is the same for every tool".into());
            }
            let name = code.trim_end_matches([',', ';']).rsplit([' ', ']']).next().unwrap();
            match code.split_whitespace().next() {
                Some("input") if !(name.ends_with("_i") || name.ends_with("_ni")) => offend(format!("input '{name}' does not end in _i")),
                Some("output") if !(name.ends_with("_o") || name.ends_with("_no")) => offend(format!("output '{name}' does not end in _o")),
                Some("inout") => offend("no bidirectional ports".into()),
                Some("parameter") if !code.contains(|c: char| c.is_ascii_uppercase()) => offend("parameters are UpperCamelCase".into()),
                // Yosys 0.23 takes it for 1.
                Some("parameter" | "localparam") if name == "'1" => offend("a parameter of all ones is written out, {N{1'b1}}".into()),
                _ => {}
            }
        }
    }
    report(offences);
}

#[test]
fn lint_waivers_carry_a_reason() {
    let mut offences = Vec::new();
    for file in files(&["sv", "vlt"]) {
        let text = read(&file);
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("lint_off")) {
            let before = number.checked_sub(1).map_or("", |n| lines[n].trim());
            if !before.starts_with("//") || before.contains("lint_off") {
                offences.push(format!("{file}:{}: '{}' has no comment with its reason above it", number + 1, line.trim()));
            }
        }
    }
    report(offences);
}

#[test]
fn files_are_short() {
    let mut offences = Vec::new();
    for file in files(&["rs", "sv", "py", "sh", "cpp", "h"]) {
        let lines = read(&file).lines().count();
        let excused = LONG_FILES.iter().any(|(long, _)| *long == file);
        if lines > MOST_LINES && !excused {
            offences.push(format!("{file}: {lines} lines, at most {MOST_LINES}; split it, or list it in LONG_FILES with a reason"));
        }
        if lines <= MOST_LINES && excused {
            offences.push(format!("{file}: {lines} lines, no longer needs its entry in LONG_FILES"));
        }
    }
    report(offences);
}

/// Paths that only exist on one machine, where a path begins.
fn machine_path(line: &str) -> Option<&'static str> {
    let starts =
        |prefix: &str| line.match_indices(prefix).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-./}>".contains(c)));
    ["/work/", "/root/", "/home/", "/tmp/"].into_iter().find(|prefix| starts(prefix))
}

#[test]
fn public_text_names_no_machine_and_no_registry() {
    let hosts = [["crates", "io"], ["pypi", "org"], ["pythonhosted", "org"], ["npmjs", "org"], ["npmjs", "com"], ["rubygems", "org"]];
    let hosts = hosts.map(|parts| parts.join("."));
    let mut offences = Vec::new();
    let mut checked = files(&["md", "rs", "sv", "py", "sh", "toml", "txt"]);
    checked.extend(["fretwork-dev", ".ci/run"].map(String::from));
    for file in checked {
        for (number, line) in read(&file).lines().enumerate() {
            let prose = file.ends_with(".md") || ["//", "#"].iter().any(|mark| line.trim_start().starts_with(mark));
            if let Some(path) = machine_path(line).filter(|_| prose) {
                offences.push(format!("{file}:{}: names {path}", number + 1));
            }
            if let Some(host) = hosts.iter().find(|host| line.contains(host.as_str())) {
                offences.push(format!("{file}:{}: names {host}", number + 1));
            }
        }
    }
    report(offences);
}

/// Lines of Markdown code blocks, and inline code.
fn code(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 1 {
            lines.extend(part.lines().map(str::to_owned));
        } else {
            lines.extend(part.split('`').skip(1).step_by(2).map(str::to_owned));
            lines.extend(part.lines().filter(|line| line.starts_with("    ")).map(str::to_owned));
        }
    }
    lines
}

#[test]
fn commands_in_the_documents_exist() {
    let source = read("compiler/src/commands/mod.rs");
    let (_, list) = source.split_once("enum Command {").expect("the subcommands are an enum");
    let variants = list.lines().skip(1).take_while(|line| *line != "}").filter_map(|line| line.trim().split_once('('));
    let commands: BTreeSet<String> = variants.map(|(name, _)| name.to_lowercase()).collect();
    let developer = read("fretwork-dev");
    let mut offences = Vec::new();
    let mut seen = 0;
    for file in files(&["md"]) {
        for line in code(&read(&file)) {
            let words: Vec<&str> = line.split_whitespace().skip_while(|word| *word == "$").collect();
            let [tool, command, ..] = words[..] else { continue };
            let known = match tool.rsplit('/').next().unwrap() {
                "fretwork" => command.starts_with('-') || command == "COMMAND" || commands.contains(command),
                "fretwork-dev" => command == "COMMAND" || developer.contains(&format!("\n  {command} ")),
                _ => continue,
            };
            seen += 1;
            if !known {
                offences.push(format!("{file}: there is no command '{command}' of {tool}"));
            }
        }
    }
    assert!(seen > 5, "the documents show {seen} commands");
    report(offences);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut offences = Vec::new();
    for file in files(&["md"]) {
        let text = read(&file);
        let folder = root().join(&file).parent().unwrap().to_owned();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") && !folder.join(target).exists() {
                offences.push(format!("{file}: links to {target}, which is not there"));
            }
        }
    }
    report(offences);
}

#[test]
fn the_documents_are_complete() {
    let mut offences = Vec::new();
    for file in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE-MIT", "LICENSE-APACHE", "fretwork-dev", ".ci/run"] {
        if !root().join(file).is_file() {
            offences.push(format!("{file}: is missing"));
        }
    }
    if !read("CHANGELOG.md").lines().any(|line| line.starts_with("## ") && line.contains("Unreleased")) {
        offences.push("CHANGELOG.md: has no section 'Unreleased'".into());
    }
    let (readme, architecture) = (read("README.md"), read("ARCHITECTURE.md"));
    for manifest in files(&["toml"]).iter().filter(|file| file.ends_with("/Cargo.toml")) {
        let text = read(manifest);
        let name = text.lines().find_map(|line| line.strip_prefix("name = \"")).map_or("", |rest| rest.trim_end_matches('"'));
        if !readme.contains(&format!("`{name}`")) {
            offences.push(format!("README.md: does not name the crate {name}"));
        }
    }
    for core in cores() {
        for (file, text) in [("README.md", &readme), ("ARCHITECTURE.md", &architecture)] {
            if !text.contains(&format!("`{core}`")) {
                offences.push(format!("{file}: does not name the core {core}"));
            }
        }
    }
    report(offences);
}

#[cfg(unix)]
#[test]
fn scripts_are_executable() {
    use std::os::unix::fs::PermissionsExt;
    let mut scripts = files(&["sh"]);
    scripts.extend(["fretwork-dev", ".ci/run"].map(String::from));
    let plain = |file: &String| fs::metadata(root().join(file)).unwrap().permissions().mode() & 0o111 == 0;
    report(scripts.into_iter().filter(plain).map(|file| format!("{file}: is not executable")).collect());
}
