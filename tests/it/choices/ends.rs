//! However a model behaves, a director ends in a state with a name, and within its budget.

use super::directors::{STILL, picks, project, told};
use super::{build, mind};
use crate::chooser::server::{Answer, Model};
use serde_json::{Value, json};
use std::time::Duration;

/// What a trajectory comes to: the state, and how often the model was asked.
struct End {
    state: &'static str,
    most_asked: usize,
    code: i32,
}

fn rejected(most_asked: usize) -> End {
    End { state: "rejected", most_asked, code: 1 }
}

fn failed(most_asked: usize) -> End {
    End { state: "failed", most_asked, code: 1 }
}

fn calls(decision: &Value) -> Answer {
    Answer::calls("decide", decision)
}

#[test]
fn every_trajectory_ends_in_a_named_state() {
    let refusal = json!({ "role": "assistant", "content": null, "refusal": "I would rather not" });
    let mut injected = picks("clip");
    injected["picks"]["green-screen"] = json!("../../etc/passwd");
    let slow = Answer { delay: Duration::from_secs(4), ..calls(&picks("clip")) };
    let trajectories: Vec<(&str, Vec<Answer>, End)> = vec![
        ("good", vec![calls(&picks("clip"))], End { state: "accepted", most_asked: 1, code: 0 }),
        ("refuses", vec![Answer::message(&refusal, "stop")], rejected(1)),
        ("talks", vec![Answer::says("I am a poet")], failed(4)),
        (
            "breaks off",
            vec![Answer::message(&json!({ "role": "assistant", "content": "" }), "length")],
            failed(1),
        ),
        (
            "calls other tools",
            vec![Answer::calls("browse", &json!({ "url": "file:///" }))],
            failed(4),
        ),
        ("picks what there is not", vec![calls(&picks("john-cena"))], failed(4)),
        ("is injected", vec![calls(&injected)], failed(4)),
        ("is busy", vec![Answer::status(429, "retry-after: 1\r\n", "slow down")], failed(6)),
        ("is down", vec![Answer::status(500, "", "oh")], failed(6)),
        ("is no model", vec![Answer::status(200, "", "<html>hello</html>")], failed(1)),
        ("is slow", vec![slow], failed(2)),
        (
            "never learns",
            vec![calls(&picks(STILL[0])), calls(&picks(STILL[0]))],
            End { state: "no-progress", most_asked: 2, code: 3 },
        ),
        (
            "tries all that is no good",
            STILL.iter().map(|who| calls(&picks(who))).collect(),
            End { state: "exhausted", most_asked: 3, code: 3 },
        ),
    ];
    for (what, answers, end) in trajectories {
        let model = Model::play(answers);
        let project = project("mind", &mind(&model.url).replace("20s", "3s"));
        let text = project.read("Memefile.toml").replace("turns = 4", "turns = 3");
        project.write("Memefile.toml", text);
        let (_, talk) = build(&project, end.code, &[]);
        let run = told(&project);
        assert_eq!(run["outcome"]["state"], end.state, "{what}: {run:#}\n{talk}");
        let asked = model.asked().len();
        assert!(asked <= end.most_asked, "{what}: asked {asked} times");
        // What failed is pinned nowhere.
        let lock =
            std::fs::read_to_string(project.root().join("Memefile.lock")).unwrap_or_default();
        assert!(end.code != 1 || !lock.contains("[choice"), "{what}: {lock}");
    }
}

#[test]
fn budgets_end_it() {
    for (budget, limit) in [
        ("turns = 2", "turns"),
        ("turns = 4\nrenders = 1", "renders"),
        ("turns = 4\ntokens = 200", "tokens"),
        (
            "turns = 4\ncost = \"0.0002 USD\"\nprices = { input = \"1 USD\", output = \"1 USD\" }",
            "cost",
        ),
        ("turns = 4\ntime = \"1ms\"", "time"),
    ] {
        let model = Model::play(STILL.iter().map(|who| calls(&picks(who))).collect());
        let project = project("mind", &mind(&model.url));
        let text = project.read("Memefile.toml").replace("turns = 4", budget);
        project.write("Memefile.toml", text);
        build(&project, 3, &[]);
        let run = told(&project);
        assert_eq!(run["outcome"], json!({ "state": "exhausted", "limit": limit }), "{budget}");
        assert!(model.asked().len() <= 2, "{budget}");
    }
}
