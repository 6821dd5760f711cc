//! Figures as people read them.

/// `12,338`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (first > 0).then(|| digits[..first].to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// `13.2 %`. Here and below a space that does not break stands between figure and unit.
pub fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", share * 100.0)
}

/// `100 B`, `12.2 KiB`, `5.74 MiB`.
pub fn bytes(bytes: u64) -> String {
    match bytes as f64 / 1024.0 {
        kib if kib < 1.0 => format!("{bytes}\u{a0}B"),
        kib if kib < 1024.0 => format!("{kib:.1}\u{a0}KiB"),
        kib => format!("{:.2}\u{a0}MiB", kib / 1024.0),
    }
}

/// Three digits and a power of a thousand: `12.3k`, `4.56M`, `0.078`.
pub fn short(value: f64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let (unit, suffix) = units.into_iter().find(|(unit, _)| value.abs() >= *unit).unwrap_or((1.0, ""));
    format!("{}{suffix}", digits(value / unit))
}

/// An energy given in picojoules: `1.23 µJ`.
pub fn energy(energy_pj: f64) -> String {
    let units = [(1e12, "J"), (1e9, "mJ"), (1e6, "µJ"), (1e3, "nJ")];
    let (unit, name) = units.into_iter().find(|(unit, _)| energy_pj >= *unit).unwrap_or((1.0, "pJ"));
    format!("{}\u{a0}{name}", digits(energy_pj / unit))
}

/// A time given in microseconds: `61.7 µs`.
pub fn time(time_us: f64) -> String {
    let units = [(1e6, "s"), (1e3, "ms"), (1.0, "µs")];
    let (unit, name) = units.into_iter().find(|(unit, _)| time_us >= *unit).unwrap_or((1e-3, "ns"));
    format!("{}\u{a0}{name}", digits(time_us / unit))
}

/// Three digits that count, no trailing zeros behind the point.
pub fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { "-".to_owned() };
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Long names lose their middle.
pub fn shorten(name: &str, most: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    chars[..head].iter().chain(&['…']).chain(&chars[chars.len() - tail..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!([0, 7, 999, 1000, 12_338, 1_234_567].map(count), ["0", "7", "999", "1,000", "12,338", "1,234,567"]);
        assert_eq!([0.0, 0.0781, 2.5, 12_338.0, 4_560_000.0].map(short), ["0", "0.0781", "2.5", "12.3k", "4.56M"]);
        assert_eq!([512.0, 1_230_000.0].map(energy), ["512\u{a0}pJ", "1.23\u{a0}µJ"]);
        assert_eq!([0.5, 61.7, 1500.0].map(time), ["500\u{a0}ns", "61.7\u{a0}µs", "1.5\u{a0}ms"]);
        assert_eq!([100, 12_493, 6_021_325].map(bytes), ["100\u{a0}B", "12.2\u{a0}KiB", "5.74\u{a0}MiB"]);
        assert_eq!(shorten("model/block/depthwise", 9), "mode…wise");
    }
}
