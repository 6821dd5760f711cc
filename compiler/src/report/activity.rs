//! How much the operands of a step change from one cycle to the next, beside random ones: from the words that it reads, in the order in which it
//! reads them.

use fretwork_hdl::shell::machine::{Machine, Run};
use fretwork_hdl::shell::nest::Gather;
use fretwork_hdl::{Accelerator, Config, Kind};
use fretwork_sim::record::StepRecord;

/// Share of a random word's bits that differ from the random word before it.
const RANDOM: f64 = 0.5;

/// For every step of the run's last inference: toggles of the activations that it reads, as a share of those of random ones; 1 for steps that read none.
/// `run` was recorded with its writes. Where a core takes new weights in every cycle, they count as random. With a list of weight tiles, the
/// tiles that are left out are looked at too.
pub fn activity(machine: &Machine, run: &Run, accelerator: &Accelerator) -> Vec<f64> {
    let configs = machine.configs();
    let records = &run.recording.steps[run.recording.steps.len().saturating_sub(configs.len())..];
    let mut memory = vec![0u8; accelerator.activation_words * accelerator.lanes];
    let step = |(config, record): (&Config, &StepRecord)| {
        let share = toggles(config, accelerator, &memory) / RANDOM;
        write(record, accelerator, &mut memory);
        match config.kind {
            Kind::Load | Kind::Store => 1.0,
            Kind::Systolic | Kind::Lane => share,
            Kind::Eie | Kind::Xnor | Kind::Shift => (share + 1.0) / 2.0,
        }
    };
    configs.iter().zip(records).map(step).collect()
}

fn write(record: &StepRecord, a: &Accelerator, memory: &mut [u8]) {
    let bank = a.lanes / a.banks();
    for write in &record.writes {
        let word = &mut memory[write.addr as usize * a.lanes..][..a.lanes];
        let parts = word.chunks_mut(bank).zip(write.data.chunks(bank)).enumerate();
        parts.filter(|(index, _)| write.mask >> index & 1 == 1).for_each(|(_, (to, from))| to.copy_from_slice(from));
    }
}

/// Share of the bits that differ from one word to the next, of the lanes that change at all.
fn toggles(config: &Config, a: &Accelerator, memory: &[u8]) -> f64 {
    let slices = (config.kind == Kind::Systolic).then(|| a.slices());
    let (gather, bytes) = (Gather::new(config, slices), a.lanes / slices.unwrap_or(1));
    let outside = vec![config.pad_value as u8; a.lanes];
    let counts: [usize; 7] = std::array::from_fn(|level| gather.count(level));
    let (mut before, mut changed, mut words) = (outside.as_slice(), vec![0u64; bytes], 0u64);
    let mut counters = [0; 7];
    loop {
        let position = gather.at(counters);
        let first = usize::from(position.addr) * a.lanes;
        let word = if position.inside { memory.get(first..first + a.lanes).unwrap_or(&outside) } else { &outside };
        let slice = counters[2] % slices.unwrap_or(1) * bytes;
        let word = &word[slice..slice + bytes];
        changed.iter_mut().zip(before.iter().zip(word)).for_each(|(changed, (a, b))| *changed += u64::from((a ^ b).count_ones()));
        (before, words) = (word, words + 1);
        let Some(level) = (0..7).find(|&level| counters[level] + 1 < counts[level]) else { break };
        counters[..level].fill(0);
        counters[level] += 1;
    }
    let lanes = changed.iter().filter(|changed| **changed > 0).count() as u64;
    if lanes == 0 { 0.0 } else { changed.iter().sum::<u64>() as f64 / (8 * lanes * words) as f64 }
}
