//! The operating-system account that the test server runs as.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, User};

/// PostgreSQL refuses to run as root, so under root it gets an account of its own.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    uid: u32,
    gid: u32,
    is_other: bool,
}

impl Account {
    /// The account of this process, or under root `postgres`, or `nobody`.
    pub fn choose() -> Result<Self> {
        let own = Uid::current();
        if !own.is_root() {
            let gid = nix::unistd::Gid::current().as_raw();
            return Ok(Self {
                uid: own.as_raw(),
                gid,
                is_other: false,
            });
        }
        for name in ["postgres", "nobody"] {
            let found = User::from_name(name).context("Could not read the user database")?;
            if let Some(user) = found {
                return Ok(Self {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                    is_other: true,
                });
            }
        }
        bail!(
            "Could not start a service for the tests: this process is root, the service must not \
             run as root, and there is neither a user `postgres` nor `nobody`. Create one."
        )
    }

    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Whether it is not the account of this process.
    #[cfg(feature = "mongodb")]
    pub fn is_other(&self) -> bool {
        self.is_other
    }

    /// Lets `command` run as this account. The standard library drops root's other groups.
    pub fn apply(&self, command: &mut Command) {
        if self.is_other {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives `folder` to this account and to nobody else.
    pub fn own_folder(&self, folder: &Path) -> Result<()> {
        let why = || format!("Could not hand {} to uid {}", folder.display(), self.uid);
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).with_context(why)?;
        if self.is_other {
            chown(folder, Some(self.uid), Some(self.gid)).with_context(why)?;
        }
        Ok(())
    }

    /// Gives `file` to this account, to read and write and for nobody else.
    #[cfg(feature = "mongodb")]
    pub fn own_file(&self, file: &Path) -> Result<()> {
        let why = || format!("Could not hand {} to uid {}", file.display(), self.uid);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).with_context(why)?;
        if self.is_other {
            chown(file, Some(self.uid), Some(self.gid)).with_context(why)?;
        }
        Ok(())
    }
}
