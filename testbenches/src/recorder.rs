//! Turns the shim's event log into a [`Recording`], checking that the probes obey their rules.

use fretwork_sim::record::{Recording, StepRecord, Write};

use crate::abi::{EVENT_END, EVENT_OUTPUT, EVENT_START, EVENT_WRITE, Event};
use crate::error::CosimError;

/// A recording in the making.
pub(crate) struct Recorder {
    lanes: usize,
    recording: Recording,
    /// The step that has started and not ended.
    open: Option<StepRecord>,
    /// The output words of the inference that has not ended.
    output: Vec<u8>,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(lanes: usize) -> Recorder {
        Recorder { lanes, recording: Recording::default(), open: None, output: Vec::new() }
    }

    /// Takes a chunk's events; `data` holds the words they refer to.
    pub fn take(&mut self, events: &[Event], data: &[u8]) -> Result<(), CosimError> {
        for event in events {
            match event.kind {
                EVENT_START => self.start(event),
                EVENT_END => self.end(event),
                EVENT_WRITE => {
                    let word = self.word(event, data).to_vec();
                    self.write(event, word)
                }
                EVENT_OUTPUT => {
                    self.output.extend_from_slice(self.word(event, data));
                    if event.value != 0 {
                        self.recording.outputs.push(std::mem::take(&mut self.output));
                    }
                    Ok(())
                }
                kind => unreachable!("the shim logs no event of kind {kind}"),
            }
            .map_err(|reason| CosimError::Probe { cycle: event.cycle, reason })?;
        }
        Ok(())
    }

    /// The recording, at the end of the run in `cycle`.
    pub fn finish(self, cycle: u64) -> Result<Recording, CosimError> {
        match self.open {
            None => Ok(self.recording),
            Some(step) => Err(CosimError::Probe { cycle, reason: format!("the last inference is over, but step {} has not ended", step.step) }),
        }
    }

    fn word<'a>(&self, event: &Event, data: &'a [u8]) -> &'a [u8] {
        let begin = event.word as usize * self.lanes;
        &data[begin..begin + self.lanes]
    }

    fn start(&mut self, event: &Event) -> Result<(), String> {
        if let Some(open) = &self.open {
            return Err(format!("step {} starts while step {} has not ended", event.value, open.step));
        }
        self.open = Some(StepRecord { step: event.value, start: event.cycle, end: event.cycle, writes: Vec::new() });
        Ok(())
    }

    fn end(&mut self, event: &Event) -> Result<(), String> {
        let Some(mut step) = self.open.take() else {
            return Err(format!("step {} ends, but no step is running", event.value));
        };
        if step.step != event.value {
            return Err(format!("step {} ends, but step {} is running", event.value, step.step));
        }
        step.end = event.cycle;
        self.recording.steps.push(step);
        Ok(())
    }

    fn write(&mut self, event: &Event, data: Vec<u8>) -> Result<(), String> {
        let Some(step) = &mut self.open else {
            return Err(format!("address {} is written, but no step is running", event.value));
        };
        step.writes.push(Write { addr: event.value, mask: u64::from(event.mask), data });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(cycle: u64, kind: u32, value: u32) -> Event {
        Event { cycle, kind, value, mask: 1, word: 0 }
    }

    #[test]
    fn records_steps_over_chunks() {
        let mut recorder = Recorder::new(2);
        recorder.take(&[event(3, EVENT_START, 7), event(4, EVENT_WRITE, 9)], &[1, 2]).unwrap();
        recorder.take(&[event(5, EVENT_OUTPUT, 0), event(6, EVENT_OUTPUT, 1), event(6, EVENT_END, 7)], &[3, 4]).unwrap();
        let recording = recorder.finish(6).unwrap();
        let writes = vec![Write { addr: 9, mask: 1, data: vec![1, 2] }];
        assert_eq!(recording.steps, [StepRecord { step: 7, start: 3, end: 6, writes }]);
        assert_eq!(recording.outputs, [[3, 4, 3, 4]]);
    }

    #[test]
    fn refuses_contradictions() {
        let says = |events: &[Event]| Recorder::new(1).take(events, &[0]).unwrap_err().to_string();
        assert!(says(&[event(1, EVENT_WRITE, 5)]).contains("cycle 1: address 5 is written, but no step is running"));
        assert!(says(&[event(1, EVENT_END, 5)]).contains("no step is running"));
        assert!(says(&[event(1, EVENT_START, 5), event(2, EVENT_START, 6)]).contains("step 6 starts while step 5"));
        assert!(says(&[event(1, EVENT_START, 5), event(2, EVENT_END, 6)]).contains("step 6 ends, but step 5"));
    }
}
