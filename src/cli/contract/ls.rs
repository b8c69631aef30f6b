//! `memebuild contract ls`.

use crate::cli::shared::{Globals, say, say_json};
use crate::contract::registry::CONTRACTS;
use crate::diagnostic::Exit;
use crate::report::table::Table;
use serde_json::{Value, json};

pub fn run(globals: &Globals) -> Exit {
    if globals.json() {
        let contracts: Vec<Value> = CONTRACTS
            .iter()
            .map(|contract| {
                json!({
                    "contract": contract.name,
                    "version": contract.version,
                    "oldest": contract.oldest,
                    "form": contract.form.as_str(),
                    "about": contract.about(),
                })
            })
            .collect();
        say_json(&json!({ "schemaVersion": 1, "contracts": contracts }));
        return Exit::Ok;
    }
    let mut table = Table::new(&["CONTRACT", ">VERSION", ">READS FROM", "WHAT IT IS"]);
    for contract in CONTRACTS {
        let oldest = match contract.oldest {
            oldest if oldest == contract.version => "-".to_owned(),
            oldest => oldest.to_string(),
        };
        let row =
            vec![contract.name.to_owned(), contract.version.to_string(), oldest, contract.about()];
        table.row(row);
    }
    say(&table.to_string());
    Exit::Ok
}
