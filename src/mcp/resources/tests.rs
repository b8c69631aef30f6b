use super::*;

/// A project's folder with these files.
fn project(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

#[test]
fn what_is_listed_can_be_read_and_nothing_else() {
    let folder = project(&[
        ("Memefile.toml", b"memefile = 1\n"),
        ("Memefile.lock", b"lock"),
        ("secret.txt", b"a secret"),
        ("artefacts/seed-assets/manifest.json", b"{}"),
        ("artefacts/seed-assets/music/beat/source.wav", b"RIFF"),
        ("artefacts/renders/a@p.mp4", b"film"),
        ("artefacts/renders/a@p.verdict.json", b"{}"),
        ("artefacts/renders/a@p.rejected.mp4", b"bad film"),
        ("artefacts/renders/a@p.director.json", b"{}"),
        ("artefacts/renders/b/c+d@p.jpg", b"poster"),
        ("artefacts/renders/.a@p.mp4.x", b"half"),
        ("cache/state/nodes", b"state"),
    ]);
    let (links, next) = list(folder.path(), None).unwrap();
    let uris: Vec<String> = links.iter().map(|link| link.uri.to_string()).collect();
    let expected = [
        "memebuild://memefile",
        "memebuild://manifest",
        "memebuild://render/a@p",
        "memebuild://render/a@p.rejected",
        "memebuild://verdict/a@p",
        "memebuild://poster/b/c+d@p",
    ];
    assert_eq!(uris, expected);
    assert_eq!(next, None);
    for link in &links {
        let content = read(folder.path(), &link.uri.to_string()).unwrap();
        assert_eq!(content.bytes, std::fs::read(folder.path().join(&link.path)).unwrap());
        assert_eq!(content.link, *link);
    }
    for uri in ["memebuild://render/secret", "memebuild://credits/a@p", "memebuild://render/b"] {
        assert_eq!(read(folder.path(), uri).unwrap_err().code, "unknown-resource", "{uri}");
    }
    assert_eq!(of_render(folder.path(), "a@p").len(), 2);
    assert_eq!(of_render(folder.path(), "../renders/a@p").len(), 0);
    assert_eq!(judged(folder.path()), ["a@p"]);
}

#[test]
fn links_lead_nowhere() {
    let folder = project(&[
        ("Memefile.toml", b"memefile = 1\n"),
        ("secret.mp4", b"a secret"),
        ("artefacts/renders/whole@p.mp4", b"film"),
    ]);
    let renders = folder.path().join("artefacts/renders");
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, renders.join(name)).unwrap();
    link("../../secret.mp4", "up@p.mp4");
    link(folder.path().join("secret.mp4").to_str().unwrap(), "absolute@p.mp4");
    link("../..", "out");
    let (links, _) = list(folder.path(), None).unwrap();
    assert_eq!(links.len(), 2, "{links:?}");
    for name in ["up@p", "absolute@p", "out/secret"] {
        let uri = Uri::Of(Part::Film, name.to_owned()).to_string();
        assert_eq!(read(folder.path(), &uri).unwrap_err().code, "unknown-resource", "{uri}");
    }
    // A pipe would never end.
    let pipe = renders.join("pipe@p.mp4");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(read(folder.path(), "memebuild://render/pipe@p").is_err());
}

#[test]
fn what_is_too_large_is_said_where_it_lies() {
    let large = vec![0; usize::try_from(MOST_RESOURCE).unwrap() + 1];
    let folder = project(&[
        ("artefacts/renders/large@p.mp4", &large),
        ("artefacts/renders/most@p.mp4", &large[1..]),
    ]);
    let problem = read(folder.path(), "memebuild://render/large@p").unwrap_err();
    assert_eq!(problem.code, "too-large");
    assert!(problem.hints[0].contains("`artefacts/renders/large@p.mp4`"), "{problem:?}");
    assert!(read(folder.path(), "memebuild://render/most@p").is_ok());
}

#[test]
fn a_long_list_comes_in_pages() {
    let folder = project(&[("Memefile.toml", b"memefile = 1\n")]);
    std::fs::create_dir_all(folder.path().join("artefacts/renders")).unwrap();
    for n in 0..MOST_RESOURCES + 5 {
        std::fs::write(folder.path().join(format!("artefacts/renders/n{n:04}@p.jpg")), b"x")
            .unwrap();
    }
    let (first, next) = list(folder.path(), None).unwrap();
    assert_eq!(first.len(), MOST_RESOURCES);
    let (second, end) = list(folder.path(), next.as_deref()).unwrap();
    assert_eq!((second.len(), end), (6, None));
    assert!(!first.contains(&second[0]));
    assert_eq!(list(folder.path(), Some("0-x")).unwrap_err().code, "bad-cursor");
}
