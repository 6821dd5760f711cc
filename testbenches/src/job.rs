//! One build of a model: which files and flags go in, the key they make, and the calls that turn them into a shared library in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::build::BuildOptions;
use crate::cache::{Cache, Key};
use crate::error::{CosimError, io_error};
use crate::toolchain::Toolchain;

const SHIM: &str = include_str!("shim/fw_shim.cpp");
const HOOKS_HEADER: &str = include_str!("shim/fw_hooks.h");
const OUTSIDE_HEADER: &str = include_str!("shim/fw_outside.h");
const BOARD_SHIM: &str = include_str!("shim/fw_board.cpp");
const PRINT_HEADER: &str = include_str!("shim/fw_print.h");
const MAKEFILE: &str = include_str!("shim/fw_model.mk");

/// Of the model: symbols stay inside the library, the runtime's output and exits go to the shim.
const CFLAGS: &str = "-fPIC -fvisibility=hidden -fno-gnu-unique -include fw_print.h -DVL_PRINTF=fw_print \
                      -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL -DVL_USER_WARN";

const VERILATOR_FLAGS: [&str; 17] = [
    "--cc",
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--assert",
    "--output-split",
    "20000",
    "--top-module",
    "top",
    "--prefix",
    "Vtop",
    "-Wno-fatal",
    "-Irtl",
    "-CFLAGS",
    CFLAGS,
];

const MAKE_FLAGS: [&str; 3] = ["OPT_FAST=-O1", "OPT_SLOW=-O0", "OPT_GLOBAL=-O2"];

/// The module that a build is of, and so the shim that drives it.
#[derive(Clone, Copy)]
pub(crate) enum Top<'a> {
    /// `top` in `top.sv`, by its streams.
    Design,
    /// A module in a file of its name beside `top.sv`, with parameters, by its UART.
    Board(&'a str, &'a [(&'a str, u64)]),
}

/// One build: the inputs, read and hashed.
pub(crate) struct Job<'a> {
    tools: Toolchain<'a>,
    pub cache: Cache,
    version: String,
    flags: Vec<&'static str>,
    top: Top<'a>,
    sources: Vec<PathBuf>,
    trace: bool,
    /// The hash of everything that goes into the model.
    pub key: String,
}

impl<'a> Job<'a> {
    /// Reads and hashes what the model depends on.
    pub fn prepare(design: &'a Path, top: Top<'a>, options: &'a BuildOptions) -> Result<Job<'a>, CosimError> {
        let mut files = design_files(design)?;
        let tools = Toolchain { verilator: &options.verilator, design };
        let version = tools.verilator_version()?;
        let mut flags = VERILATOR_FLAGS.to_vec();
        if options.trace {
            // Wide ports as well: Verilator leaves out what is wider than 256 bits unless told.
            flags.extend(["--trace-fst", "--trace-max-width", "65536"]);
        }
        let mut key = tool_key(&version, &flags);
        if let Top::Board(module, _) = top {
            key = key.part("board", BOARD_SHIM.as_bytes()).part("top", top.flags().join(" ").as_bytes());
            files.push(PathBuf::from(format!("{module}.sv")));
        }
        for file in &files {
            let path = design.join(file);
            key = key.part(&file.to_string_lossy(), &fs::read(&path).map_err(io_error(&path))?);
        }
        let sources = files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "sv" || extension == "v")).collect();
        let cache = Cache::open(options.cache.as_deref())?;
        Ok(Job { tools, cache, version, flags, top, sources, trace: options.trace, key: key.finish() })
    }

    /// Translates, compiles, links and caches the model.
    pub fn compile(&self) -> Result<(), CosimError> {
        let temp = std::env::temp_dir();
        let build = tempfile::Builder::new().prefix("fretwork-model-").tempdir_in(&temp).map_err(io_error(&temp))?;
        let build = build.path();
        let shim = if let Top::Board(..) = self.top { BOARD_SHIM } else { SHIM };
        let headers = [("fw_hooks.h", HOOKS_HEADER), ("fw_outside.h", OUTSIDE_HEADER), ("fw_print.h", PRINT_HEADER)];
        for (name, text) in [("fw_shim.cpp", shim), ("fw_model.mk", MAKEFILE)].into_iter().chain(headers) {
            let path = build.join(name);
            fs::write(&path, text).map_err(io_error(&path))?;
        }
        // Of options that are given twice Verilator takes the last.
        let own = self.top.flags();
        let flags: Vec<&str> = self.flags.iter().copied().chain(own.iter().map(String::as_str)).collect();
        let log = self.tools.verilate(build, &flags, &self.sources)?;
        let log_path = build.join("verilator.log");
        fs::write(&log_path, log).map_err(io_error(&log_path))?;
        let mut own = format!("-DFW_TRACE={}", u8::from(self.trace));
        if let Top::Design = self.top {
            let Widths { lanes, banks, axi_bytes, flash } = self.widths(build)?;
            own = format!("-DFW_LANES={lanes} -DFW_BANKS={banks} -DFW_AXI={axi_bytes} -DFW_FLASH={} {own}", u8::from(flash));
        }

        let mut variables: Vec<String> = MAKE_FLAGS.map(String::from).to_vec();
        let runtime = self.runtime(build, &variables)?;
        variables.push(format!("USER_CPPFLAGS={own}"));
        variables.push(format!("FW_RUNTIME={}", runtime.display()));
        variables.push(format!("FW_LIBS={}", if self.trace { "-lz" } else { "" }));
        self.tools.make(build, "fw_model.so", &variables)?;
        self.cache.install("model", &self.key, &[&build.join("fw_model.so"), &log_path])?;
        Ok(())
    }

    /// Verilator's runtime as an archive, compiled once per version and set of flags.
    fn runtime(&self, build: &Path, variables: &[String]) -> Result<PathBuf, CosimError> {
        let key = tool_key(&self.version, &self.flags).finish();
        let archive = self.cache.entry("runtime", &key).join("fw_runtime.a");
        if !archive.is_file() {
            self.tools.make(build, "fw_runtime.a", variables)?;
            self.cache.install("runtime", &key, &[&build.join("fw_runtime.a")])?;
        }
        Ok(archive)
    }

    /// The widths of the ports that Verilator found.
    fn widths(&self, build: &Path) -> Result<Widths, CosimError> {
        let path = build.join("Vtop.h");
        let header = fs::read_to_string(&path).map_err(io_error(&path))?;
        let layout = |reason: String| CosimError::Layout { design: self.tools.design.to_owned(), reason };
        let width = |port: &str| port_width(&header, port).ok_or_else(|| layout(format!("module `top` has no port `{port}`")));
        let (bits, banks) = (width("s_axis_tdata_i")?, width("probe_we_o")?);
        for port in ["m_axis_tdata_o", "probe_data_o"] {
            let found = width(port)?;
            if found != bits {
                return Err(layout(format!("port `{port}` is {found} bits wide, `s_axis_tdata_i` {bits}: they have to be equal")));
            }
        }
        let lanes = bits / 8;
        if bits % 8 != 0 || banks > 16 || lanes % banks != 0 {
            return Err(layout(format!("a word of {bits} bits cannot have {banks} banks: it takes whole bytes per bank and at most 16 banks")));
        }
        let axi_bytes = port_width(&header, "m_axi_rdata_i").map_or(0, |bits| bits / 8);
        Ok(Widths { lanes, banks, axi_bytes, flash: port_width(&header, "flash_io_i").is_some() })
    }
}

/// What the shim has to know about a design's ports.
struct Widths {
    lanes: usize,
    banks: usize,
    /// Bytes of a beat on the bus to a memory outside; 0 without one.
    axi_bytes: usize,
    /// There is a flash.
    flash: bool,
}

impl Top<'_> {
    /// What Verilator is told besides the flags of every design.
    fn flags(&self) -> Vec<String> {
        match self {
            Top::Design => Vec::new(),
            Top::Board(module, parameters) => {
                let parameters = parameters.iter().map(|(name, value)| format!("-G{name}={value}"));
                ["--top-module".to_owned(), (*module).to_owned()].into_iter().chain(parameters).collect()
            }
        }
    }
}

/// The part of the key that belongs to the tools.
fn tool_key(version: &str, flags: &[&str]) -> Key {
    Key::default()
        .part("verilator", version.as_bytes())
        .part("flags", flags.join(" ").as_bytes())
        .part("make", MAKE_FLAGS.join(" ").as_bytes())
        .part("shim", SHIM.as_bytes())
        .part("hooks", HOOKS_HEADER.as_bytes())
        .part("outside", OUTSIDE_HEADER.as_bytes())
        .part("print", PRINT_HEADER.as_bytes())
        .part("makefile", MAKEFILE.as_bytes())
}

/// The Verilog files of a design, headers included, relative to it and sorted.
fn design_files(design: &Path) -> Result<Vec<PathBuf>, CosimError> {
    let layout = |reason: &str| CosimError::Layout { design: design.to_owned(), reason: reason.to_owned() };
    if !design.join("top.sv").is_file() {
        return Err(layout("it has no `top.sv`"));
    }
    let rtl = design.join("rtl");
    let mut files = vec![PathBuf::from("top.sv")];
    for item in fs::read_dir(&rtl).map_err(|_| layout("it has no folder `rtl`"))? {
        let name = PathBuf::from(item.map_err(io_error(&rtl))?.file_name());
        if name.extension().is_some_and(|extension| ["sv", "v", "svh", "vh"].iter().any(|known| extension == *known)) {
            files.push(Path::new("rtl").join(name));
        }
    }
    files.sort();
    Ok(files)
}

/// The width of a port in the header that Verilator writes, where it reads `VL_INW(&name,msb,lsb,words)` or the like.
fn port_width(header: &str, port: &str) -> Option<usize> {
    let (_, rest) = header.split_once(&format!("(&{port},"))?;
    let mut numbers = rest.split([',', ')']);
    let msb: usize = numbers.next()?.trim().parse().ok()?;
    let lsb: usize = numbers.next()?.trim().parse().ok()?;
    Some(msb - lsb + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_widths() {
        let header = "    VL_IN8(&clk_i,0,0);\n    VL_OUTW(&probe_data_o,127,0,4);\n    VL_IN64(&s_axis_tdata_i,63,0);\n";
        assert_eq!(port_width(header, "clk_i"), Some(1));
        assert_eq!(port_width(header, "probe_data_o"), Some(128));
        assert_eq!(port_width(header, "s_axis_tdata_i"), Some(64));
        assert_eq!(port_width(header, "probe_we_o"), None);
    }
}
