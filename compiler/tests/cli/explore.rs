use super::*;
use serde_json::Value;

/// A search over four accelerators and three treatments.
const SEARCH: [&str; 9] = ["--vary", "rows=4,8", "--vary", "cols=4,8", "--treatments", "keep,w4,d0.2", "--minimise", "energy", "--json"];

fn explore(args: &[&str]) -> Ran {
    run(&[&["explore", &lenet()][..], &SEARCH, args].concat())
}

/// The words of a search in one folder, from which its parts are put together again.
fn shard(folder: &Path, part: &str) -> Ran {
    let out = folder.display().to_string();
    explore(&["--shard", part, "--out", &out])
}

#[test]
fn the_winner_is_what_the_simulator_says() {
    let ran = explore(&[]);
    assert_eq!((ran.code, &ran.err[..]), (Some(0), ""));
    let result = json(&ran.out);
    let winner = &result["winner"];
    assert_eq!(winner["cycles"], winner["simulated_cycles"]);
    assert_eq!((&result["accelerators"], &result["exact"]), (&4.into(), &true.into()));
    // Nothing on the front beats the winner in what was to be small.
    let energies: Vec<f64> = result["front"].as_array().unwrap().iter().map(|point| point["energy_pj"].as_f64().unwrap()).collect();
    assert!(energies.is_sorted() && energies[0] == winner["energy_pj"].as_f64().unwrap(), "{energies:?}");
    assert_eq!(result["layers"][0]["sensitivity"]["keep"]["relative_mse"], 0.0);
    assert!(result["layers"][4]["sensitivity"]["w4"]["relative_mse"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_winner_is_written_and_runs_in_verilog() {
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("best").display().to_string();
    let args = ["explore", &lenet(), "--vary", "rows=4", "--vary", "cols=4", "--budget", "error=0.05", "--treatments", "keep,d0.5"];
    let out = succeeds(&[&args[..], &["-o", &design]].concat());
    assert!(out.contains("best: --rows 4 --cols 4") && out.contains("Verilog and simulator agree"), "{out}");
    // A treated network is a network like any other.
    let cycles = json(&succeeds(&["simulate", &design, "--json"]))["latency_cycles"][0].to_string();
    assert!(out.contains(&format!("{cycles} simulated")), "{out}");
}

#[test]
fn a_search_that_was_stopped_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("search.journal");
    let name = journal.display().to_string();
    let whole = explore(&["--journal", &name]);
    let text = fs::read_to_string(&journal).unwrap();
    assert_eq!(text.lines().count(), 5, "the key and a line for each accelerator");
    // Stopped in the middle of the fourth line: two results are known, one is half there.
    let end = text.match_indices('\n').nth(2).unwrap().0 + 40;
    fs::write(&journal, &text[..end]).unwrap();
    let resumed = explore(&["--journal", &name]);
    assert_eq!((&whole.out, whole.code), (&resumed.out, resumed.code));
    let again = fs::read_to_string(&journal).unwrap();
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&text), sorted(&again));
    let other = run(&["explore", &lenet(), "--vary", "rows=4", "--journal", &name]);
    assert!(other.code == Some(2) && other.err.contains("is the journal of another search"), "{}", other.err);
}

#[test]
fn shards_make_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    assert_eq!(shard(&parts, "1/3").code, Some(0));
    let missing = run(&["merge", &parts.display().to_string()]);
    assert!(missing.code == Some(2) && missing.err.contains("of 3 shards these are missing: 0, 2"), "{}", missing.err);
    for part in ["0/3", "2/3", "1/3"] {
        let ran = shard(&parts, part);
        assert_eq!((ran.code, &ran.err[..]), (Some(0), ""));
    }
    // A result for each shard and nothing else.
    let files: Vec<PathBuf> = fs::read_dir(&parts).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3);
    let merged = json(&succeeds(&["merge", &parts.display().to_string(), "--json"]));
    let whole = json(&explore(&[]).out);
    assert_eq!((&merged["front"], &merged["winner"]), (&whole["front"], &whole["winner"]));
    // A number that was changed is found.
    let mut damaged: Value = json(&fs::read_to_string(&files[0]).unwrap());
    damaged["result"]["candidates"] = 5.into();
    fs::write(&files[0], damaged.to_string()).unwrap();
    let refused = run(&["merge", &parts.display().to_string()]);
    assert!(refused.code == Some(2) && refused.err.contains("is no result of a shard"), "{}", refused.err);
}

#[test]
fn shards_that_are_killed_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    let out = parts.display().to_string();
    let mut kills = 0;
    for part in 0..2 {
        let name = format!("{part}/2");
        let model = lenet();
        let words = [&["explore", &model][..], &SEARCH, &["--shard", &name, "--out", &out]].concat();
        for milliseconds in [20, 60, 90, 120, 150] {
            let mut child = fretwork(&words).stdout(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(milliseconds));
            kills += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(run(&words).code, Some(0));
    }
    assert!(kills > 0, "every part was done before it could be killed");
    let merged = json(&succeeds(&["merge", &out, "--json"]));
    let whole = json(&explore(&[]).out);
    assert_eq!((&merged["front"], &merged["winner"]), (&whole["front"], &whole["winner"]));
    let files = fs::read_dir(&parts).unwrap().count();
    assert_eq!(files, 2, "a result for each shard and no journal");
}

#[test]
fn what_cannot_be_searched_is_said() {
    let search = |args: &[&str], code, says| fails(&[&["explore", &lenet()][..], args].concat(), code, says);
    search(&["--budget", "drop=0.1"], 2, "needs inputs whose classes are known");
    search(&["--stalls", "0.5"], 2, "--stalls is for runs");
    search(&["--vary", "rows=5"], 2, "parameter 'rows' is 5");
    search(&["--vary", "speed=5"], 2, "options '--speed 5': unexpected argument '--speed'");
    let ran = run(&["explore", &lenet(), "--budget", "latency=1us", "--vary", "rows=4"]);
    assert!(ran.code == Some(1) && ran.err.contains("no accelerator of 1 is within the budget; most often: no combination"), "{}", ran.err);
    let ran = run(&["explore", &lenet(), "--budget", "lut=100", "--vary", "rows=4", "--technology", "ecp5"]);
    assert!(ran.err.contains("look-up tables estimated, the budget is 100"), "{}", ran.err);
    let ran = run(&["explore", &lenet(), "--treatments", "w1"]);
    assert!(ran.code == Some(2) && ran.err.contains("there is no treatment \"w1\""), "{}", ran.err);
}
