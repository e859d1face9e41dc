//! Steersman in the test's own process: a real store in a folder of its own, the real runtime and plugins, the real
//! HTTP server on a free loopback port. Only the clock may be one that the test moves.
//!
//! The app runs on a tokio runtime of its own, so that [`TestApp::crash`] can end it as `kill -9` would: tasks stop
//! where they are and nothing is told or tidied. The store blocks in place, so tests are
//! `#[tokio::test(flavor = "multi_thread")]`.

mod ask;
mod client;
mod clock;
pub mod logs;
mod people;
mod socket;
mod stream;

pub use ask::{Asked, only_call};
pub use client::{Client, Reply};
pub use clock::ManualClock;
pub use people::Person;
pub use socket::Socket;
pub use stream::{EventStream, Frame};

use crate::{model_server, postgres::Database};
use people::People;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use steersman_protocol::{OrganizationId, ServerId, Target};
use steersman_runtime::{
    Clock, FirstStart, Options, Runtime, SystemClock,
    store::{KeyRing, Store, StoreOptions},
    toolkit::Plugin,
};
use tempfile::TempDir;

/// Threads of the app: one to block in the database, the rest to go on.
const THREADS: usize = 3;
/// How long a crashed app's threads may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(20);

/// What a test may want different from the usual.
#[derive(Clone, Default)]
pub struct Setup {
    /// Beside host and postgres.
    pub plugins: Vec<Arc<dyn Plugin>>,
    /// The clock to use; the machine's when absent.
    pub clock: Option<Arc<ManualClock>>,
    /// Look at all targets every 30 s, as in production. Off by default: tests count what a target sees.
    pub watch_targets: bool,
    /// Stands around every plugin, at every start.
    pub around: Option<Around>,
}

/// Makes one plugin of another.
pub type Around = Arc<dyn Fn(Arc<dyn Plugin>) -> Arc<dyn Plugin> + Send + Sync>;

/// A running Steersman with an owner, an operator, a colleague (another operator), a developer, a viewer, and a
/// stranger (the owner of another organization). Dropping it crashes it and removes its data.
pub struct TestApp {
    running: Option<Running>,
    people: People,
    setup: Setup,
    folder: TempDir,
}

struct Running {
    threads: tokio::runtime::Runtime,
    runtime: Runtime,
    start: FirstStart,
    address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl TestApp {
    /// With the machine's clock and no further plugins.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        logs::capture();
        let folder = tempfile::Builder::new()
            .prefix("steersman-app-")
            .tempdir()
            .expect("a folder for the app");
        let running = launch(folder.path(), &setup).await;
        let people = People::settle(&running.runtime, &running.start).await;
        Self {
            running: Some(running),
            people,
            setup,
            folder,
        }
    }

    /// Ends the app as `kill -9` would, and starts it again on the same data. Addresses change; people, tokens and
    /// targets stay.
    pub async fn restart(&mut self) {
        self.crash().await;
        self.start_again().await;
    }

    /// Ends the app as `kill -9` would.
    pub async fn crash(&mut self) {
        let Some(running) = self.running.take() else { return };
        let Running { threads, .. } = running;
        tokio::task::spawn_blocking(move || threads.shutdown_timeout(GONE_WITHIN))
            .await
            .expect("the app's threads end");
    }

    /// Stops the app in order, as at a SIGTERM, and returns when the last answer is sent.
    pub async fn shut_down(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.runtime.shut_down().await;
        let _ = running.stop.send(());
        let _ = running.served.await;
        let threads = running.threads;
        tokio::task::spawn_blocking(move || threads.shutdown_timeout(GONE_WITHIN))
            .await
            .expect("the app's threads end");
    }

    /// Starts an app that was crashed or shut down.
    pub async fn start_again(&mut self) {
        assert!(self.running.is_none(), "the app is running");
        self.running = Some(launch(self.folder.path(), &self.setup).await);
    }

    pub fn runtime(&self) -> &Runtime {
        &self.running().runtime
    }
    pub fn store(&self) -> &Store {
        self.runtime().store()
    }
    pub fn organization_id(&self) -> OrganizationId {
        self.running().start.organization_id
    }
    pub fn server_id(&self) -> ServerId {
        self.running().start.server_id
    }
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.running().address)
    }
    pub fn address(&self) -> SocketAddr {
        self.running().address
    }
    /// The folder with database and key.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
    pub fn database_file(&self) -> PathBuf {
        self.folder.path().join("steersman.db")
    }

    /// One of `owner`, `operator`, `colleague`, `developer`, `viewer`, `stranger`.
    pub fn person(&self, name: &str) -> &Person {
        self.people.find(name)
    }

    /// Requests with this person's token.
    pub fn as_(&self, name: &str) -> Client {
        Client::new(self.url(), Some(self.person(name).token.clone()))
    }

    /// Requests without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(self.url(), None)
    }

    /// Adds a PostgreSQL target in production, as the owner does, and returns it.
    pub async fn add_postgres(&self, name: &str, database: &Database) -> Target {
        self.add_postgres_at(name, &database.url).await
    }

    /// The same for a `postgres://` address.
    pub async fn add_postgres_at(&self, name: &str, url: &str) -> Target {
        let config = tokio_postgres::Config::from_str(url).expect("an address of PostgreSQL");
        let host = match config.get_hosts() {
            [tokio_postgres::config::Host::Tcp(host), ..] => host.clone(),
            other => panic!("no TCP host in the address: {other:?}"),
        };
        let settings = json!({
            "host": host,
            "port": config.get_ports().first().copied().unwrap_or(5432),
            "database": config.get_dbname().expect("a database"),
            "user": config.get_user().expect("a user"),
            "password": config.get_password().map(|password| String::from_utf8_lossy(password).into_owned()),
        });
        self.add_target(name, "postgres", settings).await
    }

    /// Adds a target of any plugin in production, as the owner does, and returns it.
    pub async fn add_target(&self, name: &str, plugin: &str, settings: Value) -> Target {
        let body = json!({ "name": name, "plugin": plugin, "environment": "production", "settings": settings });
        let path = format!("/api/servers/{}/plugins", self.server_id());
        let reply = self.as_("owner").post(&path, &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        serde_json::from_value(reply.json()).expect("a target")
    }

    /// Asks this model from now on instead of the built-in provider.
    pub async fn use_model(&self, model: &model_server::ScriptedModel) {
        self.use_model_at(&model.base_url(), "planted-model-key").await;
    }

    /// The same for any address and key.
    pub async fn use_model_at(&self, base_url: &str, api_key: &str) {
        let body = json!({
            "name": "scripted", "base_url": base_url, "model": model_server::MODEL, "api_key": api_key, "is_default": true,
        });
        let reply = self.as_("owner").post("/api/models", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the app is running")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // A runtime may not wait for its threads inside of another one.
            running.threads.shutdown_background();
        }
    }
}

async fn launch(folder: &Path, setup: &Setup) -> Running {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("app")
        .enable_all()
        .build()
        .expect("threads for the app");
    let (folder, setup) = (folder.to_owned(), setup.clone());
    let opened = threads
        .spawn(async move { open(&folder, setup).await })
        .await
        .expect("the app starts");
    let (runtime, start, listener) = opened;
    let address = listener.local_addr().expect("a bound listener has an address");
    let app = steersman_server::App::new(
        runtime.clone(),
        start.organization_id,
        format!("http://{address}"),
        false,
    );
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let served = threads.spawn(steersman_server::serve(app, listener, async move {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    }));
    Running {
        threads,
        runtime,
        start,
        address,
        stop,
        served,
    }
}

async fn open(folder: &Path, setup: Setup) -> (Runtime, FirstStart, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free loopback port");
    let keys = KeyRing::load_or_create(&folder.join("master.key")).expect("a master key");
    let options = StoreOptions {
        path: folder.join("steersman.db"),
        readers: 4,
    };
    let (store, writer) = Store::open(options, keys).await.expect("the store opens");
    let mut plugins: Vec<Arc<dyn Plugin>> = vec![
        Arc::new(steersman_plugin_host::Host),
        Arc::new(steersman_plugin_postgres::Postgres),
        Arc::new(steersman_plugin_mongodb::MongoDb),
    ];
    plugins.extend(setup.plugins);
    if let Some(around) = setup.around {
        plugins = plugins.into_iter().map(|plugin| around(plugin)).collect();
    }
    let options = Options {
        plugins,
        clock: match setup.clock {
            Some(clock) => clock as Arc<dyn Clock>,
            None => Arc::new(SystemClock),
        },
        watch_targets: setup.watch_targets,
    };
    let runtime = Runtime::start(store, writer, options)
        .await
        .expect("the runtime starts");
    let start = runtime.first_start("owner").await.expect("the first start");
    (runtime, start, listener)
}
