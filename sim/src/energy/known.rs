//! The technologies that come with the program.

use super::{Technology, TechnologyError};

/// Names and texts, smallest feature first.
const KNOWN: [(&str, &str); 4] = [
    ("ecp5", include_str!("../../../constraints/technologies/ecp5.toml")),
    ("ice40up5k", include_str!("../../../constraints/technologies/ice40up5k.toml")),
    ("45nm", include_str!("../../../constraints/technologies/45nm.toml")),
    ("sg13g2", include_str!("../../../constraints/technologies/sg13g2.toml")),
];

impl Technology {
    /// Names of the technologies that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// A technology that comes with the program; `None` for other names.
    pub fn named(name: &str) -> Option<Result<Technology, TechnologyError>> {
        KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| Technology::from_toml(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::Event;

    #[test]
    fn every_technology_is_read_under_its_own_name() {
        for name in Technology::names() {
            let technology = Technology::named(name).unwrap().unwrap();
            assert_eq!(technology.name, name);
            assert!(technology.event_pj(&Event::Multiply { a_bits: 8, b_bits: 8 }) > technology.event_pj(&Event::Add { bits: 8 }));
        }
        assert!(Technology::named("7nm").is_none());
    }

    /// The figures of M. Horowitz, ISSCC 2014, within the band that the file gives for them.
    #[test]
    fn published_operations_lie_within_the_band() {
        let technology = Technology::named("45nm").unwrap().unwrap();
        let published = [
            (Event::Add { bits: 8 }, 0.03),
            (Event::Add { bits: 32 }, 0.1),
            (Event::Multiply { a_bits: 8, b_bits: 8 }, 0.2),
            (Event::Multiply { a_bits: 32, b_bits: 32 }, 3.1),
        ];
        for (event, pj) in published {
            let ratio = technology.event_pj(&event) / pj;
            assert!((0.85..1.15).contains(&ratio), "{event:?}: {ratio}");
        }
    }

    #[test]
    fn damaged_technologies_are_refused() {
        let (_, text) = KNOWN[2];
        let refused = |from: &str, to: &str| Technology::from_toml(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(refused("value = 0.0031", "value = -1").contains("multiply.pj_per_bit_pair is -1"));
        assert!(refused("clock_mhz = 800", "clock_mhz = 0").contains("clock_mhz is 0"));
        assert!(refused("[32, 19.5]", "[8, 19.5]").contains("memory.points"));
        assert!(refused("[multiply]", "[multiplier]").contains("multipl"));
        assert!(refused("value = 0.0034", "value = inf").contains("add_pj_per_bit"));
    }
}
