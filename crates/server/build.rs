//! Brings the page into the binary: builds `web/` in a release build, and stops with a sentence when it cannot.
//!
//! `STEERSMAN_WEB` chooses: `build` (default in release), `prebuilt` (take `web/dist` as it is), `stub` (one page that
//! says there is no page in this build; default in debug while there is no `web/dist`).

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, exit},
};

/// What the page is made of. Anything else in `web/` (tests, tools, its own build output) does not rebuild the binary.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
];

/// Takes the place of the mark in `index.html`, so that a page knows which build it is from.
const BUILD_MARK: &str = "__STEERSMAN_BUILD__";

fn main() {
    println!("cargo::rerun-if-env-changed=STEERSMAN_WEB");
    let web = Path::new(&variable("CARGO_MANIFEST_DIR")).join("../../web");
    let out = PathBuf::from(variable("OUT_DIR")).join("web");
    let dist = web.join("dist");
    let is_release = variable("PROFILE") == "release";
    let wanted = env::var("STEERSMAN_WEB").unwrap_or_default();
    match wanted.as_str() {
        "build" => build(&web),
        "prebuilt" => watch_built(&dist),
        "stub" => return stub(&out, &dist),
        "" if is_release => build(&web),
        "" if dist.join("index.html").exists() => watch_built(&dist),
        "" => return stub(&out, &dist),
        other => stop(&format!(
            "STEERSMAN_WEB is \"{other}\"; it takes build, prebuilt or stub."
        )),
    }
    if !dist.join("index.html").exists() {
        stop("There is no built page in web/dist. Run: cd web && npm ci --ignore-scripts && npm run build");
    }
    embed(&dist, &out);
}

/// Not where this script builds it itself: what a build script writes while it runs would make it run again.
fn watch_built(dist: &Path) {
    println!("cargo::rerun-if-changed={}", dist.join("index.html").display());
}

/// `npm ci` where the lock is newer than what is installed, then `npm run build`.
fn build(web: &Path) {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    let installed = web.join("node_modules/.package-lock.json");
    if modified(&installed) < modified(&web.join("package-lock.json")) {
        npm(web, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    }
    npm(web, &["run", "build"]);
}

fn npm(web: &Path, words: &[&str]) {
    let line = format!("npm {}", words.join(" "));
    let done = Command::new("npm").args(words).current_dir(web).output();
    match done {
        Ok(done) if done.status.success() => {}
        Ok(done) => stop(&format!(
            "Could not build the page: `{line}` in web/ failed.\n{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        )),
        Err(error) => stop(&format!(
            "Could not build the page: `{line}` did not start ({error}). Install Node.js 20 or newer with npm, or build the \
             page elsewhere into web/dist and set STEERSMAN_WEB=prebuilt, or do without a page: STEERSMAN_WEB=stub."
        )),
    }
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}

/// Copies the built page: of what was compressed only the compressed forms, and `index.html` in clear with its build.
fn embed(dist: &Path, out: &Path) {
    start_afresh(out);
    let mut files = Vec::new();
    collect(dist, dist, &mut files);
    files.sort();
    let mut hash = Fnv::new();
    for name in &files {
        hash.add(name.as_bytes());
        hash.add(&read(&dist.join(name)));
    }
    let build = format!("{}-{:016x}", variable("CARGO_PKG_VERSION"), hash.0);
    println!("cargo::rustc-env=STEERSMAN_BUILD={build}");
    for name in &files {
        if name == "index.html" || name.starts_with(".vite/") {
            continue;
        }
        let is_compressed_form = |form: &str| {
            name.strip_suffix(form)
                .is_some_and(|plain| files.iter().any(|n| n == plain))
        };
        let has_compressed_form = files.iter().any(|other| *other == format!("{name}.br"));
        if name.starts_with("index.html.") || (has_compressed_form && !is_compressed_form(".br")) {
            continue;
        }
        write(&out.join(name), &read(&dist.join(name)));
    }
    let index =
        String::from_utf8(read(&dist.join("index.html"))).unwrap_or_else(|_| stop("web/dist/index.html is no UTF-8."));
    if !index.contains(BUILD_MARK) {
        stop("web/dist/index.html has no place for the build's name. Build the page anew: cd web && npm run build");
    }
    write(&out.join("index.html"), index.replace(BUILD_MARK, &build).as_bytes());
}

fn stub(out: &Path, dist: &Path) {
    // A page that is built later is taken by the next build.
    println!("cargo::rerun-if-changed={}", dist.parent().unwrap_or(dist).display());
    println!(
        "cargo::rustc-env=STEERSMAN_BUILD={}-stub",
        variable("CARGO_PKG_VERSION")
    );
    start_afresh(out);
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Steersman</title></head><body><main>\
                <h1>Steersman</h1><p>This build holds no page. The command line and <a href=\"/api/docs\">the API</a> work. \
                Build with <code>cargo build --release</code>, or build the page first: \
                <code>cd web &amp;&amp; npm ci --ignore-scripts &amp;&amp; npm run build</code>.</p></main></body></html>";
    write(&out.join("index.html"), page.as_bytes());
}

fn start_afresh(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    if let Err(error) = fs::create_dir_all(folder) {
        stop(&format!("Could not make {}: {error}.", folder.display()));
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| stop(&format!("Could not read {}: {error}.", folder.display())));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    match fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => bytes,
        Err(error) => stop(&format!("Could not read {}: {error}.", path.display())),
    }
}

fn write(path: &Path, bytes: &[u8]) {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = made.and_then(|()| fs::write(path, bytes)) {
        stop(&format!("Could not write {}: {error}.", path.display()));
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Ends the build with a sentence for the person who builds.
fn stop(sentence: &str) -> ! {
    for line in sentence.lines() {
        println!("cargo::error={line}");
    }
    exit(1);
}

/// FNV-1a: names a build; guards nothing.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
