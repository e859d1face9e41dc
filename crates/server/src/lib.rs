//! The only HTTP: routes, login, OpenAPI and the embedded page.
//!
//! One file an endpoint, `routes/<noun>/<verb>.rs`; the router only lists them. A handler reads the request, names the
//! permission it needs, submits or reads, and says what came of it. A good addition is an endpoint. Deliberately
//! absent: decisions, SQL, and any way to act that is not [`Runtime::submit`].

mod access;
mod app;
mod attempts;
mod docs;
mod page;
mod problem;
mod request;
mod router;
mod routes;
mod stream;

pub use access::{hash_password, login_link, login_link_token};
pub use app::App;
pub use router::{openapi, router};
pub use steersman_runtime::Runtime;

use std::net::SocketAddr;

/// Serves until the runtime stops or `until` resolves. Open streams end first.
pub async fn serve(
    app: App,
    listener: tokio::net::TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(until).await
}
