//! The server as a process of its own: started on a data directory, asked over HTTP, stopped or killed.

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// A start, a request or an orderly stop that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// How to start `steersman up`, or a program that takes the same arguments.
#[derive(Clone, Debug)]
pub struct Launch {
    binary: PathBuf,
    data_dir: PathBuf,
}

/// A process that has been spawned and is not yet known to be ready. Dropping it kills it.
pub struct Starting {
    child: Child,
    output: BufReader<ChildStdout>,
    data_dir: PathBuf,
    began: Instant,
}

/// A ready server. Dropping it kills it.
pub struct ServerProcess {
    child: Child,
    http: Http,
    /// From spawning to the first answer that it is ready.
    pub ready_after: Duration,
}

/// A client with the owner's token. Outlives the process; then every request fails.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    url: String,
    token: String,
}

impl Launch {
    pub fn new(binary: &Path, data_dir: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
        }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Spawns it on a free loopback port; its log is appended to `server.log` in the data directory.
    pub fn spawn(&self) -> Result<Starting> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.data_dir.join("server.log"))?;
        let began = Instant::now();
        let mut child = Command::new(&self.binary)
            .arg("--json")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .args(["up", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("Could not start {}", self.binary.display()))?;
        let output = child.stdout.take().context("the process has no output")?;
        Ok(Starting {
            child,
            output: BufReader::new(output),
            data_dir: self.data_dir.clone(),
            began,
        })
    }

    pub async fn start(&self) -> Result<ServerProcess> {
        self.spawn()?.ready().await
    }
}

impl Starting {
    /// Waits until it answers that it is ready.
    pub async fn ready(mut self) -> Result<ServerProcess> {
        let (http, ready_after) = timeout(PATIENCE, self.until_ready())
            .await
            .context("The server was not ready in time")??;
        Ok(ServerProcess {
            child: self.child,
            http,
            ready_after,
        })
    }

    async fn until_ready(&mut self) -> Result<(Http, Duration)> {
        // It says its address when the port is bound; a request then waits in the port's queue until it is served.
        let mut line = String::new();
        self.output.read_line(&mut line).await?;
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            let log = std::fs::read_to_string(self.data_dir.join("server.log")).unwrap_or_default();
            let tail: String = log.lines().rev().take(5).collect::<Vec<_>>().join("\n");
            bail!("The server ended instead of starting: {line}{tail}");
        };
        let url = said["url"].as_str().context("the server named no address")?.to_owned();
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let answer = client.get(format!("{url}/readyz")).send().await?;
        let ready_after = self.began.elapsed();
        if !answer.status().is_success() {
            bail!("The server is not ready: {}", answer.text().await?);
        }
        let address = std::fs::read_to_string(self.data_dir.join("server.json"))?;
        let address: Value = serde_json::from_str(&address)?;
        let token = address["token"]
            .as_str()
            .context("server.json has no token")?
            .to_owned();
        Ok((Http { client, url, token }, ready_after))
    }

    /// `kill -9`, whatever it is doing.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

impl ServerProcess {
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    pub fn http(&self) -> Http {
        self.http.clone()
    }

    /// Asks it to stop in order, and waits.
    pub async fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.id())?;
        kill(Pid::from_raw(id), Signal::SIGTERM)?;
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .context("The server did not stop in time")??;
        anyhow::ensure!(status.success(), "the server stopped with {status}");
        Ok(())
    }

    /// `kill -9`.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

impl Http {
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of the `Authorization` header.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// The JSON of a successful answer. Fails on any other.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = answer.send().await?;
        let status = answer.status();
        anyhow::ensure!(status.is_success(), "GET {path}: {status} {}", answer.text().await?);
        Ok(answer.json().await?)
    }

    /// Status and JSON of the answer. Fails only when there is no answer.
    pub async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token).json(body);
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.context("the answer was cut off")?))
    }

    /// An open stream of server-sent events.
    pub async fn stream(&self, path: &str) -> Result<reqwest::Response> {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token).header("accept", "text/event-stream");
        Ok(request.send().await?.error_for_status()?)
    }
}
