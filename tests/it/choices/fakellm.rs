//! The bad model: `fakellm` from PyPI, which speaks as OpenAI and Anthropic do and has no mind.

use super::directors::{picks, project, told};
use super::{build, mind};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// `fakellm` on a free port of this machine; ended when it is dropped.
struct Fakellm {
    child: Child,
    /// Where its rules are.
    _folder: tempfile::TempDir,
    address: SocketAddr,
}

impl Fakellm {
    /// With these rules, of which the first that matches answers.
    fn start(rules: &Value) -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers/fakellm");
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("fakellm.yaml");
        // What is JSON is YAML too.
        std::fs::write(&config, json!({ "version": 1, "rules": rules }).to_string()).unwrap();
        let mut child = Command::new(home.join("bin/fakellm"))
            .args(["serve", "--port", "0", "--config"])
            .arg(&config)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("scripts/install-test-servers installs it");
        let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = talk.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("running on http://")?;
            rest.split(' ').next()?.parse().ok()
        });
        // Whoever does not read what it says would stop it once the pipe is full.
        std::thread::spawn(move || talk.for_each(drop));
        let address = address.expect("it says where it listens");
        Self { child, _folder: folder, address }
    }

    /// How often a rule answered.
    fn answered(&self, rule: &str) -> u64 {
        let mut connection = TcpStream::connect(self.address).unwrap();
        let ask = "GET /_fakellm/stats HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        connection.write_all(ask.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let stats: Value = serde_json::from_str(body).unwrap();
        stats["by_rule"][rule].as_u64().unwrap_or(0)
    }
}

impl Drop for Fakellm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Each rule answers for the model of its name.
fn rule(name: &str, respond: &Value) -> Value {
    json!({ "name": name, "when": { "model_matches": name }, "respond": respond })
}

#[test]
fn the_bad_model_ends_every_run_in_a_state_with_a_name() {
    let call =
        |decision: Value| json!({ "tool_calls": [{ "name": "decide", "arguments": decision }] });
    let mut mends = rule("mends", &json!({ "content": picks("clip").to_string() }));
    mends["when"]["messages_contain"] = json!("That is not a decision");
    let server = Fakellm::start(&json!([
        // Without an answer of its own it makes some words up.
        rule("echoes", &json!({})),
        rule("echoes-in-shape", &json!({})),
        rule("echoes-elsewhere", &json!({})),
        rule("unknown", &call(picks("john-cena"))),
        rule("browses", &json!({ "tool_calls": [{ "name": "browse", "arguments": {} }] })),
        rule("busy", &json!({ "status": 429, "error": "slow down" })),
        rule("decides", &call(picks("clip"))),
        // Words first; and once it is told what was wrong with them, a decision.
        mends,
        rule("mend*", &json!({ "content": "a duck, perhaps" })),
    ]));
    let url = format!("http://{}", server.address);
    let schema = "answer-by = \"schema\"\n";
    let anthropic = |text: String| {
        text.replace("kind = \"openai\"", "kind = \"anthropic\"").replace("/v1\"", "\"")
    };
    // The model, how it is asked, how the run ends, with which exit code, after how many answers.
    for (model, more, state, code, answers) in [
        ("echoes", "", "failed", 1, 4),
        ("echoes-in-shape", schema, "failed", 1, 4),
        ("echoes-elsewhere", "", "failed", 1, 4),
        ("unknown", "", "failed", 1, 4),
        ("browses", "", "failed", 1, 4),
        ("busy", "", "failed", 1, 3),
        ("decides", "", "accepted", 0, 1),
        ("mends", schema, "accepted", 0, 1),
    ] {
        let chooser = mind(&format!("{url}/v1")).replace("test-1", model).replace("20s", "3s");
        let chooser = if model == "echoes-elsewhere" { anthropic(chooser) } else { chooser };
        let project = project("mind", &format!("{chooser}{more}"));
        let (_, talk) = build(&project, code, &[]);
        let run = told(&project);
        assert_eq!(run["outcome"]["state"], state, "{model}: {run:#}\n{talk}");
        assert_eq!(server.answered(model), answers, "{model}: {talk}");
        if model.starts_with("echoes") {
            assert!(run["outcome"]["why"].to_string().contains("no JSON object"), "{run:#}");
            assert!(talk.contains("it said: [mock response for"), "{talk}");
        }
    }
    assert_eq!(server.answered("mend*"), 1, "it was asked, and then told");
}
