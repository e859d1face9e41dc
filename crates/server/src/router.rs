//! The list of all endpoints, and what surrounds them.

use crate::{app::App, attempts, page, problem::Failed, routes, socket::Rest};
use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
};
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body of a request.
const BODY_BYTES: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Steersman",
        description = "A self-hosted operations console that you talk to."
    ),
    components(schemas(
        crate::problem::ProblemDocument,
        crate::ui_stream::told::CallData,
        crate::ui_stream::told::NoticeData
    ))
)]
struct Document;

/// The OpenAPI 3.1 document of everything below `/api`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// All of HTTP.
pub fn router(app: App) -> Router {
    let (api, document) = documented().split_for_parts();
    let document_for_page = document.clone();
    // What a socket asks in its client's name. Without the layers that only dress an answer for a browser.
    let rest = rest_documented()
        .split_for_parts()
        .0
        .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn_with_state(app.clone(), attempts::record))
        .with_state(app.clone());
    let static_header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    api.route(
        "/api/openapi.json",
        axum::routing::get(move || async move { axum::Json(document) }),
    )
    .route(
        "/api/docs",
        axum::routing::get(move || async move { crate::docs::page(&document_for_page) }),
    )
    .route("/api/docs.css", axum::routing::get(crate::docs::style))
    .fallback(page::serve)
    .method_not_allowed_fallback(|| async {
        Failed::new(
            "request.wrong_method",
            "Could not take the request",
            "this address does not take this method",
            "See /api/docs",
        )
    })
    .layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                axum::response::IntoResponse::into_response(Failed::new(
                    "runtime.bug",
                    "Could not answer the request",
                    "the code behind it failed unexpectedly",
                    "Report this as a bug; the log has the details",
                ))
            }))
            .layer(static_header(
                header::CONTENT_SECURITY_POLICY,
                page::CONTENT_SECURITY_POLICY,
            ))
            .layer(static_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(static_header(
                HeaderName::from_static("x-steersman-build"),
                page::build_id(),
            ))
            .layer(static_header(header::REFERRER_POLICY, "no-referrer"))
            .layer(static_header(
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ))
            // Enforced where a body is read, so that the refusal is a problem document like any other.
            .layer(axum::extract::DefaultBodyLimit::max(BODY_BYTES))
            .layer(axum::middleware::from_fn_with_state(app.clone(), attempts::record))
            .layer(axum::Extension(Rest(rest))),
    )
    .with_state(app)
}

fn documented() -> OpenApiRouter<App> {
    rest_documented().routes(routes!(routes::system::socket::socket))
}

/// All but the WebSocket.
fn rest_documented() -> OpenApiRouter<App> {
    use routes::{
        approvals, audit, auth, custom_tools, executions, metrics, plugins, policy, providers, roles, runs, servers,
        sessions, system, targets, tokens, tools, users,
    };
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::link::link))
        .routes(routes!(auth::links::links))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::me::me))
        .routes(routes!(tokens::list::list))
        .routes(routes!(tokens::create::create))
        .routes(routes!(tokens::revoke::revoke))
        .routes(routes!(users::list::list))
        .routes(routes!(users::create::create))
        .routes(routes!(users::change::change))
        .routes(routes!(sessions::list::list))
        .routes(routes!(sessions::create::create))
        .routes(routes!(sessions::get::get))
        .routes(routes!(sessions::rename::rename))
        .routes(routes!(sessions::close::close))
        .routes(routes!(sessions::reopen::reopen))
        .routes(routes!(sessions::leaf::leaf))
        .routes(routes!(sessions::read::read))
        .routes(routes!(sessions::delete::delete))
        .routes(routes!(sessions::messages::messages))
        .routes(routes!(sessions::send::send))
        .routes(routes!(sessions::events::events))
        .routes(routes!(sessions::stream::stream))
        .routes(routes!(sessions::transcript::transcript))
        .routes(routes!(runs::list::list))
        .routes(routes!(runs::get::get))
        .routes(routes!(runs::events::events))
        .routes(routes!(runs::cancel::cancel))
        .routes(routes!(executions::secrets::secrets))
        .routes(routes!(executions::reveal::reveal))
        .routes(routes!(approvals::list::list))
        .routes(routes!(approvals::get::get))
        .routes(routes!(approvals::approve::approve))
        .routes(routes!(approvals::reject::reject))
        .routes(routes!(audit::list::list))
        .routes(routes!(audit::get::get))
        .routes(routes!(audit::stats::stats))
        .routes(routes!(audit::export::export))
        .routes(routes!(audit::verify::verify))
        .routes(routes!(audit::erase::erase))
        .routes(routes!(tools::list::list))
        .routes(routes!(tools::execute::execute))
        .routes(routes!(custom_tools::list::list))
        .routes(routes!(custom_tools::create::create))
        .routes(routes!(custom_tools::test::test))
        .routes(routes!(custom_tools::change::change))
        .routes(routes!(custom_tools::remove::remove))
        .routes(routes!(plugins::list::list))
        .routes(routes!(targets::try_settings::try_settings))
        .routes(routes!(servers::list::list))
        .routes(routes!(metrics::series::series))
        .routes(routes!(targets::list_all::list_all))
        .routes(routes!(targets::list::list))
        .routes(routes!(targets::create::create))
        .routes(routes!(targets::get::get))
        .routes(routes!(targets::change::change))
        .routes(routes!(targets::remove::remove))
        .routes(routes!(targets::health::health))
        .routes(routes!(targets::tools::tools))
        .routes(routes!(targets::execute::execute))
        .routes(routes!(policy::get::get))
        .routes(routes!(policy::put::put))
        .routes(routes!(policy::simulate::simulate))
        .routes(routes!(policy::matrix::matrix))
        .routes(routes!(policy::revisions::revisions))
        .routes(routes!(policy::revision::revision))
        .routes(routes!(roles::list::list))
        .routes(routes!(providers::list::list))
        .routes(routes!(providers::create::create))
        .routes(routes!(providers::change::change))
        .routes(routes!(providers::test::test))
        .routes(routes!(providers::remove::remove))
        .routes(routes!(system::overview::overview))
        .routes(routes!(system::suggestions::suggestions))
        .routes(routes!(system::events::events))
        .routes(routes!(system::health::healthz))
        .routes(routes!(system::ready::readyz))
}
