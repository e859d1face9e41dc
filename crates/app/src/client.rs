//! The command line's side of the API.

use crate::{
    cli::Cli,
    data_dir::{Address, DataDir},
    serve,
};
use anyhow::{Context, Result, bail};
use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{net::SocketAddr, pin::Pin, time::Duration};
use steersman_protocol::Problem;

/// Talks to a server: a given one, the running one of this data directory, or one that it starts for this command.
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    pub data_dir: Option<DataDir>,
    /// True when the server ends with this command: what waits then is taken up by the next one.
    pub is_own_server: bool,
}

/// A server of our own for this command. It has to be polled while the command works.
pub struct OwnServer {
    pub stop: tokio::sync::oneshot::Sender<()>,
    pub served: Pin<Box<dyn Future<Output = Result<()>>>>,
}

impl Client {
    pub async fn connect(cli: &Cli) -> Result<(Self, Option<OwnServer>)> {
        let http = http()?;
        if let Some(url) = &cli.url {
            let token = cli
                .token
                .clone()
                .context("a server was given but no token; set --token or STEERSMAN_TOKEN")?;
            let url = url.trim_end_matches('/').to_owned();
            return Ok((
                Self {
                    http,
                    url,
                    token,
                    data_dir: None,
                    is_own_server: false,
                },
                None,
            ));
        }
        let data_dir = DataDir::open(cli.data_dir.as_deref())?;
        if let Some(lock) = data_dir.lock()? {
            drop(lock);
            return Self::with_own_server(http, data_dir).await;
        }
        // The server holds the directory; it writes its address when it is ready.
        for _ in 0..100 {
            if let Some(address) = data_dir.address() {
                let Address { url, token } = address;
                return Ok((
                    Self {
                        http,
                        url,
                        token,
                        data_dir: Some(data_dir),
                        is_own_server: false,
                    },
                    None,
                ));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "a server is running on {} but did not say where; restart it",
            data_dir.path().display()
        );
    }

    /// A client of a server whose address and token are known.
    pub fn to(url: &str, token: &str) -> Result<Self> {
        Ok(Self {
            http: http()?,
            url: url.to_owned(),
            token: token.to_owned(),
            data_dir: None,
            is_own_server: false,
        })
    }

    async fn with_own_server(http: reqwest::Client, data_dir: DataDir) -> Result<(Self, Option<OwnServer>)> {
        let assembled = serve::assemble(&data_dir, SocketAddr::from(([127, 0, 0, 1], 0)), false).await?;
        let (url, token) = (assembled.url.clone(), assembled.token.clone());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served = Box::pin(assembled.serve(async move {
            let _ = stopped.await;
        }));
        let client = Self {
            http,
            url,
            token,
            data_dir: Some(data_dir),
            is_own_server: true,
        };
        Ok((client, Some(OwnServer { stop, served })))
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Method::GET, path, None).await
    }
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T> {
        self.call(Method::POST, path, Some(body)).await
    }
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T> {
        self.call(Method::PUT, path, Some(body)).await
    }
    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T> {
        self.call(Method::PATCH, path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.call::<Value>(Method::DELETE, path, None).await.map(|_| ())
    }

    /// The text of an answer, as it is.
    pub async fn text(&self, path: &str) -> Result<String> {
        let response = self.send(Method::GET, path, None).await?;
        Ok(response.text().await?)
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<Value>) -> Result<T> {
        let response = self.send(method, path, body).await?;
        let bytes = if response.status() == StatusCode::NO_CONTENT {
            b"null".to_vec()
        } else {
            response.bytes().await?.to_vec()
        };
        serde_json::from_slice(&bytes)
            .context("the server answered in a form that this program does not know; are both the same version?")
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<reqwest::Response> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if method != Method::GET {
            request = request.header("idempotency-key", uuid::Uuid::now_v7().to_string());
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("could not reach the server at {}", self.url))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => Err(problem.into()),
            Err(_) => bail!("the server answered {status}"),
        }
    }

    /// Follows server-sent events until the stream ends or `each` says that it is enough.
    pub async fn follow(&self, path: &str, mut each: impl FnMut(&str, Value) -> Follow) -> Result<()> {
        let response = self.send(Method::GET, path, None).await?;
        let mut chunks = response.bytes_stream();
        let mut buffer = Vec::new();
        while let Some(chunk) = chunks.next().await {
            buffer.extend_from_slice(&chunk.context("the connection to the server broke")?);
            while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = buffer.drain(..end + 2).collect();
                if let Some((kind, data)) = parse_frame(&String::from_utf8_lossy(&frame))
                    && each(&kind, data) == Follow::Enough
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn http() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().user_agent(concat!("steersman-cli/", env!("CARGO_PKG_VERSION")));
    Ok(builder.connect_timeout(Duration::from_secs(5)).build()?)
}

/// Whether to go on following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    On,
    Enough,
}

fn parse_frame(frame: &str) -> Option<(String, Value)> {
    let mut kind = "message".to_owned();
    let mut data = String::new();
    for line in frame.lines() {
        if let Some(rest) = line.strip_prefix("event:") {
            kind = rest.trim().to_owned();
        } else if let Some(rest) = line.strip_prefix("data:") {
            data.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        }
    }
    (!data.is_empty())
        .then(|| serde_json::from_str(&data).ok().map(|data| (kind, data)))
        .flatten()
}
