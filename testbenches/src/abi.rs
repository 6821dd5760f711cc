//! The C interface of a compiled model (`shim/fw_shim.cpp`): the structures it shares with Rust and the loaded functions. Nothing else in the crate is unsafe.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;

use fretwork_sim::outside::Latency;
use libloading::Library;

use crate::error::CosimError;

/// What an [`Event`] reports.
pub(crate) const EVENT_START: u32 = 0;
/// See [`EVENT_START`].
pub(crate) const EVENT_END: u32 = 1;
/// See [`EVENT_START`].
pub(crate) const EVENT_WRITE: u32 = 2;
/// See [`EVENT_START`].
pub(crate) const EVENT_OUTPUT: u32 = 3;

/// What a chunk of cycles ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Done,
    Failed,
}

/// One logged event, `Event` in the shim.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub cycle: u64,
    pub kind: u32,
    pub value: u32,
    pub mask: u32,
    pub word: u32,
}

/// Where the model stands, `State` in the shim.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct State {
    pub cycle: u64,
    pub words_in: u64,
    pub words_out: u64,
    pub inferences: u64,
    pub step_start: u64,
    pub step: u32,
    pub step_open: u32,
}

/// [`State::step`] before the first launch.
pub(crate) const NO_STEP: u32 = u32::MAX;

#[repr(C)]
struct RawChunk {
    words: *const u8,
    word_count: u64,
    input_stalls: *const u64,
    output_stalls: *const u64,
    cycles: u64,
    inferences: u64,
    log: u32,
}

/// A number of cycles to simulate.
pub(crate) struct Chunk<'a> {
    /// All input words of the run.
    pub words: &'a [u8],
    /// One bit per cycle, input then output; none without stalls.
    pub stalls: Option<(&'a [u64], &'a [u64])>,
    pub cycles: u64,
    pub inferences: u64,
    pub log: bool,
}

type Handle = *mut std::ffi::c_void;

/// The functions of one loaded library.
pub(crate) struct Api {
    new: unsafe extern "C" fn(*const c_char, *const c_char) -> Handle,
    free: unsafe extern "C" fn(Handle),
    run: unsafe extern "C" fn(Handle, *const RawChunk) -> i32,
    state: unsafe extern "C" fn(Handle, *mut State),
    failed: unsafe extern "C" fn(Handle) -> i32,
    messages: unsafe extern "C" fn(Handle) -> *const c_char,
    events: unsafe extern "C" fn(Handle, *mut u64) -> *const Event,
    data: unsafe extern "C" fn(Handle, *mut u64) -> *const u8,
    /// Bytes of a word.
    pub lanes: usize,
    /// Banks of the activation memory.
    pub banks: usize,
    outside: unsafe extern "C" fn(Handle, *const RawOutside),
    /// The design reads a memory outside the chip.
    pub reads_outside: bool,
    _library: Library,
}

/// A memory outside the chip, `Outside` in the shim.
#[repr(C)]
struct RawOutside {
    bytes: *const u8,
    count: u64,
    base: u64,
    latency: *const Latency,
    hold: extern "C" fn(*const Latency, u64) -> u64,
    first: extern "C" fn(*const Latency, u64) -> u64,
    gap: extern "C" fn(*const Latency, u64, u32) -> u64,
}

extern "C" fn hold(latency: *const Latency, burst: u64) -> u64 {
    // SAFETY: the shim hands back the pointer that it was given, to what outlives the model.
    unsafe { &*latency }.hold(burst)
}

extern "C" fn first(latency: *const Latency, burst: u64) -> u64 {
    // SAFETY: as in `hold`.
    unsafe { &*latency }.first(burst)
}

extern "C" fn gap(latency: *const Latency, burst: u64, beat: u32) -> u64 {
    // SAFETY: as in `hold`.
    unsafe { &*latency }.gap(burst, beat)
}

impl Api {
    /// Loads a library that [`crate::build`] made.
    pub fn load(path: &Path) -> Result<Api, CosimError> {
        // SAFETY: the library was built from the shim whose declarations this file mirrors, and its hash is part of the library's folder name.
        unsafe { Self::load_symbols(path) }.map_err(|error| CosimError::Load { path: path.to_owned(), reason: error.to_string() })
    }

    unsafe fn load_symbols(path: &Path) -> Result<Api, libloading::Error> {
        unsafe {
            let library = Library::new(path)?;
            let width = |name: &[u8]| library.get::<unsafe extern "C" fn() -> u32>(name).map(|f| f() as usize);
            Ok(Api {
                new: *library.get(b"m_new\0")?,
                free: *library.get(b"m_free\0")?,
                run: *library.get(b"m_run\0")?,
                state: *library.get(b"m_state\0")?,
                failed: *library.get(b"m_failed\0")?,
                messages: *library.get(b"m_messages\0")?,
                events: *library.get(b"m_events\0")?,
                data: *library.get(b"m_data\0")?,
                lanes: width(b"m_lanes\0")?,
                banks: width(b"m_banks\0")?,
                outside: *library.get(b"m_outside\0")?,
                reads_outside: width(b"m_reads_outside\0")? != 0,
                _library: library,
            })
        }
    }

    /// Constructs a model: reads the images below `folder`, opens the trace, passes reset.
    pub fn instance(&self, folder: &CStr, trace: Option<&CString>) -> Instance<'_> {
        let trace = trace.map_or(std::ptr::null(), |path| path.as_ptr());
        // SAFETY: both strings outlive the call; the shim keeps neither.
        Instance { api: self, handle: unsafe { (self.new)(folder.as_ptr(), trace) }, _outside: None }
    }
}

/// One constructed model.
pub(crate) struct Instance<'a> {
    api: &'a Api,
    handle: Handle,
    /// What the shim has pointers to.
    _outside: Option<Box<(Vec<u8>, Latency)>>,
}

impl Instance<'_> {
    /// Simulates up to `chunk.cycles` cycles; the log then holds this chunk's events.
    pub fn run(&mut self, chunk: &Chunk<'_>) -> Status {
        let words = chunk.cycles.div_ceil(64) as usize;
        let (input_stalls, output_stalls) = chunk.stalls.map_or((std::ptr::null(), std::ptr::null()), |(input, output)| {
            assert!(input.len() >= words && output.len() >= words, "a chunk brings one stall bit per cycle");
            (input.as_ptr(), output.as_ptr())
        });
        let raw = RawChunk {
            words: chunk.words.as_ptr(),
            word_count: (chunk.words.len() / self.api.lanes) as u64,
            input_stalls,
            output_stalls,
            cycles: chunk.cycles,
            inferences: chunk.inferences,
            log: u32::from(chunk.log),
        };
        // SAFETY: the slices outlive the call and hold as many words and bits as announced.
        match unsafe { (self.api.run)(self.handle, &raw) } {
            0 => Status::Running,
            1 => Status::Done,
            _ => Status::Failed,
        }
    }

    /// Puts a memory outside the chip, from address `base` on.
    pub fn connect(&mut self, bytes: Vec<u8>, base: u32, latency: Latency) {
        let kept = Box::new((bytes, latency));
        let (bytes, latency) = (&kept.0, &raw const kept.1);
        let raw = RawOutside { bytes: bytes.as_ptr(), count: bytes.len() as u64, base: base.into(), latency, hold, first, gap };
        // SAFETY: the handle is live; what the pointers lead to is kept as long as the handle.
        unsafe { (self.api.outside)(self.handle, &raw) };
        self._outside = Some(kept);
    }

    /// Where the model stands.
    pub fn state(&self) -> State {
        let mut state = State::default();
        // SAFETY: the handle is live and `State` mirrors the shim's.
        unsafe { (self.api.state)(self.handle, &mut state) };
        state
    }

    /// What the RTL printed, if it reported an error.
    pub fn failure(&self) -> Option<String> {
        // SAFETY: the handle is live; the string is copied before the model can change it.
        unsafe {
            ((self.api.failed)(self.handle) != 0).then(|| CStr::from_ptr((self.api.messages)(self.handle)).to_string_lossy().trim_end().to_owned())
        }
    }

    /// The last chunk's events and the words they refer to.
    pub fn log(&self) -> (&[Event], &[u8]) {
        let (mut events, mut bytes) = (0, 0);
        // SAFETY: the shim's vectors live until the next call of `run`, which needs `&mut self`.
        unsafe {
            let first_event = (self.api.events)(self.handle, &mut events);
            let first_byte = (self.api.data)(self.handle, &mut bytes);
            (slice(first_event, events), slice(first_byte, bytes))
        }
    }
}

/// A slice that may be empty, in which case C++ hands over a null pointer.
unsafe fn slice<'a, T>(first: *const T, count: u64) -> &'a [T] {
    if count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(first, count as usize) } }
}

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle came from `new` and is freed once.
        unsafe { (self.api.free)(self.handle) };
    }
}
