//! Values of options: texts to numbers.

/// A percentage.
pub fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (50.0..=100.0).contains(&value) => Ok(value),
        _ => Err(format!("parameter 'percentile' is {text}, must be in 50..=100")),
    }
}

/// A lower and an upper end.
pub fn range(text: &str) -> Result<[f32; 2], String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some([low.trim().parse::<f32>().ok()?, high.trim().parse().ok()?]));
    match ends {
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => Ok([low, high]),
        _ => Err(format!("parameter 'input-range' is {text}, must be LOW,HIGH with LOW below HIGH")),
    }
}

/// A layer's name, the bits of its weights and perhaps of its output.
pub fn own_bits(text: &str) -> Result<(String, u32, Option<u32>), String> {
    let parsed = text.rsplit_once('=').and_then(|(name, bits)| {
        let one = |bits: &str| bits.parse::<u32>().ok().filter(|bits| (1..=8).contains(bits));
        match bits.split_once('/') {
            Some((weights, output)) => Some((name.to_owned(), one(weights)?, Some(one(output)?))),
            None => Some((name.to_owned(), one(bits)?, None)),
        }
    });
    parsed.filter(|(name, ..)| !name.is_empty()).ok_or_else(|| format!("parameter 'layer' is {text}, must be NAME=W or NAME=W/A with 1 to 8 bits"))
}
