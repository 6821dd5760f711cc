//! Ports of instances in a waveform that the RTL's simulation wrote.

use super::AsicError;
use super::netlist::Port;
use super::replay::Signal;
use std::path::Path;
use wellen::SignalRef;
use wellen::simple::Waveform;

/// A waveform whose time has two points a cycle: before the rising edge and after it.
pub struct Recorded(Waveform);

impl Recorded {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that is no waveform.
    pub fn read(path: &Path) -> Result<Recorded, AsicError> {
        wellen::simple::read(path).map(Recorded).map_err(|error| AsicError::Waveform(error.to_string()))
    }

    /// Cycles in the file.
    pub fn cycles(&self) -> u64 {
        self.0.time_table().last().map_or(0, |last| last / 2)
    }

    /// What ports of an instance and of macros within it do.
    ///
    /// # Errors
    /// A port that the waveform does not have, or with another width.
    pub fn signals(&mut self, instance: &[String], ports: &[Port]) -> Result<Vec<Signal>, AsicError> {
        let found = ports.iter().map(|port| self.find(instance, port)).collect::<Result<Vec<SignalRef>, _>>()?;
        self.0.load_signals(&found);
        ports.iter().zip(found).map(|(port, reference)| self.signal(port, reference)).collect()
    }

    fn find(&self, instance: &[String], port: &Port) -> Result<SignalRef, AsicError> {
        let scope: Vec<&str> = ["top", "top"].into_iter().chain(instance.iter().chain(&port.path).map(String::as_str)).collect();
        let hierarchy = self.0.hierarchy();
        let variable = hierarchy.lookup_var(&scope, port.name.as_str());
        let missing = || AsicError::Waveform(format!("it has no port {} in {}", port.name, scope[2..].join(".")));
        Ok(hierarchy[variable.ok_or_else(missing)?].signal_ref())
    }

    fn signal(&self, port: &Port, reference: SignalRef) -> Result<Signal, AsicError> {
        let times = self.0.time_table();
        let mut signal = Signal::default();
        for (at, value) in self.0.get_signal(reference).iter().flat_map(|signal| signal.iter_changes()) {
            let digits = value.to_bit_string().unwrap_or_default();
            if digits.len() != port.nets.len() {
                let reason = format!("its port {} has {} bits, in the netlist {}", port.name, digits.len(), port.nets.len());
                return Err(AsicError::Waveform(reason));
            }
            let cycle = times.get(at as usize).map_or(0, |time| time.div_ceil(2));
            let bits = digits.bytes().rev().map(|digit| digit == b'1').collect();
            // What changes twice in a cycle is seen once.
            if signal.changes.last().is_some_and(|(last, _)| *last == cycle) {
                signal.changes.pop();
            }
            signal.changes.push((cycle, bits));
        }
        Ok(signal)
    }
}
