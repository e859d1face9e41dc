//! The programs that are measured: built by cargo in the profile of this one, so that they are what the sources say.

use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Builds a program of the workspace and returns where it is: beside this one.
pub fn built(package: &str, name: &str, features: &[&str]) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("this program is in no folder")?;
    let profile = match profile().as_str() {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--package", package, "--bin", name, "--profile", &profile])
        .args(features.iter().flat_map(|feature| ["--features", feature]))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status()
        .with_context(|| format!("could not run cargo to build {name}"))?;
    ensure!(status.success(), "{name} could not be built");
    Ok(folder.join(name))
}

/// The profile that this program was built with: the name of its folder under `target`.
pub fn profile() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "unknown".to_owned())
}
