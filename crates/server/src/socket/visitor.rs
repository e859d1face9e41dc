//! Who opened a socket, and who that is now.

use crate::{
    access::{Caller, check_same_origin},
    app::App,
    problem::{Failed, Result},
};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, HeaderValue, Request, header, request::Parts},
};
use std::net::SocketAddr;

/// The headers that say who somebody is. They are kept, so that everything asked later is asked as that person.
const KEPT: [HeaderName; 4] = [header::AUTHORIZATION, header::COOKIE, header::USER_AGENT, header::HOST];

/// The person behind a socket.
pub struct Visitor {
    pub caller: Caller,
    credentials: Credentials,
}

/// What a request in the visitor's name carries. Cheap to clone.
#[derive(Clone)]
pub struct Credentials {
    headers: HeaderMap,
    address: Option<ConnectInfo<SocketAddr>>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Failed;

    /// Errors: those of [`Caller`]; `auth.other_site` when a cookie came along with another site's page.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.login_id.is_some() {
            check_same_origin(&parts.headers)?;
        }
        let kept = KEPT
            .into_iter()
            .filter_map(|name| Some((name.clone(), parts.headers.get(&name)?.clone())));
        let credentials = Credentials {
            headers: kept.collect(),
            address: parts.extensions.get().copied(),
        };
        Ok(Visitor { caller, credentials })
    }
}

impl Visitor {
    pub fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    /// The same person as they are now. Errors: `auth.required` when the login or token no longer holds.
    pub async fn look_again(&self, app: &App) -> Result<Caller> {
        let (mut parts, ()) = self.credentials.dress(Request::new(())).into_parts();
        Caller::from_request_parts(&mut parts, app).await
    }
}

impl Credentials {
    /// The request as this person would send it from our own page, which was checked when the socket was opened.
    pub fn dress<T>(&self, mut request: Request<T>) -> Request<T> {
        request.headers_mut().extend(self.headers.clone());
        request
            .headers_mut()
            .insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        if let Some(address) = self.address {
            request.extensions_mut().insert(address);
        }
        request
    }
}
