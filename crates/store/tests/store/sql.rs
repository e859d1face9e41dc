//! Every statement of the store is one that PostgreSQL's own grammar accepts.

use proc_macro2::{TokenStream, TokenTree};
use std::path::{Path, PathBuf};

/// The one file that may speak SQLite.
const SQLITE_ONLY: &str = "engine.rs";

#[test]
fn every_statement_is_also_postgresql() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut statements = Vec::new();
    for file in files(&crate_folder.join("src"), "rs") {
        if !file.ends_with(SQLITE_ONLY) {
            let source = std::fs::read_to_string(&file).unwrap();
            texts(source.parse().unwrap(), &mut statements);
        }
    }
    statements.retain(|text| is_statement(text));
    assert!(statements.len() > 90, "only {} statements were found", statements.len());
    for file in files(&crate_folder.join("migrations"), "sql") {
        if file.parent().unwrap().ends_with("migrations") {
            statements.push(std::fs::read_to_string(file).unwrap());
        }
    }
    for statement in statements {
        if let Err(error) = pg_query::parse(&statement, 0) {
            panic!("{error}\n{statement}");
        }
    }
}

#[test]
fn words_of_sqlite_stay_in_one_file() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in files(&crate_folder.join("src"), "rs") {
        let mut found = Vec::new();
        texts(std::fs::read_to_string(&file).unwrap().parse().unwrap(), &mut found);
        let pragma = found
            .iter()
            .any(|text| text.starts_with("PRAGMA") || text.contains("BEGIN IMMEDIATE"));
        assert!(!pragma || file.ends_with(SQLITE_ONLY), "{}", file.display());
    }
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let verbs = [
        "SELECT",
        "WITH",
        "INSERT",
        "UPDATE",
        "DELETE",
        "CREATE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
    ];
    verbs.contains(&first)
}

/// All string literals, however deep.
fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    found.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path, extension),
            false if path.extension().is_some_and(|found| found == extension) => vec![path],
            false => vec![],
        })
        .collect()
}
