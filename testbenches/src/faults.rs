//! A bad line: bytes flipped, dropped and inserted at random, the same ones for the same seed.

use fretwork_sim::stalls::splitmix;

/// How often what happens to a byte, each in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// One to eight of its bits are flipped.
    pub flip: f64,
    /// It is lost.
    pub drop: f64,
    /// Another one comes before it.
    pub insert: f64,
}

impl Rates {
    /// A good line.
    pub const NONE: Rates = Rates { flip: 0.0, drop: 0.0, insert: 0.0 };
    /// A dead line.
    pub const DEAD: Rates = Rates { flip: 0.0, drop: 1.0, insert: 0.0 };

    /// All three at the same rate.
    pub fn all(rate: f64) -> Rates {
        Rates { flip: rate, drop: rate, insert: rate }
    }
}

/// One direction of a line.
#[derive(Clone, Debug)]
pub struct Faults {
    rates: Rates,
    state: u64,
    count: u64,
}

impl Faults {
    /// Faults that depend on the seed alone.
    pub fn new(seed: u64, rates: Rates) -> Faults {
        Faults { rates, state: splitmix(seed), count: 0 }
    }

    /// What arrives of these bytes.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut arrived = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if self.happens(self.rates.insert) {
                arrived.push(self.draw() as u8);
            }
            if self.happens(self.rates.drop) {
                continue;
            }
            let flips = self.happens(self.rates.flip);
            let pattern = 1 + (self.draw() % 255) as u8;
            arrived.push(if flips { byte ^ pattern } else { byte });
        }
        arrived
    }

    /// Faults so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn draw(&mut self) -> u64 {
        self.state = splitmix(self.state);
        self.state >> 16
    }

    fn happens(&mut self, rate: f64) -> bool {
        let happens = (self.draw() % (1 << 32)) as f64 / ((1u64 << 32) as f64) < rate;
        self.count += u64::from(happens);
        happens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_kept() {
        let bytes = [0x55; 10_000];
        assert_eq!(Faults::new(1, Rates::NONE).pass(&bytes), bytes);
        assert!(Faults::new(1, Rates::DEAD).pass(&bytes).is_empty());
        let mut faults = Faults::new(1, Rates { flip: 0.1, ..Rates::NONE });
        let arrived = faults.pass(&bytes);
        let wrong = arrived.iter().filter(|&&byte| byte != 0x55).count() as u64;
        assert_eq!((arrived.len(), wrong), (bytes.len(), faults.count()));
        assert!((900..1100).contains(&wrong), "{wrong}");
        assert_eq!(Faults::new(1, Rates { flip: 0.1, ..Rates::NONE }).pass(&bytes), arrived);
    }
}
