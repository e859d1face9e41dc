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
mod socket;
mod stream;
pub mod ui_stream;

pub use access::{hash_password, login_link, login_link_token};
pub use app::App;
pub use router::{openapi, router};
pub use steersman_runtime::Runtime;

use std::{net::SocketAddr, time::Duration};

/// Requests under way may take this long to end once the server stops.
const PATIENCE: Duration = Duration::from_secs(3);

/// Serves until `until` resolves, and then lets requests under way end for 3 s: somebody who sent half a request must
/// not keep the process alive. Streams end when the runtime stops.
pub async fn serve(
    app: App,
    listener: tokio::net::TcpListener,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let until = async move {
        until.await;
        let _ = stop.send(());
    };
    let too_long = async move {
        let _ = stopped.await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(until).into_future() => served,
        () = too_long => Ok(()),
    }
}
