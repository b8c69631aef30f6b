//! What clients are told of the tools, and what the tools tell.

use super::client::Client;
use crate::project::Project;
use crate::samples::layered;
use serde_json::{Value, json};

#[test]
fn every_tool_says_what_it_may_do() {
    let project = Project::new("memefile = 1\n");
    let mut client = Client::start(&project, &[], &[]);
    let listed = client.ask("tools/list", json!({}));
    let line = |tool: &Value| {
        let hint = |name: &'static str| {
            let hint = tool["annotations"][name].as_bool().expect("all four are said");
            if hint { name.trim_end_matches("Hint") } else { "-" }
        };
        let hints =
            ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"].map(hint);
        format!(
            "{:14} {:26} {}",
            tool["name"].as_str().unwrap(),
            tool["title"].as_str().unwrap(),
            hints.join(" ")
        )
    };
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert!(tools.iter().all(|tool| tool["outputSchema"]["type"] == "object"), "{listed}");
    let lines: Vec<String> = tools.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    search_assets  Search assets              readOnly - idempotent -
    get_asset      Get an asset               readOnly - idempotent -
    plan           Plan a build               readOnly - idempotent -
    build          Build                      - - idempotent openWorld
    status         Status of a build          readOnly - idempotent -
    choice_pending See what is to be chosen   readOnly - idempotent -
    choice_submit  Choose                     - destructive idempotent -
    critic_report  What the critic says       readOnly - idempotent -
    contract_diff  Compare contracts          readOnly - idempotent -
    why            Why a node ran             readOnly - idempotent -
    ");
}

#[test]
fn a_build_is_planned_made_and_explained() {
    let project = layered();
    let mut client = Client::start(&project, &[], &[]);
    let plan = client.call("plan", json!({ "limit": 6 }));
    assert_eq!((&plan["nodes"], &plan["by_fate"]["run"]), (&json!(20), &json!(5)), "{plan:#}");
    let mut nodes = plan["list"].as_array().unwrap().len();
    let mut cursor = plan["next"].clone();
    while !cursor.is_null() {
        let page = client.call("plan", json!({ "limit": 6, "cursor": cursor }));
        nodes += page["list"].as_array().unwrap().len();
        cursor = page["next"].clone();
    }
    assert_eq!(nodes, 20);
    let other = json!({ "limit": 6, "cursor": plan["next"], "targets": ["command:n0-0"] });
    assert!(client.refused("plan", other).contains("bad-cursor"));

    let built = client.call("build", json!({}));
    assert_eq!((&built["outcome"], &built["exit_code"]), (&json!("accepted"), &json!(0)));
    assert_eq!(built["by_status"], json!({ "ran": 20 }));
    let again = client.call("build", json!({ "targets": ["command:n3-*"] }));
    assert_eq!(again["by_status"]["fresh"], again["nodes"], "{again:#}");
    assert_eq!(again["actions_ran"], 0);

    project.write("in/0.txt", "another x\n");
    let built = client.call("build", json!({}));
    let build = built["build"].as_str().unwrap();
    let why = client.call("why", json!({ "node": "command:n1-0" }));
    assert_eq!((&why["build"], &why["status"]), (&json!(build), &json!("ran")), "{why:#}");
    let root = why["root"].as_str().unwrap();
    assert!(root.contains("in/0.txt"), "{root}");
    assert_eq!(why["chain"].as_array().unwrap().len(), 2, "{why:#}");
    let unknown = client.refused("why", json!({ "node": "command:n1-9" }));
    assert!(unknown.contains("did you mean"), "{unknown}");

    let status = client.call("status", json!({ "limit": 3 }));
    assert_eq!((&status["state"], &status["build"]), (&json!("ended"), &json!(build)));
    assert_eq!(status["results"].as_array().unwrap().len(), 3);
    assert!(status["next"].is_string(), "{status:#}");
    assert!(client.refused("status", json!({ "build": "x" })).contains("no-build"));
}

#[test]
fn a_failure_is_an_error_with_its_reason() {
    let text = "memefile = 1\n[command.bad]\nrun = [\"sh\", \"-c\", 'echo the reason >&2; exit 1', \"{out}\"]\n\
                outputs = [\"artefacts/bad\"]\n";
    let project = Project::new(text);
    let mut client = Client::start(&project, &[], &[]);
    let answer = client.ask("tools/call", json!({ "name": "build", "arguments": {} }));
    let result = &answer["result"];
    assert_eq!(result["isError"], true, "{answer:#}");
    let built = &result["structuredContent"];
    assert_eq!((&built["outcome"], &built["exit_code"]), (&json!("failed"), &json!(1)));
    assert!(built["failures"].to_string().contains("the reason"), "{built:#}");
    let unknown = client.refused("build", json!({ "targets": ["command:worse"] }));
    assert!(unknown.contains("unknown-target"), "{unknown}");
}

#[test]
fn contracts_are_compared_by_name_and_by_schema() {
    let project = Project::new("memefile = 1\n");
    let mut client = Client::start(&project, &[], &[]);
    let same =
        client.call("contract_diff", json!({ "old": "verdict", "new": "verdict", "mode": "full" }));
    assert_eq!((&same["holds"], same["answers"].as_array().unwrap().len()), (&json!(true), 2));
    let schema = |kind: &str| {
        json!({
            "type": "object", "required": ["n"], "additionalProperties": false,
            "properties": { "schemaVersion": { "const": 1 }, "n": { "type": kind } },
        })
    };
    let changed =
        json!({ "old_schema": schema("string"), "new_schema": schema("integer"), "mode": "full" });
    let broken = client.call("contract_diff", changed);
    assert_eq!(broken["holds"], false);
    for answer in broken["answers"].as_array().unwrap() {
        assert_eq!(answer["verdict"], "broken", "{broken:#}");
        assert!(answer["breaks"][0]["instance"].is_string(), "{broken:#}");
        assert_eq!(answer["breaks"][0]["at"], "/n");
    }
    let unknown = client.refused("contract_diff", json!({ "old": "verdct", "new": "verdict" }));
    assert!(unknown.contains("did you mean `verdict`"), "{unknown}");
}
