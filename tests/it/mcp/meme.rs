//! A meme made through the protocol alone, from the first look to a verdict that accepts it.

use super::client::Client;
use super::peers::{Sdk, peer, server};
use crate::choices;
use crate::chooser::server::Model;
use serde_json::{Value, json};

const RENDER: &str = "[render.out]\nchoice = \"place\"\nprofiles = [\"tiny\"]\n";

#[test]
fn from_search_to_an_accepted_verdict_and_no_model_was_asked() {
    let project = choices::project("host", RENDER);
    let decide = |background: &str| {
        let picks = json!({ "background": background });
        json!(["tool", "choice_submit", { "choice": "place", "picks": picks, "captions": ["so calm"] }])
    };
    let steps = json!([
        ["tool", "build", {}],
        ["tool", "search_assets", { "kind": "background" }],
        ["tool", "get_asset", { "asset": "background/door" }],
        ["tool", "choice_pending", {}],
        decide("cellar"),
        decide("door"),
        ["tool", "choice_pending", {}],
        ["tool", "plan", {}],
        ["tool", "build", {}],
        ["tool", "critic_report", { "render": "out@tiny" }],
        ["resources"],
        ["read", "memebuild://verdict/out@tiny"],
        ["read", "memebuild://poster/out@tiny"],
        ["read", "memebuild://render/out@tiny"],
        ["tool", "why", { "node": "render:out@tiny" }],
    ]);
    let asked = json!({ "server": server(&project), "mode": "auto", "steps": steps });
    let (_, told) = peer(Sdk::Two, &asked);
    let document = |at: usize| &told[at]["result"]["structuredContent"];

    let first = document(0);
    assert_eq!((&first["outcome"], &first["exit_code"]), (&json!("needs_choice"), &json!(4)));
    let waits = &first["needs_choice"][0];
    assert_eq!((&waits["choice"], &waits["chooser"]), (&json!("place"), &json!("host")));
    let candidates = |choice: &Value| -> Vec<String> {
        let all = choice["request"]["slots"]["background"]["candidates"].as_array().unwrap();
        let mut ids: Vec<String> =
            all.iter().map(|candidate| candidate["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(candidates(waits), ["door", "wall"]);
    assert_eq!(document(1)["total"], 2, "{}", told[1]);
    assert_eq!(document(2)["asset"]["id"], "door", "{}", told[2]);
    assert_eq!(candidates(&document(3)["choices"][0]), ["door", "wall"]);
    assert_eq!(told[4]["result"]["isError"], true, "only what was shown can be picked");
    assert!(told[4].to_string().contains("not among its candidates"), "{}", told[4]);
    assert_eq!(document(5)["decision"]["picks"]["background"], "door");
    assert!(project.read("Memefile.lock").contains("background = \"door\""));
    // It waits until a build has taken the decision.
    assert!(document(6)["choices"].as_array().unwrap().len() < 2);
    assert!(document(7)["by_fate"]["run"].as_u64() > Some(0), "{}", told[7]);

    let built = document(8);
    assert_eq!(built["outcome"], "accepted", "{built:#}");
    let content = told[8]["result"]["content"].as_array().unwrap();
    let links: Vec<&str> = content[1..].iter().map(|link| link["uri"].as_str().unwrap()).collect();
    assert_eq!(
        links,
        [
            "memebuild://render/out@tiny",
            "memebuild://poster/out@tiny",
            "memebuild://verdict/out@tiny"
        ]
    );
    assert!(content[1..].iter().all(|link| link["type"] == "resource_link"), "{content:?}");
    let report = document(9);
    assert_eq!(report["decision"], "accept", "{report:#}");
    assert!(report["rules"].as_array().unwrap().len() > 20);
    for uri in links {
        assert!(told[10].as_array().unwrap().contains(&json!(uri)), "{}", told[10]);
    }
    let verdict: Value =
        serde_json::from_str(told[11]["contents"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(verdict["decision"], "accept");
    assert!(told[12]["contents"][0]["blob"].as_str().unwrap().starts_with("/9j/"), "a JPEG");
    let film = project.root().join("artefacts/renders/out@tiny.mp4");
    let film = std::fs::read(film).unwrap();
    let blob = told[13]["contents"][0]["blob"].as_str().unwrap();
    assert_eq!(blob.len(), film.len().div_ceil(3) * 4);
    assert_eq!(document(14)["status"], "ran", "{}", told[14]);
}

#[test]
fn an_offline_build_asks_no_model_and_a_locked_one_nobody() {
    let model = Model::play(vec![choices::decides("door", "so calm")]);
    let project = choices::project("mind", &format!("{}{RENDER}", choices::mind(&model.url)));
    let mut client = Client::start(&project, &[], &[("TEST_KEY", choices::KEY)]);
    for flag in ["offline", "locked"] {
        let arguments = json!({ flag: true });
        let answer = client.ask("tools/call", json!({ "name": "build", "arguments": arguments }));
        let result = &answer["result"];
        assert_eq!(result["isError"], true, "{answer:#}");
        let codes: Vec<&str> = result["structuredContent"]["failures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|failure| failure["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, [flag], "{answer:#}");
    }
    assert_eq!(model.asked().len(), 0);
    let built = client.call("build", json!({}));
    assert_eq!((&built["outcome"], model.asked().len()), (&json!("accepted"), 1), "{built:#}");
}
