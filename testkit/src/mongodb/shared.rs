//! One server for all tests of a machine and account.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Address, Launch, address, free_ports, process, program::Program, wait_for};
use crate::postgres::account::Account;

/// A share of the server: it runs as long as somebody holds one.
#[derive(Debug)]
pub struct Shared {
    address: Address,
    _lock: File,
}

impl Shared {
    pub fn address(&self) -> &Address {
        &self.address
    }
}

pub(super) async fn get() -> Result<Shared> {
    let account = Account::choose()?;
    let program = Program::find(&account)?;
    let folder = folder(&account)?;
    // One at a time: the first starts the server, the others find it.
    let starting = File::create(folder.join("start.lock")).context("Could not lock the shared MongoDB")?;
    starting.lock().context("Could not lock the shared MongoDB")?;
    let users = folder.join("users.lock");
    let lock = process::hold(&users, &account)?;
    let announced = folder.join("address");
    if let Some(address) = running(&announced).await {
        return Ok(Shared { address, _lock: lock });
    }
    let port = free_ports(1)?[0];
    let place = folder.join(format!("server-{port}"));
    let server = Launch {
        folder: &place,
        port,
        has_auth: true,
    };
    let process = server.go(&program, &account, &users, Some(&announced))?;
    wait_for(port, &process).await?;
    let address = Address::new(&[port], true);
    address.initiate().await?;
    std::fs::write(&announced, port.to_string()).context("Could not announce the shared MongoDB")?;
    Ok(Shared { address, _lock: lock })
}

/// The announced server, if it answers.
async fn running(announced: &Path) -> Option<Address> {
    let port: u16 = std::fs::read_to_string(announced).ok()?.trim().parse().ok()?;
    let address = Address::new(&[port], true);
    match address.run("admin", bson::doc! { "ping": 1 }).await {
        Ok(_) => Some(address),
        Err(_) => {
            let _ = std::fs::remove_file(announced);
            None
        }
    }
}

fn folder(account: &Account) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("steersman-testkit-{}-{}", address::SET, account.uid()));
    match folder.symlink_metadata() {
        Err(_) => {
            std::fs::create_dir_all(&folder).with_context(|| format!("Could not create {}", folder.display()))?;
            account.own_folder(&folder)?;
        }
        // Another account could have put a folder of that name there before us.
        Ok(found)
            if !found.is_dir() || ![account.uid(), nix::unistd::Uid::current().as_raw()].contains(&found.uid()) =>
        {
            bail!(
                "Could not use {}: it belongs to uid {}. Remove it.",
                folder.display(),
                found.uid()
            )
        }
        Ok(_) => account.own_folder(&folder)?,
    }
    Ok(folder)
}
