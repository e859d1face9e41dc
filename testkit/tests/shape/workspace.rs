//! What is there: packages as Cargo knows them, and their source files.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

pub struct Package {
    pub name: String,
    /// Relative to the root: `crates/engine`.
    pub folder: String,
    pub dependencies: Vec<Dependency>,
}

pub struct Dependency {
    pub name: String,
    pub is_dev: bool,
    /// True for another package of this workspace.
    pub is_ours: bool,
}

/// One Rust file.
pub struct Source {
    pub package: String,
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
    /// In `tests/`, `benches/`, or a module that only tests compile.
    pub is_test: bool,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("testkit is in the workspace")
        .to_owned()
}

pub fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let list = metadata["packages"].as_array().expect("packages");
    list.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let folder = manifest
        .parent()
        .expect("a folder")
        .strip_prefix(root())
        .expect("inside the workspace");
    Package {
        name: text(&package["name"]),
        folder: folder.to_string_lossy().into_owned(),
        dependencies: package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                is_dev: dependency["kind"] == "dev",
                is_ours: dependency["path"].is_string(),
            })
            .collect(),
    }
}

/// Every Rust file of every package.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for package in packages() {
        for part in ["src", "tests", "benches", "examples", "build.rs"] {
            for file in files_below(&root().join(&package.folder).join(part)) {
                let path = relative(&file);
                if path.ends_with(".rs") {
                    let text = fs::read_to_string(&file).expect("Rust is UTF-8");
                    sources.push(Source {
                        package: package.name.clone(),
                        is_test: part == "tests" || part == "benches" || part == "examples",
                        path,
                        text,
                    });
                }
            }
        }
    }
    mark_test_modules(&mut sources);
    sources
}

/// Files that a `#[cfg(test)] mod name;` brings in are tests too.
fn mark_test_modules(sources: &mut [Source]) {
    let modules: Vec<String> = sources
        .iter()
        .flat_map(|source| {
            let base = module_folder(&source.path);
            crate::shipped::test_modules(&source.text)
                .into_iter()
                .map(move |name| format!("{base}/{name}"))
        })
        .collect();
    for source in sources.iter_mut() {
        source.is_test |= modules
            .iter()
            .any(|module| source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/")));
    }
}

fn module_folder(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').expect("a source is in a folder");
    match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", file.trim_end_matches(".rs")),
    }
}

/// Files that belong to the project: those git tracks or would, else all but build products.
pub fn project_files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output();
    match output {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|path| !path.is_empty() && root().join(path).is_file())
            .map(str::to_owned)
            .collect(),
        // A checkout without its history.
        Ok(_) | Err(_) => files_below(&root()).iter().map(|file| relative(file)).collect(),
    }
}

fn files_below(place: &Path) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 4] = ["target", ".git", "node_modules", "dist"];
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let mut files: Vec<PathBuf> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| !NOT_OURS.contains(&&*entry.file_name().to_string_lossy()))
        .flat_map(|entry| files_below(&entry.path()))
        .collect();
    files.sort();
    files
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root())
        .expect("inside the workspace")
        .to_string_lossy()
        .into_owned()
}
