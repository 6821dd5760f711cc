//! The copy of a liberty file that OpenSTA 2.0.17 reads, so that its power is the library's: toggles of a pin times the mean of its tables.
//!
//! That version adds a pin's rise and fall energy for every toggle, where a toggle is one of both. It adds the tables of all conditions to the
//! default one. It weights an output's tables with probabilities that it derives from the inputs, as if these were independent. And what it
//! propagates from the ports overwrites activities that were set. In the copy an output's function is a pin of its own that nothing is
//! connected to, so that its tables, without conditions, count alike; an input keeps its default table alone; and there is a flip-flop
//! without delay and energy, [`LAUNCH`], to stand behind every port and hold the propagation up.

use super::liberty::{Group, Item, Word};

/// The flip-flop behind a port: pins C and Q.
pub const LAUNCH: &str = "fw_launch";
/// The pin that nothing is connected to.
const OPEN: &str = "fw_open";

const LAUNCH_CELL: &str = "cell (fw_launch) { area : 0; cell_leakage_power : 0; ff (IQ, IQN) { clocked_on : \"C\"; next_state : \"D\"; }
  pin (C) { direction : input; clock : true; capacitance : 0; } pin (D) { direction : input; capacitance : 0; }
  pin (Q) { direction : output; function : \"IQ\"; max_capacitance : 100; timing () { related_pin : \"C\"; timing_type : rising_edge;
    cell_rise (scalar) { values (\"0\"); } rise_transition (scalar) { values (\"0\"); }
    cell_fall (scalar) { values (\"0\"); } fall_transition (scalar) { values (\"0\"); } } } }";

/// The weight that OpenSTA gives an output's table when the output's function does not have the table's input.
const OUTPUT_WEIGHT: f64 = 0.5;
/// The weight of an input's table without a condition, and of an output's that follows the clock.
const PLAIN_WEIGHT: f64 = 1.0;

/// Prepares a library's group.
pub fn prepare(library: &mut Group) {
    for cell in groups_mut(library, "cell") {
        let clock = clock(cell);
        for pin in groups_mut(cell, "pin") {
            match pin.attribute("direction").as_deref() {
                Some("output") => output(pin, clock.as_deref()),
                Some("input") => input(pin),
                _ => {}
            }
        }
        if clock.is_none() {
            let plain = |text: &str| Word { text: text.to_owned(), quoted: false };
            let items = vec![Item::Simple("direction".to_owned(), vec![plain("input")]), Item::Simple("capacitance".to_owned(), vec![plain("0")])];
            cell.items.push(Item::Group(Group { name: "pin".to_owned(), arguments: vec![plain(OPEN)], items }));
        }
    }
    // The constant text is liberty: a test reads it.
    library.items.extend(Group::parse(LAUNCH_CELL).map(Item::Group));
}

fn groups_mut<'a>(group: &'a mut Group, kind: &'a str) -> impl Iterator<Item = &'a mut Group> {
    group.items.iter_mut().filter_map(move |item| match item {
        Item::Group(group) if group.name == kind => Some(group),
        _ => None,
    })
}

/// The pin that clocks the cell.
fn clock(cell: &Group) -> Option<String> {
    cell.groups("ff").next()?;
    cell.groups("pin").find(|pin| pin.attribute("clock").is_some_and(|value| value == "true")).map(|pin| pin.title().to_owned())
}

fn is_power(item: &Item) -> bool {
    matches!(item, Item::Group(group) if group.name == "internal_power")
}

/// Keeps the tables that `keep` likes, unconditionally, each with the same share of a toggle.
fn share(pin: &mut Group, weight: f64, keep: impl Fn(&Group) -> bool) {
    pin.items.retain(|item| !matches!(item, Item::Group(group) if group.name == "internal_power" && !keep(group)));
    let tables = pin.items.iter().filter(|item| is_power(item)).count();
    // Rise and fall are added: half of each is their mean.
    let factor = 0.5 / weight / tables.max(1) as f64;
    for power in groups_mut(pin, "internal_power") {
        power.items.retain(|item| !matches!(item, Item::Simple(name, _) if name == "when"));
        for table in power.items.iter_mut().filter_map(|item| if let Item::Group(table) = item { Some(table) } else { None }) {
            for item in &mut table.items {
                if let Item::Complex(name, rows) = item
                    && name == "values"
                {
                    rows.iter_mut().for_each(|row| scale(row, factor));
                }
            }
        }
    }
}

fn scale(row: &mut Word, factor: f64) {
    let numbers =
        row.text.split(',').map(|number| number.trim().parse::<f64>().map_or_else(|_| number.to_owned(), |value| (value * factor).to_string()));
    row.text = numbers.collect::<Vec<_>>().join(", ");
}

fn output(pin: &mut Group, clock: Option<&str>) {
    match clock {
        // Asynchronous resets do not happen while a network is computed.
        Some(clock) => share(pin, PLAIN_WEIGHT, |power| power.attribute("related_pin").is_some_and(|related| related == clock)),
        None => {
            let constant = pin.attribute("function").is_some_and(|function| function == "0" || function == "1");
            for item in &mut pin.items {
                if let Item::Simple(name, words) = item
                    && name == "function"
                    && !constant
                {
                    *words = vec![Word { text: OPEN.to_owned(), quoted: true }];
                }
            }
            share(pin, OUTPUT_WEIGHT, |_| true);
        }
    }
}

fn input(pin: &mut Group) {
    let default = |power: &Group| power.attribute("when").is_none();
    let any = pin.groups("internal_power").any(default);
    share(pin, PLAIN_WEIGHT, |power| !any || default(power));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str) -> String {
        let mut group = Group::parse(text).unwrap();
        prepare(&mut group);
        group.to_text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_outputs_tables_share_its_toggles() {
        let table = |pin: &str, when: &str| format!("internal_power () {{ related_pin : {pin}; {when} rise_power (t) {{ values (\"1, 2\"); }} }}");
        let text = format!(
            "library (l) {{ cell (c) {{ pin (Y) {{ direction : output; function : \"A*B\"; {} {} }} }} }}",
            table("A", "when : \"B\";"),
            table("B", "")
        );
        let expected = format!("{} {}", table("A", "").replace("1, 2", "0.5, 1"), table("B", "").replace("1, 2", "0.5, 1"));
        let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = prepared(&text);
        assert!(found.contains(&format!("direction : output; function : \"fw_open\"; {expected} }}")), "{found}");
        assert!(found.contains("pin (fw_open) { direction : input; capacitance : 0; }"), "{found}");
    }

    #[test]
    fn a_flip_flop_without_energy_is_added() {
        let library = super::super::cells::Library::new(&Group::parse(&prepared("library (l) { }")).unwrap());
        assert!(library.cells[LAUNCH].flip_flop.is_some());
    }

    #[test]
    fn flip_flops_keep_their_function_and_clocks_their_default_table() {
        let text = "library (l) { cell (f) { ff (IQ, IQN) { } pin (C) { direction : input; clock : true;
            internal_power () { when : \"D\"; fall_power (s) { values (\"8\"); } } internal_power () { fall_power (s) { values (\"6\"); } } }
          pin (Q) { direction : output; function : IQ; internal_power () { related_pin : C; rise_power (s) { values (\"4\"); } }
            internal_power () { related_pin : R; rise_power (s) { values (\"9\"); } } } } }";
        let found = prepared(text);
        assert!(found.contains("\"3\"") && found.contains("\"2\"") && found.contains("function : IQ;"), "{found}");
        assert!(!found.contains('8') && !found.contains("\"9\"") && !found.contains("when"), "{found}");
    }
}
