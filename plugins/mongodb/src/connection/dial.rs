//! Opens clients of one deployment.

use crate::{
    problem,
    settings::{Settings, TlsMode},
};
use mongodb::{
    Client,
    options::{ClientOptions, Credential, ReadPreference, SelectionCriteria, ServerAddress, Tls, TlsOptions},
};
use std::time::Duration;
use steersman_toolkit::{ExposeSecret, SecretString, protocol::Problem};

/// A server that does not answer within this time is not there.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Everything needed to open a client, unsealed password included. Never printed.
pub(crate) struct Dialer {
    options: ClientOptions,
}

impl Dialer {
    /// Errors: `mongodb.bad_settings`.
    pub(crate) fn new(settings: &Settings, password: Option<&SecretString>) -> Result<Self, Problem> {
        let mut options = ClientOptions::default();
        options.hosts = settings
            .host_list()
            .into_iter()
            .map(ServerAddress::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| problem::bad_hosts())?;
        options.repl_set_name = settings.replica_set.clone();
        // Members may announce names that only they can reach: without a set's name we stay with the one we were given.
        options.direct_connection = Some(settings.replica_set.is_none() && options.hosts.len() == 1);
        options.connect_timeout = Some(CONNECT_WITHIN);
        options.server_selection_timeout = Some(CONNECT_WITHIN);
        options.retry_writes = Some(false);
        options.selection_criteria = Some(prefer_primary());
        options.tls = Some(match settings.tls {
            TlsMode::Disable => Tls::Disabled,
            TlsMode::Require => {
                let mut tls = TlsOptions::default();
                tls.allow_invalid_certificates = Some(true);
                Tls::Enabled(tls)
            }
            TlsMode::VerifyFull => Tls::Enabled(TlsOptions::default()),
        });
        if let Some(user) = &settings.user {
            if password.is_none() {
                return Err(problem::no_password(user));
            }
            let mut credential = Credential::default();
            credential.username = Some(user.clone());
            credential.source = Some(settings.auth_source.clone());
            credential.password = password.map(|password| password.expose_secret().to_owned());
            options.credential = Some(credential);
        }
        Ok(Self { options })
    }

    /// A client that connects when first used. `name` is what the server shows of us.
    pub(crate) fn client(&self, name: &str, connections: u32) -> Result<Client, Problem> {
        let mut options = self.options.clone();
        options.app_name = Some(name.to_owned());
        options.max_pool_size = Some(connections);
        Client::with_options(options).map_err(|_| problem::bad_hosts())
    }
}

/// Reads go to the primary while there is one: a secondary may be behind.
pub(crate) fn prefer_primary() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::PrimaryPreferred { options: None })
}
