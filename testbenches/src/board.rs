//! A design behind a UART, as it is on a board: the Verilator model of a top module with the ports `clk_i`, `rst_ni`, `rx_i` and `tx_o`, stepped from
//! outside. What the bytes mean is not known here.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;

use libloading::Library;

use crate::build::BuildOptions;
use crate::error::{CosimError, When, io_error};
use crate::job::{Job, Top};

/// A top module around `top` and the host link, for benches: ports `clk_i`, `rst_ni`, `rx_i`, `tx_o`; parameters as the link's, and `Banks`.
pub const LINK_TOP: &str = include_str!("bench/link_top.sv");

/// A top module around `board` and an SPI flash, for benches of boards whose flash has its clock from a block: ports as [`LINK_TOP`]; parameters the
/// number of bytes in `images/flash.bin` and the address of the first. It takes [`FLASH_MODEL`].
pub const FLASH_TOP: &str = include_str!("bench/flash_top.sv");

/// The flash in it, `tb_flash`.
pub const FLASH_MODEL: &str = crate::bench::TB_FLASH;

type Handle = *mut c_void;

/// A compiled board. It holds no state: every [`Serial`] is a board of its own.
pub struct Board {
    new: unsafe extern "C" fn(*const c_char, u32) -> Handle,
    free: unsafe extern "C" fn(Handle),
    run: unsafe extern "C" fn(Handle, u64, *const u8, u64) -> u64,
    failed: unsafe extern "C" fn(Handle) -> i32,
    messages: unsafe extern "C" fn(Handle) -> *const c_char,
    received: unsafe extern "C" fn(Handle, *mut u64) -> *const u8,
    _library: Library,
}

impl Board {
    /// Builds `module` of the file of that name in a design folder, with these parameters, or takes it from the cache.
    ///
    /// # Errors
    /// A missing tool or file, or RTL that Verilator refuses.
    pub fn build(design_dir: &Path, module: &str, parameters: &[(&str, u64)], options: &BuildOptions) -> Result<Board, CosimError> {
        let job = Job::prepare(design_dir, Top::Board(module, parameters), options)?;
        let library = job.cache.entry("model", &job.key).join("fw_model.so");
        if !library.is_file() {
            job.compile()?;
        }
        // SAFETY: the library was built from the shim whose declarations this file mirrors, and its hash is part of the library's folder name.
        unsafe { Self::load(&library) }.map_err(|error| CosimError::Load { path: library.clone(), reason: error.to_string() })
    }

    unsafe fn load(path: &Path) -> Result<Board, libloading::Error> {
        unsafe {
            let library = Library::new(path)?;
            Ok(Board {
                new: *library.get(b"b_new\0")?,
                free: *library.get(b"b_free\0")?,
                run: *library.get(b"b_run\0")?,
                failed: *library.get(b"b_failed\0")?,
                messages: *library.get(b"b_messages\0")?,
                received: *library.get(b"b_received\0")?,
                _library: library,
            })
        }
    }

    /// A board that has just left reset, its memories loaded from `design_dir`; a bit on its line lasts so many clocks.
    ///
    /// # Errors
    /// A path that cannot be given to C, or RTL that fails before the end of reset.
    pub fn power_up(&self, design_dir: &Path, clocks_per_bit: u32) -> Result<Serial<'_>, CosimError> {
        let folder = std::path::absolute(design_dir).map_err(io_error(design_dir))?;
        let folder = CString::new(folder.into_os_string().into_encoded_bytes())
            .map_err(|_| CosimError::Stimulus(format!("the path {} has a NUL byte", design_dir.display())))?;
        // SAFETY: the string outlives the call, and the shim keeps it no longer.
        let serial = Serial { board: self, handle: unsafe { (self.new)(folder.as_ptr(), clocks_per_bit) }, cycle: 0 };
        serial.check(When::Reset)?;
        Ok(serial)
    }
}

/// A running board, seen from the other end of its serial line.
pub struct Serial<'a> {
    board: &'a Board,
    handle: Handle,
    cycle: u64,
}

// SAFETY: the shim keeps a board's state in the handle; what belongs to a thread is set at the begin of every call.
unsafe impl Send for Serial<'_> {}

impl Serial<'_> {
    /// Runs so many cycles, sending bytes without pause. Returns how many of them were begun, and what arrived.
    ///
    /// # Errors
    /// RTL that reports an error.
    pub fn run(&mut self, cycles: u64, bytes: &[u8]) -> Result<(usize, Vec<u8>), CosimError> {
        let mut count = 0;
        // SAFETY: the handle is live, the slice outlives the call, and what arrived is copied before the next one.
        let (begun, arrived) = unsafe {
            let begun = (self.board.run)(self.handle, cycles, bytes.as_ptr(), bytes.len() as u64);
            let first = (self.board.received)(self.handle, &mut count);
            (begun as usize, if count == 0 { Vec::new() } else { std::slice::from_raw_parts(first, count as usize).to_vec() })
        };
        self.cycle += cycles;
        self.check(When::Cycle(self.cycle))?;
        Ok((begun, arrived))
    }

    /// Cycles since reset.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    fn check(&self, when: When) -> Result<(), CosimError> {
        // SAFETY: the handle is live; the string is copied before the board can change it.
        unsafe {
            if (self.board.failed)(self.handle) == 0 {
                return Ok(());
            }
            let messages = CStr::from_ptr((self.board.messages)(self.handle)).to_string_lossy().trim_end().to_owned();
            Err(CosimError::Rtl { when, messages })
        }
    }
}

impl Drop for Serial<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle came from `new` and is freed once.
        unsafe { (self.board.free)(self.handle) };
    }
}
