//! Opens connections to one server.

use super::{Link, tls};
use crate::{
    problem,
    settings::{Settings, SslMode},
};
use std::time::Duration;
use steersman_toolkit::{ExposeSecret, SecretString, protocol::Problem};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

/// A server that does not answer within this time is not there.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How every session of ours begins: dates, intervals and bytes in the forms that we read.
const SESSION_SETUP: &str = "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; \
     SET extra_float_digits = 1";

/// Everything needed to open a connection, unsealed password included. Never printed.
pub(crate) struct Dialer {
    config: Config,
    tls: MakeRustlsConnect,
    place: String,
}

impl Dialer {
    /// Errors: `postgres.no_trusted_roots`.
    pub(crate) fn new(settings: &Settings, password: Option<&SecretString>) -> Result<Self, Problem> {
        let mut config = Config::new();
        config
            .host(&settings.host)
            .port(settings.port)
            .dbname(&settings.database)
            .user(&settings.user)
            .connect_timeout(CONNECT_WITHIN)
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(20))
            .ssl_mode(match settings.ssl_mode {
                // A unix socket stays on this machine; the server offers no encryption there.
                _ if settings.is_socket() => tokio_postgres::config::SslMode::Disable,
                SslMode::Disable => tokio_postgres::config::SslMode::Disable,
                SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
                SslMode::Require | SslMode::VerifyFull => tokio_postgres::config::SslMode::Require,
            });
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        Ok(Self {
            config,
            tls: tls::connector(settings)?,
            place: settings.place(),
        })
    }

    /// Opens a session. `application_name` is what the server's views and log show of us.
    ///
    /// Errors: those of [`problem::of_connecting`].
    pub(crate) async fn open(&self, application_name: &str) -> Result<Link, Problem> {
        let mut config = self.config.clone();
        config.application_name(application_name);
        let opening = async {
            let (client, connection) = config.connect(self.tls.clone()).await?;
            let mut link = Link::new(client, connection, self.tls.clone());
            link.batch_unbounded(SESSION_SETUP).await?;
            Ok::<_, tokio_postgres::Error>(link)
        };
        // A server can accept the connection and then say nothing.
        match tokio::time::timeout(CONNECT_WITHIN + Duration::from_secs(1), opening).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(error)) => Err(problem::of_connecting(&self.place, &error)),
            Err(_) => Err(problem::silent(&self.place)),
        }
    }
}
