use super::select::select;
use super::*;
use crate::node::Deps;
use crate::node::plan::Plan;

struct Stub;

impl Node for Stub {
    fn type_name(&self) -> &'static str {
        "stub"
    }
    fn declaration(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
    fn lower(&self, _: &Deps<'_>) -> Result<Plan, Diagnostic> {
        Ok(Plan::default())
    }
}

fn graph(edges: &[(&str, &[&str])]) -> Result<Graph, Vec<Diagnostic>> {
    Graph::new(
        edges
            .iter()
            .map(|(name, deps)| Expanded {
                name: (*name).to_owned(),
                node: Box::new(Stub),
                deps: deps.iter().map(|dep| (*dep).to_owned()).collect(),
            })
            .collect(),
    )
}

fn messages(result: Result<Graph, Vec<Diagnostic>>) -> Vec<String> {
    result.err().unwrap_or_default().iter().map(|d| d.message.clone()).collect()
}

#[test]
fn dependencies_come_first_and_equals_in_declared_order() {
    let graph = graph(&[("r:b", &["a:z"]), ("r:a", &["a:z"]), ("a:z", &[])]).unwrap();
    let names: Vec<_> = graph.order().iter().map(|i| graph.entry(*i).name.as_str()).collect();
    assert_eq!(names, ["a:z", "r:b", "r:a"]);
}

#[test]
fn every_cycle_is_named_member_by_member() {
    let result = graph(&[
        ("a", &["c"]),
        ("b", &["a"]),
        ("c", &["b"]),
        ("self", &["self"]),
        ("after", &["a"]),
    ]);
    assert_eq!(messages(result), ["a cycle: a → b → c → a", "a cycle: self → self"]);
}

#[test]
fn unknown_and_doubled_names_are_all_found() {
    let result = graph(&[("a:gorilla", &[]), ("a:gorilla", &[]), ("r:x", &["a:gorila"])]);
    let found = result.err().unwrap();
    assert_eq!(found[0].message, "`a:gorilla` is declared twice");
    assert_eq!(found[1].message, "`r:x` needs `a:gorila`, which nothing declares");
    assert_eq!(found[1].hints, ["did you mean `a:gorilla`?"]);
}

#[test]
fn a_target_brings_what_it_needs_and_nothing_else() {
    let graph = graph(&[("a:x", &[]), ("a:y", &[]), ("r:one", &["a:x"]), ("r:two", &["a:y"])]);
    let graph = graph.unwrap();
    let wanted = |targets: &[&str]| {
        let targets: Vec<String> = targets.iter().map(|t| (*t).to_owned()).collect();
        select(&graph, &targets).map(|flags| {
            let names = graph.order().iter().filter(|i| flags[i.index()]);
            names.map(|i| graph.entry(*i).name.clone()).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(wanted(&["one"]).unwrap(), "a:x r:one");
    assert_eq!(wanted(&["r:*"]).unwrap(), "a:x a:y r:one r:two");
    assert_eq!(wanted(&[]).unwrap(), "a:x a:y r:one r:two");
    assert_eq!(wanted(&["r:tow"]).unwrap_err()[0].hints, ["did you mean `r:two`?"]);
}
