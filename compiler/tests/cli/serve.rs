use super::*;
use serde_json::{Value, json};
use std::io::Write;

/// The answers to requests, in order.
fn serve(requests: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
    serve_lines(&lines)
}

fn serve_lines(lines: &[String]) -> Vec<Value> {
    let mut child = fretwork(&["serve", "--stdio"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap().lines().map(json).collect()
}

fn open(treatments: &[&str]) -> Value {
    json!({ "id": "o", "do": "open", "model": lenet(), "options": "--rows 4 --cols 4", "treatments": treatments })
}

#[test]
fn estimates_are_the_simulators() {
    let choice = ["keep", "w4", "d0.3", "w4", "keep"];
    let answers = serve(&[
        open(&["keep", "w4", "d0.3"]),
        json!({ "id": 1, "do": "estimate", "session": 0, "choice": choice, "layers": true }),
        json!({ "id": 2, "do": "simulate", "session": 0, "choice": choice }),
        json!({ "id": 3, "do": "estimates", "session": 0, "choices": [choice, ["keep"]] }),
        json!({ "id": 4, "do": "measure", "session": 0, "choice": ["keep"] }),
        json!({ "id": 5, "do": "sensitivity", "session": 0 }),
        json!({ "id": 6, "do": "front", "session": 0, "budget": { "error": 0.5 } }),
        json!({ "id": 7, "do": "close", "session": 0 }),
        json!({ "id": 8, "do": "close", "session": 0 }),
    ]);
    assert_eq!(answers[0]["result"]["layers"], json!(["conv1", "conv2", "fc1", "fc2", "fc3"]));
    let estimate = &answers[1]["result"];
    assert_eq!((&estimate["cycles"], estimate["layers"].as_array().map(Vec::len)), (&answers[2]["result"]["cycles"], Some(5)));
    assert_eq!((&answers[1]["id"], &answers[3]["result"][0]["energy_pj"]), (&1.into(), &estimate["energy_pj"]));
    let whole = json(&succeeds(&["simulate", &lenet(), "--rows", "4", "--cols", "4", "--json"]));
    assert_eq!(answers[3]["result"][1]["cycles"], whole["latency_cycles"][0]);
    assert_eq!((&answers[4]["result"]["relative_mse"], &answers[5]["result"]["fc1"]["keep"]["agreement"]), (&0.0.into(), &1.0.into()));
    assert!(answers[6]["result"]["points"].as_array().is_some_and(|points| points.len() > 1));
    assert_eq!(answers[7], json!({ "id": 7, "result": {} }));
    assert_eq!(answers[8]["error"]["message"], "there is no session 0; open one");
}

#[test]
fn what_is_no_request_is_answered_too() {
    let mut lines: Vec<String> = ["no JSON", "", "[]", "{\"id\": 1}", "{\"id\": 2, \"do\": \"fly\"}"].map(str::to_owned).to_vec();
    lines.push(json!({ "id": 3, "do": "open", "model": "there is none", "treatments": ["keep"] }).to_string());
    lines.push(open(&["w99"]).to_string());
    lines.push(open(&["keep"]).to_string());
    lines.push(json!({ "id": 4, "do": "estimate", "session": 0, "choice": ["keep", "keep"] }).to_string());
    lines.push(json!({ "id": 5, "do": "estimate", "session": 0, "choice": ["w4"] }).to_string());
    let answers = serve_lines(&lines);
    let says =
        ["the line is no JSON", "the request is none", "the request is none", "unknown variant `fly`", "there is none", "no treatment \"w99\""];
    for (answer, says) in answers.iter().zip(says) {
        assert!(answer["error"]["message"].as_str().unwrap().contains(says), "{answer}");
    }
    assert_eq!(answers[6]["result"]["session"], 0);
    assert!(answers[7]["error"]["message"].as_str().unwrap().contains("the choice has 2 entries, the network has 5 layers"), "{}", answers[7]);
    assert!(answers[8]["error"]["message"].as_str().unwrap().contains("treatment \"w4\" is none of the session's: keep"), "{}", answers[8]);
}
