//! `fretwork compare`.

use super::*;
use serde_json::Value;

fn variants(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lenet5_variants").join(name).display().to_string()
}

/// The README's table has what the command says, but for accuracies, which are those of 10,000 digits.
#[test]
fn the_readme_has_the_figures_of_the_variants() {
    let comparison = json(&succeeds(&["compare", &variants("compare.toml"), "--json"]));
    let rows = comparison["rows"].as_array().unwrap();
    assert!(rows.iter().filter(|row| !row["hardware"].is_null()).count() >= 12);
    for row in rows {
        assert!(row["top1"].as_f64().unwrap() >= 0.9, "{row}");
        assert_eq!(row["hardware"]["kernels_differing"].as_u64().unwrap_or(0), 0, "{row}");
    }
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let table = |text: &str| -> Vec<Vec<String>> {
        let lines = text.lines().skip_while(|line| !line.starts_with("|  | variant |")).take_while(|line| line.starts_with('|'));
        lines.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
    };
    let [found, stated] = [succeeds(&["compare", &variants("compare.toml"), "--markdown"]), readme].map(|text| table(&text));
    assert_eq!(found.len(), rows.len() + 2);
    for (found, stated) in found.iter().zip(&stated) {
        // The front depends on accuracies; cycles and energy of the sparse engine on the digits.
        let columns = if found.iter().any(|cell| cell.contains("eie")) { vec![2, 4, 5, 6] } else { vec![2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] };
        columns.into_iter().for_each(|column| assert_eq!(found[column], stated[column], "make it anew: fretwork compare --markdown"));
    }
    assert_eq!(found.len(), stated.len());
}

#[test]
fn verilog_runs_where_it_is_asked_for() {
    let files = [variants("twn.safetensors"), variants("int8.safetensors")];
    let shape = ["--rows", "4", "--cols", "4", "--shift-cols", "8", "--shift-simd", "4"];
    let out = succeeds(&[&["compare", &files[0], &files[1], "--cosim", "--json"], &shape[..]].concat());
    for row in json(&out)["rows"].as_array().unwrap() {
        assert_eq!((row["hardware"]["verilog_differing"].as_u64(), row["hardware"]["kernels_differing"].as_u64()), (Some(0), Some(0)));
        assert!(row["top1"].is_null());
    }
}

#[test]
fn nobody_on_the_front_is_beaten() {
    let comparison = json(&succeeds(&["compare", &variants("compare.toml"), "--json"]));
    let rows: Vec<&Value> = comparison["rows"].as_array().unwrap().iter().filter(|row| !row["hardware"].is_null()).collect();
    let point = |row: &Value| {
        let hardware = &row["hardware"];
        [
            -row["top1"].as_f64().unwrap(),
            row["storage_bytes"].as_f64().unwrap(),
            hardware["latency_us"].as_f64().unwrap(),
            hardware["energy_pj"].as_f64().unwrap(),
        ]
    };
    for row in &rows {
        let own = point(row);
        let beaten = rows.iter().map(|other| point(other)).any(|other| other != own && other.iter().zip(own).all(|(a, b)| *a <= b));
        assert_eq!(row["on_front"].as_bool(), Some(!beaten), "{}", row["name"]);
    }
    assert!(rows.iter().any(|row| row["ranks"]["energy"] == 1));
}

#[test]
fn what_is_wrong_is_said_with_the_variant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let refused = |text: &str, code: i32, says: &str| {
        fs::write(&path, text).unwrap();
        fails(&["compare", &path.display().to_string()], code, says);
    };
    let variant = |options: &str| format!("title = 'a'\n[[variant]]\nname = 'b'\nmodel = '{}'\noptions = '{options}'\n", variants("twn.safetensors"));
    refused("title = 'a'\n", 2, "variant");
    refused(&variant("--rows 5"), 2, "variant 'b': options '--rows 5'");
    refused(&variant("--row 8"), 2, "variant 'b': options '--row 8'");
    refused(&variant("").replace("twn.safetensors", "none.safetensors"), 1, "none.safetensors");
    refused(&format!("{}colour = 3", variant("")), 2, "colour");
    fails(&["compare", &variants("compare.toml"), "--rows", "8"], 2, "--rows is for model files");
    fails(&["compare", &variants("compare.toml"), "--input", &example("digits_float.npy"), "--inputs", "21"], 2, "must be in 1..=20");
}

#[test]
fn the_page_stands_alone_and_escapes_names() {
    let folder = tempfile::tempdir().unwrap();
    let (page, manifest) = (folder.path().join("page.html"), folder.path().join("c.toml"));
    let text = format!("title = '<i>'\n[[variant]]\nname = '<script>&'\nmodel = '{}'\noptions = '--rows 4 --cols 4'\n", variants("twn.safetensors"));
    fs::write(&manifest, text).unwrap();
    let path = page.display().to_string();
    succeeds(&["compare", &manifest.display().to_string(), "--html", &path]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("&lt;script&gt;&amp;") && !html.contains("<script>") && !html.contains("<i>"), "{html}");
    let outside = html.matches("http").count() - html.matches("http://www.w3.org/").count() - html.matches("http-equiv").count();
    assert_eq!(outside, 0);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(&html, options).unwrap();
    let heading = |name: &str| document.descendants().any(|node| node.has_tag_name("h2") && node.text() == Some(name));
    assert!(["Variants", "Trade-offs", "What bounds them"].into_iter().all(heading));
}
