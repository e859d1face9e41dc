//! Assembly: store, runtime and server over one data directory.

use crate::{
    data_dir::{Address, DataDir, Lock},
    plugins,
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};
use steersman_protocol::{Actor, Face, TokenId, User, sha256_hex};
use steersman_runtime::{
    FirstStart, Options, Runtime, SystemClock,
    store::{Store, StoreOptions},
};
use steersman_server::{App, login_link_token};
use tokio::net::TcpListener;

/// Reads that may go on at once.
const READERS: u32 = 4;

/// A server in this process.
pub struct Assembled {
    pub runtime: Runtime,
    pub start: FirstStart,
    pub listener: TcpListener,
    pub url: String,
    /// For commands on this machine, with the owner's rights, for as long as this server runs.
    pub token: String,
    pub data_dir: DataDir,
    pub is_https: bool,
    _lock: Lock,
}

/// Opens everything and binds the address. Nothing is served yet.
pub async fn assemble(data_dir: &DataDir, listen: SocketAddr, is_https: bool) -> Result<Assembled> {
    let Some(lock) = data_dir.lock()? else {
        bail!(
            "a server is already running on {}; stop it first, or use another --data-dir",
            data_dir.path().display()
        );
    };
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("could not listen on {listen}; another program may use the port (choose one with --listen)")
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    let options = StoreOptions {
        path: data_dir.database(),
        readers: READERS,
    };
    let (store, writer) = Store::open(options, data_dir.keys()?)
        .await
        .map_err(|error| error.to_problem("Could not open the database"))?;
    let options = Options {
        plugins: plugins::all(),
        clock: Arc::new(SystemClock),
        watch_targets: true,
    };
    let runtime = Runtime::start(store, writer, options).await?;
    let start = runtime.first_start(&owner_name()).await?;
    let token = local_token(&runtime, &start.owner).await?;
    Ok(Assembled {
        runtime,
        start,
        listener,
        url,
        token,
        data_dir: data_dir.clone(),
        is_https,
        _lock: lock,
    })
}

impl Assembled {
    /// Serves until `until` resolves, then stops in order.
    pub async fn serve(self, until: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.data_dir.write_address(&Address {
            url: self.url.clone(),
            token: self.token.clone(),
        })?;
        let app = App::new(
            self.runtime.clone(),
            self.start.organization_id,
            self.url.clone(),
            self.is_https,
        );
        let stopping = self.runtime.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let until = async move {
            until.await;
            // Streams end when the runtime stops, so it stops first.
            stopping.shut_down().await;
            let _ = stop.send(());
        };
        let served = steersman_server::serve(app, self.listener, until).await;
        let _ = stopped.await;
        self.data_dir.remove_address();
        served.context("the server stopped unexpectedly")
    }

    /// A one-time login link for the page.
    pub async fn login_link(&self, user: &User) -> Result<String> {
        Ok(steersman_server::login_link(&self.runtime, &self.url, &actor(user), user).await?)
    }
}

/// A token for this machine's commands; the one of the start before is revoked.
async fn local_token(runtime: &Runtime, owner: &User) -> Result<String> {
    token_for(runtime, owner, "commands on this machine").await
}

/// A token of this name for a person; an older one of the same name is revoked.
pub async fn token_for(runtime: &Runtime, user: &User, name: &str) -> Result<String> {
    let now = runtime.now();
    let fail = |error: steersman_runtime::store::StoreError| error.to_problem("Could not make a token");
    for old in runtime.store().tokens(user.id).await.map_err(fail)? {
        if old.name == name && old.revoked_at.is_none() {
            let entry = runtime.audit_of(
                &actor(user),
                "token.revoked",
                format!("The token for {name} was renewed."),
                json!({}),
            );
            runtime
                .store()
                .revoke_token(user.id, old.id, now, entry)
                .await
                .map_err(fail)?;
        }
    }
    let token = format!("stm_{}", login_link_token());
    let entry = runtime.audit_of(&actor(user), "token.created", format!("A token for {name}."), json!({}));
    runtime
        .store()
        .create_token(
            TokenId::from_uuid(runtime.fresh_id()),
            user.id,
            name.into(),
            sha256_hex(token.as_bytes()),
            None,
            now,
            entry,
        )
        .await
        .map_err(fail)?;
    Ok(token)
}

/// A person at the command line of this machine, as the audit log names them.
pub fn actor(user: &User) -> Actor {
    Actor {
        user_id: user.id,
        name: user.name.clone(),
        organization_id: user.organization_id,
        role: user.role,
        face: Face::CommandLine,
        ip: None,
        user_agent: None,
    }
}

/// The owner is called like the person who starts the server.
fn owner_name() -> String {
    nix::unistd::User::from_uid(nix::unistd::getuid())
        .ok()
        .flatten()
        .map_or_else(|| "owner".into(), |user| user.name)
}
