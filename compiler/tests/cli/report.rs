use super::*;

#[test]
fn the_table_fits_a_terminal() {
    for size in ["4", "16", "64"] {
        let out = succeeds(&["report", &lenet(), "--rows", size, "--cols", size]);
        assert!(out.lines().all(|line| line.chars().count() <= 120), "{out}");
        for says in ["load input", "conv2", "store fc3", "total", "multiply-accumulates  416520", "the host does"] {
            assert!(out.contains(says), "{out}");
        }
    }
}

#[test]
fn sums_are_sums() {
    let report = json(&succeeds(&["report", &lenet(), "--json"]));
    let (steps, totals) = (report["steps"].as_array().unwrap(), &report["totals"]);
    let sum = |key: &str| steps.iter().map(|step| step[key].as_u64().unwrap()).sum::<u64>();
    for key in ["operations", "macs", "read_bytes", "write_bytes", "weight_bytes"] {
        assert_eq!(totals[key].as_u64(), Some(sum(key)), "{key}");
    }
    assert_eq!(totals["macs"], 416_520);
    let latency = totals["latency_cycles"].as_u64().unwrap();
    let first_to_last = steps[steps.len() - 1]["end_cycle"].as_u64().unwrap() - steps[0]["start_cycle"].as_u64().unwrap();
    assert_eq!(latency, first_to_last);
    let parts = totals["latency_parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| part["cycles"].as_u64().unwrap()).sum::<u64>(), latency);
    assert!((parts.iter().map(|part| part["share"].as_f64().unwrap()).sum::<f64>() - 1.0).abs() < 1e-12);
    for step in steps {
        let stalled = &step["stalled_cycles"];
        let idle: u64 = ["weights", "input", "output", "pipeline"].iter().map(|cause| stalled[cause].as_u64().unwrap()).sum();
        assert_eq!(step["cycles"].as_u64(), Some(step["busy_cycles"].as_u64().unwrap() + idle), "{step}");
    }
}

#[test]
fn a_folder_is_reported_as_its_model_is() {
    let (_folder, design) = design();
    assert_eq!(succeeds(&["report", &design, "--json"]), succeeds(&["report", &lenet(), "--rows", "4", "--cols", "4", "--json"]));
    let latency = json(&succeeds(&["report", &design, "--json"]))["totals"]["latency_cycles"].clone();
    assert_eq!(json(&succeeds(&["simulate", &design, "--json"]))["latency_cycles"][0], latency);
}

#[test]
fn a_page_is_written_beside_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html").display().to_string();
    let printed = succeeds(&["report", &lenet(), "--rows", "4", "--cols", "4", "--html", &file]);
    assert_eq!(printed, succeeds(&["report", &lenet(), "--rows", "4", "--cols", "4"]));
    let page = fs::read_to_string(&file).unwrap();
    for section in ["summary", "latency", "timeline", "roofline", "memory", "steps"] {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
    }
    assert_eq!(entries(folder.path()), ["page.html"]);
    let (_folder, design) = design();
    json(&succeeds(&["report", &design, "--json", "--html", &file]));
    assert_eq!(fs::read_to_string(&file).unwrap(), page);
}

#[test]
fn a_page_shows_the_sparse_engine() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html").display().to_string();
    succeeds(&["report", &example("../lenet300/lenet300_deep_int8.tflite"), "--pes", "16", "--html", &file]);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("<section id=\"engine\"") && page.contains("element 15"));
}

#[test]
fn a_page_that_cannot_be_written_is_an_error() {
    fails(&["report", &lenet(), "--html", "/nonexistent/page.html"], 1, "/nonexistent/page.html");
}
