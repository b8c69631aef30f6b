//! The node type and its step.

use super::{FONTS, draw, spec, style};
use memebuild::contract;
use memebuild::contract::caption::CaptionFacts;
use memebuild::contract::digest::Digest;
use memebuild::diagnostic::Diagnostic;
use memebuild::node::caption::{CaptionNode, STEP};
use memebuild::node::tool::Context;
use memebuild::node::{Blobs, Deps, Node};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A store that holds nothing: captions read no blobs.
struct NoBlobs;

impl Blobs for NoBlobs {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Err(Diagnostic::error("bug", format!("no blob {digest}")))
    }
}

#[test]
fn a_caption_node_declares_its_fonts_and_draws_what_it_was_told() {
    let caption = spec("ship it 😂", style(), 200, 100);
    let node = CaptionNode::new(caption.clone(), None, &FONTS).expect("fonts");
    let files = node.files();
    assert_eq!(files.len(), 2);
    let digest = |path: &PathBuf| (path.clone(), Digest::of(path.as_os_str().as_encoded_bytes()));
    let deps = Deps {
        outputs: BTreeMap::new(),
        files: files.iter().map(digest).collect(),
        blobs: &NoBlobs,
    };
    let plan = node.lower(&deps).expect("a plan");
    let [action] = plan.actions.as_slice() else { panic!("one action") };
    assert_eq!(action.inputs.keys().collect::<Vec<_>>(), ["font-0", "font-1"]);
    assert_eq!(action.outputs.keys().collect::<Vec<_>>(), ["bitmap", "facts"]);
    assert_eq!(action.params, node.declaration());

    let folder = tempfile::tempdir().expect("a folder");
    let output = |name: &str| (name.to_owned(), folder.path().join(name));
    let context = Context {
        params: action.params.clone(),
        inputs: files.iter().enumerate().map(|(n, p)| (format!("font-{n}"), p.clone())).collect(),
        outputs: BTreeMap::from([output("bitmap"), output("facts")]),
        scratch: folder.path().to_owned(),
    };
    (STEP.run)(&context).expect("it draws");
    let png = std::fs::read(folder.path().join("bitmap")).expect("a picture");
    let facts = std::fs::read(folder.path().join("facts")).expect("facts");
    let set = draw(&caption);
    assert_eq!(png, set.bitmap.to_png().expect("a picture"));
    assert_eq!(contract::read::<CaptionFacts>(&facts), Ok(set.facts));
    let decoded = image::load_from_memory(&png).expect("a PNG").into_rgba8();
    assert_eq!((decoded.dimensions(), decoded.into_raw()), ((200, 100), set.bitmap.rgba));
}
