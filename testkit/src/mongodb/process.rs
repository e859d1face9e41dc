//! One server process, bound to the life of those who use it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::postgres::account::Account;

/// Runs the server until nobody holds the lock any more. Each test process holds it shared and
/// loses it with its life, however that ends, so no server outlives its tests. With a file that
/// announces the server to others it waits a little for the next test before it gives up.
const KEEPER: &str = r#"
folder=$1; lock=$2; announced=$3; shift 3
rm -f "$folder/ended"
"$@" >"$folder/server.log" 2>&1 </dev/null &
server=$!
echo "$server" >"$folder/pid"
give_up() {
    : >"$folder/given-up"
    [ -z "$announced" ] || rm -f "$announced"
    while kill -KILL "$server" 2>/dev/null; do sleep 0.02; done
}
export folder server announced
(
    if [ -z "$announced" ]; then
        flock -x "$lock" true
        give_up
    else
        while flock -x "$lock" true; do
            sleep 8
            flock -n -x "$lock" sh -c "$(printf '%s\n' \
                ': >"$folder/given-up"; rm -f "$announced"' \
                'while kill -KILL "$server" 2>/dev/null; do sleep 0.02; done')" && break
        done
    fi
) &
killer=$!
wait "$server"
if [ -e "$folder/given-up" ]; then rm -rf -- "$folder"; else : >"$folder/ended"; kill "$killer"; fi
"#;

/// Between two looks whether a killed server is gone.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running server with its keeper.
#[derive(Debug)]
pub struct Process {
    keeper: Child,
    folder: PathBuf,
    is_shared: bool,
}

impl Process {
    /// Runs `server` (program and arguments) as `account`, its output in `folder/server.log`.
    /// It ends, and the folder is removed, when nobody holds `lock`.
    pub fn start(
        folder: &Path,
        account: &Account,
        lock: &Path,
        announced: Option<&Path>,
        server: &[String],
        environment: &[(&'static str, PathBuf)],
    ) -> Result<Self> {
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER, "steersman-testkit"])
            .arg(folder)
            .arg(lock)
            .arg(announced.unwrap_or(Path::new("")))
            .args(server)
            .current_dir(folder)
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal reaches the tests; the server then ends by the lock.
            .process_group(0);
        account.apply(&mut keeper);
        let keeper = keeper
            .spawn()
            .context("Could not start `sh` to keep the MongoDB server")?;
        Ok(Self {
            keeper,
            folder: folder.to_owned(),
            is_shared: announced.is_some(),
        })
    }

    pub fn has_ended(&self) -> bool {
        self.folder.join("ended").exists() || !self.folder.exists()
    }

    /// The end of what the server wrote.
    pub fn log(&self) -> String {
        let text = std::fs::read(self.folder.join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(4000)..]).into_owned()
    }

    /// Ends the server as a crash would, keeping its data.
    pub fn kill(&mut self) {
        let text = std::fs::read_to_string(self.folder.join("pid")).unwrap_or_default();
        if let Ok(pid) = text.trim().parse()
            && !self.has_ended()
        {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            while !self.has_ended() {
                std::thread::sleep(LOOK_EVERY);
            }
        }
        let _ = self.keeper.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.is_shared {
            self.kill();
        }
    }
}

/// Opens the lock that keeps servers alive, and holds it as one of perhaps many.
pub fn hold(path: &Path, account: &Account) -> Result<File> {
    let why = || format!("Could not lock {}", path.display());
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .mode(0o600)
        .open(path)
        .with_context(why)?;
    account.own_file(path)?;
    file.lock_shared().with_context(why)?;
    Ok(file)
}
