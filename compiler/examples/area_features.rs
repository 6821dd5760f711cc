//! Prints the features of every point of the grid on standard input, one JSON object per line: what `scripts/area/fit.py` fits.

use fretwork::area::{blocks_below, points};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for point in points::parse(&std::io::read_to_string(std::io::stdin())?)? {
        let blocks = blocks_below(&point.accelerator, &point.module, point.whole).into_iter().map(|block| {
            let features: Map<String, Value> = block.features.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
            json!({ "module": block.module, "instances": block.instances, "features": features })
        });
        println!("{}", Value::from_iter(blocks));
    }
    Ok(())
}
