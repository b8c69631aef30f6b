//! Keys, literally: a key that changes its form, or an action that changes what it runs or reads,
//! shows here. Where the bytes that an action makes have changed too, raise its `version`.

use crate::samples::film;
use memebuild::contract::action::{InputKey, KeyManifest};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn pairs<T>(of: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    of.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Every kind of ingredient.
fn full() -> KeyManifest {
    let whole = InputKey { digest: "aa".repeat(32), projection: None };
    let part = InputKey { digest: "bb".repeat(32), projection: Some("video".to_owned()) };
    KeyManifest {
        step: "render/segment".to_owned(),
        version: 3,
        argv: ["ffmpeg", "-i", "file:{in:clip}", "{out:video}"].map(str::to_owned).into(),
        env: pairs([("LANG", "tlh \"\\ 🚀".to_owned())]),
        params: json!({ "frames": 15, "captions": [{ "text": "hé\n" }], "audio": null }),
        inputs: pairs([("clip", part), ("wall", whole)]),
        outputs: pairs([("video", "video/mp4".to_owned())]),
        tools: pairs([("ffmpeg", "ffmpeg version 5.1".to_owned())]),
    }
}

#[test]
fn a_key_is_the_hash_of_these_bytes() {
    let manifest = full();
    insta::assert_snapshot!(String::from_utf8(manifest.canonical()).unwrap(), @r#"
    {"step":"render/segment","version":3,"argv":["ffmpeg","-i","file:{in:clip}","{out:video}"],"env":{"LANG":"tlh \"\\ 🚀"},"params":{"frames":15,"captions":[{"text":"hé\n"}],"audio":null},"inputs":{"clip":{"digest":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","projection":"video"},"wall":{"digest":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},"outputs":{"video":"video/mp4"},"tools":{"ffmpeg":"ffmpeg version 5.1"}}
    "#);
    insta::assert_snapshot!(manifest.key(), @r"
    f85fe1c2ce2967a3bc0957b806fb524c7e2c19cdae00fee98868436c996f1eea
    ");
}

#[test]
fn what_is_not_there_leaves_no_trace_in_the_bytes() {
    let bare = KeyManifest {
        env: BTreeMap::new(),
        params: Value::Null,
        inputs: BTreeMap::new(),
        ..full()
    };
    insta::assert_snapshot!(String::from_utf8(bare.canonical()).unwrap(), @r#"
    {"step":"render/segment","version":3,"argv":["ffmpeg","-i","file:{in:clip}","{out:video}"],"inputs":{},"outputs":{"video":"video/mp4"},"tools":{"ffmpeg":"ffmpeg version 5.1"}}
    "#);
    insta::assert_snapshot!(bare.key(), @r"
    6ce822188c979b2a6914968a3ac8a58c87dd97161a7ccd4ad3af158757330fee
    ");
}

#[test]
fn every_ingredient_changes_the_key() {
    let changes: [fn(&mut KeyManifest); 11] = [
        |m| m.step.push('s'),
        |m| m.version += 1,
        |m| m.argv.swap(0, 1),
        |m| m.env.values_mut().for_each(|value| value.push('x')),
        |m| m.params["frames"] = 16.into(),
        |m| m.inputs.get_mut("wall").unwrap().digest = "ac".repeat(32),
        |m| m.inputs.get_mut("wall").unwrap().projection = Some("video".to_owned()),
        |m| m.inputs.get_mut("clip").unwrap().projection = Some("audio".to_owned()),
        |m| drop(m.inputs.remove("wall")),
        |m| drop(m.outputs.insert("video".to_owned(), "video/webm".to_owned())),
        |m| drop(m.tools.insert("ffmpeg".to_owned(), "ffmpeg version 6.0".to_owned())),
    ];
    let mut keys: Vec<_> = changes
        .iter()
        .map(|change| {
            let mut manifest = full();
            change(&mut manifest);
            manifest.key()
        })
        .chain([full().key()])
        .collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), changes.len() + 1);
}

/// The lists of formats and codecs are long and stand before every input.
fn short(word: &str) -> String {
    let list = word.split(',').count();
    if list > 10 && !word.contains('[') { format!("[{list} names]") } else { word.to_owned() }
}

/// A manifest for reading: what is the same on every machine.
fn text(manifest: &KeyManifest) -> String {
    let argv: Vec<String> = manifest.argv.iter().map(|word| short(word)).collect();
    let mut lines = vec![format!("{} version {}", manifest.step, manifest.version)];
    lines.push(format!("  argv  {}", shell_words::join(argv)));
    lines.extend(manifest.env.iter().map(|(name, value)| format!("  env   {name}={value}")));
    if !manifest.params.is_null() {
        lines.push(format!("  params {}", manifest.params));
    }
    for (name, input) in &manifest.inputs {
        let of = input.projection.as_deref().unwrap_or("the whole");
        lines.push(format!("  in    {name}: {of}"));
    }
    lines.extend(manifest.outputs.iter().map(|(name, kind)| format!("  out   {name}: {kind}")));
    let tools: Vec<&str> = manifest.tools.keys().map(String::as_str).collect();
    if !tools.is_empty() {
        lines.push(format!("  tools {}", tools.join(", ")));
    }
    lines.join("\n")
}

/// One action of each step, of a film with everything in it.
#[test]
fn each_step_runs_and_reads_exactly_this() {
    let project = film();
    project.expect(0, &[]);
    let document = |args: &[&str]| -> Value {
        let output = project.run(&[args, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let mut steps: BTreeMap<String, String> = BTreeMap::new();
    for listed in document(&["cache", "ls"])["results"].as_array().unwrap() {
        let shown = document(&["cache", "show", listed["key"].as_str().unwrap()]);
        let manifest = serde_json::from_value(shown["results"][0]["manifest"].clone()).unwrap();
        let text = text(&manifest);
        // Of several the first by its text, which is the same in every run.
        let least = steps.entry(manifest.step).or_insert_with(|| text.clone());
        *least = text.min(std::mem::take(least));
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[digest]");
    // What calibration finds depends on the encoder that made the clip.
    settings.add_filter(r"-?\b\d+\.\d{6}\b", "[measured]");
    settings.add_filter(r#""(u|v)":\d+"#, r#""$1":[measured]"#);
    // Where the ink of a caption lies depends on the fonts that are installed.
    settings.add_filter(r#""covered":\[[^\]]*\]"#, r#""covered":[measured]"#);
    let all: Vec<String> = steps.into_values().collect();
    settings.bind(|| insta::assert_snapshot!(all.join("\n")));
}
