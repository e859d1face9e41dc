//! What every handler holds.

use crate::{access::Failures, socket::Hall};
use std::sync::Arc;
use steersman_protocol::OrganizationId;
use steersman_runtime::Runtime;

/// Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub runtime: Runtime,
    /// The organization that people sign in to by name. Several organizations come with their own addresses later.
    pub organization_id: OrganizationId,
    /// Where this server is, for links to it.
    pub url: String,
    /// Whether cookies may only travel over HTTPS.
    pub is_https: bool,
    pub(crate) failures: Arc<Failures>,
    /// What open WebSockets share.
    pub(crate) hall: Arc<Hall>,
}

impl App {
    pub fn new(runtime: Runtime, organization_id: OrganizationId, url: String, is_https: bool) -> Self {
        Self {
            runtime,
            organization_id,
            url,
            is_https,
            failures: Arc::default(),
            hall: Arc::default(),
        }
    }
}
