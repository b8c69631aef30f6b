//! Buckets, on an S3 server, on a GCS emulator, and in a folder.

use super::support::{Foreign, noise, project};
use crate::project::Project;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

/// A request to one of the emulators, outside of what is tested.
fn curl(method: &str, url: &str, body: &[u8]) {
    use std::io::{Read, Write};
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    for _ in 0..50 {
        let Ok(mut stream) = std::net::TcpStream::connect(host) else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        write!(
            stream,
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=who/20260101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\
             Content-Length: {}\r\nContent-Type: application/octet-stream\r\n\r\n",
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.0 2"), "{answer}");
        return;
    }
    panic!("{host} does not answer");
}

/// Ten objects, three of them music, and one elsewhere.
const OBJECTS: [&str; 6] =
    ["sfx/a.wav", "sfx/b.wav", "sfx/deep/c.wav", "sfx/notes.txt", "sfx/é x.wav", "sfxother/d.wav"];

/// What every kind of bucket has to do.
fn suite(url: &str, put: &dyn Fn(&str, &[u8]), run: &dyn Fn(&Project, &[&str]) -> Output) {
    for (n, key) in OBJECTS.iter().enumerate() {
        put(key, &noise(n as u64, 2000));
    }
    let project = project(&format!(
        "bucket = \"{url}/sfx\"\ninclude = \"**/*.wav\"\nexclude = \"deep/**\"\n"
    ));
    let output = run(&project, &["source", "update"]);
    let said = |output: &Output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(project.fetched("a.wav"), noise(0, 2000));
    assert_eq!(project.keys().len(), 3, "{:?}", project.keys());
    let lock = project.read("Memefile.lock");
    assert!(lock.contains(&format!("sourceUrl = \"{url}/sfx/a.wav\"")), "{lock}");

    put("sfx/a.wav", &noise(90, 2000));
    put("sfx/new.wav", &noise(91, 2000));
    let output = run(&project, &["source", "update"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("4 pinned, 1 came, 1 changed"), "{}", said(&output));
    assert_eq!(project.fetched("a.wav"), noise(90, 2000));

    // Pinned, and gone from here: fetched again without a listing, and the same.
    std::fs::remove_dir_all(project.root().join("cache/sources")).unwrap();
    let lock = project.read("Memefile.lock");
    run(&project, &["build", "asset:none", "--locked"]);
    assert_eq!(project.fetched("new.wav"), noise(91, 2000));
    assert_eq!(project.read("Memefile.lock"), lock);

    let empty = super::support::project(&format!("bucket = \"{url}/nothing\""));
    let output = run(&empty, &["source", "update"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

#[test]
fn s3() {
    let server = Foreign::start("moto_server", |port| {
        ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned).to_vec()
    });
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    curl("PUT", &format!("{endpoint}/memes"), b"");
    let put = |key: &str, bytes: &[u8]| {
        curl("PUT", &format!("{endpoint}/memes/{}", encoded(key)), bytes);
    };
    let run = |project: &Project, args: &[&str]| {
        let mut command = project.command(args);
        command.env("AWS_ENDPOINT_URL", &endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "who").env("AWS_SECRET_ACCESS_KEY", "s3cr3t-key");
        command.output().unwrap()
    };
    suite("s3://memes", &put, &run);
}

#[test]
fn google() {
    let server = Foreign::start("fake-gcs-server", |port| {
        let (host, url) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
        let text = format!(
            "-scheme http -host 127.0.0.1 -port {port} -backend memory -public-host {host} \
             -external-url {url}"
        );
        text.split(' ').map(str::to_owned).collect()
    });
    let endpoint = format!("http://127.0.0.1:{}", server.port);
    curl("POST", &format!("{endpoint}/storage/v1/b?project=x"), b"{\"name\": \"memes\"}");
    let put = |key: &str, bytes: &[u8]| {
        let url = format!("{endpoint}/upload/storage/v1/b/memes/o?uploadType=media&name=");
        curl("POST", &(url + &encoded(key)), bytes);
    };
    let run = |project: &Project, args: &[&str]| {
        let mut command = project.command(args);
        command.env("STORAGE_EMULATOR_HOST", &endpoint).output().unwrap()
    };
    suite("gs://memes", &put, &run);
}

fn encoded(key: &str) -> String {
    key.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || b"/._-".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

fn plain(project: &Project, args: &[&str]) -> Output {
    project.run(args)
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let put = |key: &str, bytes: &[u8]| {
        let path = root.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // A new file each time: another inode, another tag.
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, bytes).unwrap();
    };
    for (n, key) in OBJECTS.iter().enumerate() {
        put(key, &noise(n as u64, 2000));
    }
    let project = project(&format!("bucket = \"file://{}/sfx\"", root.display()));
    assert_eq!(plain(&project, &["source", "update"]).status.code(), Some(0));
    assert_eq!(project.keys().len(), 5, "{:?}", project.keys());

    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "secret").unwrap();
    std::os::unix::fs::symlink(secret.path(), root.join("sfx/z.wav")).unwrap();
    std::fs::remove_file(root.join("sfx/b.wav")).unwrap();
    let (code, said) = project.update();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("it is a link that leads out of the folder"), "{said}");
    assert!(said.contains("1 went") && said.contains("- b.wav"), "{said}");
    let files = project.files("cache/sources/sounds");
    assert!(files.values().all(|bytes| bytes != b"secret"), "{:?}", files.keys());
}

/// The keys that a sample of a folder takes.
fn sampled(project: &Project) -> BTreeSet<String> {
    let (code, said) = project.update();
    assert_eq!(code, Some(0), "{said}");
    project.keys().into_iter().collect()
}

#[test]
fn a_sample_stays_as_it_is_as_far_as_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let put =
        |n: usize| std::fs::write(root.join(format!("{n}.wav")), noise(n as u64, 50)).unwrap();
    (0..40).for_each(put);
    let lines = format!("bucket = \"file://{}\"\nsample = 8\n[project]\nseed = 4", root.display());
    let project = project(&lines);
    let first = sampled(&project);
    assert_eq!(first.len(), 8);
    put(40);
    let second = sampled(&project);
    assert!(first.difference(&second).count() <= 1);
    let gone = second.iter().next().unwrap();
    std::fs::remove_file(root.join(gone)).unwrap();
    let third = sampled(&project);
    assert_eq!(third.difference(&second).count(), 1);
    // Another seed is another draw, and a plain build makes it.
    let text = project.read("Memefile.toml").replace("seed = 4", "seed = 5");
    project.write("Memefile.toml", text);
    project.run(&["build", "asset:none"]);
    let other: BTreeSet<String> = project.keys().into_iter().collect();
    assert!(other != third && other.len() == 8);
}

#[test]
fn a_bucket_that_is_not_there_is_told_and_asked_again() {
    let project = project("bucket = \"file:///nowhere/at/all\"");
    let (code, said) = project.update();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot list `file:///nowhere/at/all`"), "{said}");
    assert!(!Path::new("/nowhere").exists());
    let talk = project.expect(1, &[]);
    assert!(talk.contains("cannot list"), "{talk}");
}

/// Nothing that proves a right is anywhere that memebuild writes.
#[test]
fn credentials_are_written_nowhere() {
    let project = project("bucket = \"s3://memes/x\"\nretries = 0");
    let output = project
        .command(&["source", "update"])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "s3cr3t-key")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let mut all = project.files("").into_values().collect::<Vec<_>>();
    all.extend([output.stdout, output.stderr]);
    for bytes in all {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("s3cr3t-key") && !text.contains("AKIDEXAMPLE"), "{text}");
    }
}
