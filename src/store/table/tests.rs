use super::*;

const MAGIC: &[u8; 16] = b"memebuild test 1";

fn changes(pairs: &[(&str, Option<&str>)]) -> Changes {
    pairs.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.map(|v| v.into()))).collect()
}

fn all(table: &Table) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    table.under(b"").map(|(key, value)| (text(key), text(value))).collect()
}

#[test]
fn what_lies_over_it_knows_better_and_a_whole_one_drops_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/nodes");
    let save = |pairs: &[(&str, Option<&str>)]| {
        Table::open(&path, MAGIC).save(&path, MAGIC, &changes(pairs), &|_| true).unwrap();
        Table::open(&path, MAGIC)
    };
    let rewrite = |pairs: &[(&str, Option<&str>)], keep: &dyn Fn(&[u8]) -> bool| {
        Table::open(&path, MAGIC).rewrite(&path, MAGIC, &changes(pairs), keep).unwrap();
        Table::open(&path, MAGIC)
    };
    let first = save(&[("b", Some("2")), ("a", Some("1")), ("c/1", Some("")), ("c/2", None)]);
    assert!(!beside(&path).exists());
    assert_eq!(first.get(b"a"), Some(b"1".as_slice()));
    assert_eq!(first.get(b"c/1"), Some(b"".as_slice()));
    assert_eq!((first.get(b"c/2"), first.get(b"bb")), (None, None));

    let second = save(&[("b", None), ("c/0", Some("0")), ("a", Some("one"))]);
    assert!(beside(&path).exists());
    let text = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    assert_eq!(all(&second), text(&[("a", "one"), ("c/0", "0"), ("c/1", "")]));
    assert_eq!(second.under(b"c/").count(), 2);
    assert_eq!(second.number(b"b"), None);
    assert_ne!(second.number(b"a"), second.number(b"c/1"));
    assert_eq!(first.id().0, second.id().0);
    assert_ne!(first.id(), second.id());

    let third = rewrite(&[("d", Some("4"))], &|key| key == b"a");
    assert!(!beside(&path).exists());
    assert_eq!(all(&third), text(&[("a", "one"), ("d", "4")]));
    // Equal entries, equal ids, however they came about.
    assert_eq!(rewrite(&[], &|_| true).id(), third.id());
}

#[test]
fn what_lay_over_another_file_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nodes");
    let save = |pairs: &[(&str, Option<&str>)]| {
        Table::open(&path, MAGIC).save(&path, MAGIC, &changes(pairs), &|_| true).unwrap();
    };
    save(&[("a", Some("1"))]);
    save(&[("a", Some("2"))]);
    let over = std::fs::read(beside(&path)).unwrap();
    Table::default().save(&path, MAGIC, &changes(&[("a", Some("3"))]), &|_| true).unwrap();
    // As if the build had been killed before it removed what lay over the old one.
    std::fs::write(beside(&path), over).unwrap();
    assert_eq!(Table::open(&path, MAGIC).get(b"a"), Some(b"3".as_slice()));
}

#[test]
fn damage_is_never_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nodes");
    let pairs = [("ant", Some("111")), ("bee", Some("222")), ("cow", None), ("dog", Some("4"))];
    Table::default().save(&path, MAGIC, &changes(&pairs), &|_| true).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let honest = all(&Table::open(&path, MAGIC));
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        for bytes in [flipped.as_slice(), &whole[..at]] {
            std::fs::write(&path, bytes).unwrap();
            let table = Table::open(&path, MAGIC);
            assert!(all(&table).iter().all(|pair| honest.contains(pair)), "byte {at}");
            for (key, value) in &honest {
                let found = table.get(key.as_bytes());
                assert!(found.is_none_or(|found| found == value.as_bytes()), "byte {at}");
            }
        }
    }
}
