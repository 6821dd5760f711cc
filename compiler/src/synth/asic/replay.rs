//! A netlist replayed on recorded vectors, cycle by cycle without delays: what its nets do, and whether its outputs are the recorded ones.

use super::netlist::{Net, Netlist, ONE, Port};

/// A port's recorded values: changes, each with the first cycle in which it is seen before the clock's rising edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// Cycle and bits, lowest first; ascending in cycles.
    pub changes: Vec<(u64, Vec<bool>)>,
}

/// What the nets did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Changes of every net.
    pub toggles: Vec<u32>,
    /// Cycles in which it is 1.
    pub ones: Vec<u32>,
    /// Cycles that were counted.
    pub cycles: u64,
    /// Bits that were compared and equal.
    pub compared_bits: u64,
}

/// The netlist does something else than the RTL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the netlist differs from the RTL in cycle {cycle}: {port} bit {bit} is {}, in the RTL {}", u8::from(!expected), u8::from(*expected))]
pub struct NetlistMismatch {
    /// Cycle after reset.
    pub cycle: u64,
    /// The port, with the path of its macro.
    pub port: String,
    /// Its bit.
    pub bit: usize,
    /// The RTL's value.
    pub expected: bool,
}

/// A port and its recording, and how far that was read.
struct Track<'a> {
    port: &'a Port,
    signal: &'a Signal,
    next: usize,
    bits: Option<&'a [bool]>,
}

impl<'a> Track<'a> {
    fn new((port, signal): (&'a Port, &'a Signal)) -> Track<'a> {
        Track { port, signal, next: 0, bits: None }
    }

    /// Moves to a cycle; whether the value changed.
    fn advance(&mut self, cycle: u64) -> bool {
        let start = self.next;
        while let Some((_, bits)) = self.signal.changes.get(self.next).filter(|(at, _)| *at <= cycle) {
            self.bits = Some(bits);
            self.next += 1;
        }
        self.next > start
    }
}

/// The cycles of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Cycles of reset, in which nothing is compared.
    pub reset: u64,
    /// First cycle whose changes are counted.
    pub counted: u64,
    /// All of them.
    pub cycles: u64,
}

/// Replays `inputs` and `outputs`, the recordings of the netlist's ports in their order, over the cycles of a run.
///
/// # Errors
/// The first bit in which an output differs from its recording.
pub fn replay(netlist: &Netlist, inputs: &[Signal], outputs: &[Signal], span: Span) -> Result<Activity, NetlistMismatch> {
    let Span { reset, counted, cycles } = span;
    let mut drivers: Vec<Track> = netlist.inputs.iter().zip(inputs).map(Track::new).collect();
    let mut expected: Vec<Track> = netlist.outputs.iter().zip(outputs).map(Track::new).collect();
    let mut activity = Activity { toggles: vec![0; netlist.nets], ones: vec![0; netlist.nets], ..Activity::default() };
    let mut values = vec![0u8; netlist.nets];
    values[ONE as usize] = 1;
    let mut before = values.clone();
    let mut states = vec![0u8; netlist.flip_flops.len()];
    for cycle in 0..cycles {
        for track in &mut drivers {
            if track.advance(cycle) {
                set(&mut values, track);
            }
        }
        settle(netlist, &mut values, &mut states);
        if cycle >= reset {
            for track in &mut expected {
                track.advance(cycle);
                activity.compared_bits += compare(&values, track, cycle - reset)?;
            }
            if cycle > reset.max(counted) {
                count(&mut activity, &before, &values);
            }
            before.copy_from_slice(&values);
        }
        for (state, flip_flop) in states.iter_mut().zip(&netlist.flip_flops) {
            let rule = &flip_flop.rule;
            let forced = look_up(rule.clear | rule.preset, &flip_flop.inputs, &values) == 1;
            *state = if forced { *state } else { look_up(rule.next, &flip_flop.inputs, &values) };
        }
    }
    Ok(activity)
}

fn set(values: &mut [u8], track: &Track) {
    for (&net, &bit) in track.port.nets.iter().zip(track.bits.unwrap_or_default()) {
        if net > ONE {
            values[net as usize] = u8::from(bit);
        }
    }
}

/// Shows the states and evaluates the gates; again when a reset acts on what they say.
fn settle(netlist: &Netlist, values: &mut [u8], states: &mut [u8]) {
    for _ in 0..2 {
        for (state, flip_flop) in states.iter().zip(&netlist.flip_flops) {
            for &(net, inverted) in &flip_flop.outputs {
                values[net as usize] = state ^ u8::from(inverted);
            }
        }
        for gate in &netlist.gates {
            values[gate.output as usize] = look_up(gate.truth, &gate.inputs, values);
        }
        let mut acted = false;
        for (state, flip_flop) in states.iter_mut().zip(&netlist.flip_flops) {
            let rule = &flip_flop.rule;
            let forced = |table: u64| table != 0 && look_up(table, &flip_flop.inputs, values) == 1;
            let held = if forced(rule.clear) { 0 } else { u8::from(forced(rule.preset) || *state == 1) };
            acted |= held != *state;
            *state = held;
        }
        if !acted {
            break;
        }
    }
}

fn look_up(truth: u64, inputs: &[Net], values: &[u8]) -> u8 {
    let row = inputs.iter().enumerate().fold(0, |row, (i, &net)| row | u32::from(values[net as usize]) << i);
    (truth >> row & 1) as u8
}

fn compare(values: &[u8], track: &Track, cycle: u64) -> Result<u64, NetlistMismatch> {
    let bits = track.bits.unwrap_or_default();
    let differs = track.port.nets.iter().zip(bits).position(|(&net, &bit)| (values[net as usize] == 1) != bit);
    match differs {
        None => Ok(bits.len() as u64),
        Some(bit) => {
            let path = track.port.path.iter().chain([&track.port.name]).map(String::as_str).collect::<Vec<_>>();
            Err(NetlistMismatch { cycle, port: path.join("."), bit, expected: bits[bit] })
        }
    }
}

fn count(activity: &mut Activity, before: &[u8], values: &[u8]) {
    activity.cycles += 1;
    let counters = activity.toggles.iter_mut().zip(&mut activity.ones);
    for ((toggles, ones), (&old, &new)) in counters.zip(before.iter().zip(values)) {
        *toggles += u32::from(old ^ new);
        *ones += u32::from(new);
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::small;
    use super::super::netlist::Json;
    use super::super::netlist::tests::TOGGLE;
    use super::*;

    const SPAN: Span = Span { reset: 2, counted: 0, cycles: 8 };

    fn signal(changes: &[(u64, bool)]) -> Signal {
        Signal { changes: changes.iter().map(|&(cycle, bit)| (cycle, vec![bit])).collect() }
    }

    /// Reset in cycles 0 and 1; `a` is 1 from cycle 4: `q` is 0, then 1 for good, from cycle 5 it alternates.
    #[test]
    fn a_netlist_does_what_its_cells_do() {
        let netlist = Netlist::new(&Json::parse(TOGGLE).unwrap(), "t", &small()).unwrap();
        let inputs = [signal(&[(0, false), (4, true)]), signal(&[(0, false), (2, true)]), signal(&[(0, false)])];
        let q = signal(&[(0, false), (3, true), (5, false), (6, true), (7, false)]);
        let activity = replay(&netlist, &inputs, &[q.clone(), q], SPAN).unwrap();
        let net = netlist.outputs[0].nets[0] as usize;
        assert_eq!((activity.cycles, activity.toggles[net], activity.ones[net], activity.compared_bits), (5, 4, 3, 12));
        let late = replay(&netlist, &inputs, &[], Span { counted: 5, ..SPAN }).unwrap();
        assert_eq!((late.cycles, late.toggles[net]), (2, 2));
        let wrong = signal(&[(0, false), (3, true)]);
        let mismatch = replay(&netlist, &inputs, &[wrong.clone(), wrong], SPAN).unwrap_err();
        assert_eq!(mismatch.to_string(), "the netlist differs from the RTL in cycle 3: q_o bit 0 is 0, in the RTL 1");
    }
}
