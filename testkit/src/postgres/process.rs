//! The server process, bound to the life of the test process.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

use super::account::Account;

/// Starts the server and waits for the end of its own input. The other end of that pipe is
/// held by the test process alone, so it ends when we close it and also when the test
/// process is killed: no server outlives its test, however the test ended.
const KEEPER: &str = r#"
folder=$1; shift
exec 3<&0
"$@" >"$folder/server.log" 2>&1 </dev/null 3<&- &
server=$!
(
    read -r last_word <&3
    # Again and again: a server that has just been born still ignores the first one.
    while kill -QUIT "$server" 2>/dev/null; do sleep 0.02; done
    [ "$last_word" = keep ]
) &
killer=$!
exec 3<&-
wait "$server"
: >"$folder/ended"
wait "$killer" || rm -rf -- "$folder"
"#;

/// The keeper leaves this file in the folder when the server has ended.
const ENDED: &str = "ended";

/// A running server with its keeper.
#[derive(Debug)]
pub struct Process {
    keeper: Child,
    line: Option<ChildStdin>,
    ended: PathBuf,
}

impl Process {
    /// Runs `server` (program and arguments) as `account`, its output in `folder/server.log`.
    /// The folder is removed when the server ends, unless it ends by [`Process::stop`].
    pub fn start(folder: &Path, account: &Account, server: &[String]) -> Result<Self> {
        let ended = folder.join(ENDED);
        let _ = std::fs::remove_file(&ended);
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER, "steersman-testkit"])
            .arg(folder)
            .args(server)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal reaches the tests; the server then ends by the pipe.
            .process_group(0);
        account.apply(&mut keeper);
        let mut keeper = keeper
            .spawn()
            .context("Could not start `sh` to keep the PostgreSQL server")?;
        let line = keeper.stdin.take();
        Ok(Self { keeper, line, ended })
    }

    /// Whether the server has ended, by itself or by [`Process::stop`].
    pub fn has_ended(&self) -> bool {
        self.ended.exists()
    }

    /// Ends the server as a crash would (no checkpoint, connections cut), keeping its data.
    pub fn stop(&mut self) {
        if let Some(mut line) = self.line.take() {
            let _ = line.write_all(b"keep\n");
        }
        let _ = self.keeper.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.line.take());
        let _ = self.keeper.wait();
    }
}
