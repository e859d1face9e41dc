//! The embedded page, with headers that let it load nothing from anywhere else.

use axum::{
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

/// Everything the page may load or talk to is this server.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'";

#[derive(RustEmbed)]
#[folder = "page/"]
#[exclude = "*.md"]
struct Files;

/// A file of the page, or the page itself for every other address that is none of the API's.
pub async fn serve(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(name) = path.strip_prefix("assets/") {
        return match Files::get(name) {
            Some(file) => answer(name, file.data.into_owned()),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    if path == "api" || path.starts_with("api/") || path.starts_with("v1/") || path == "mcp" {
        return crate::problem::Failed::new(
            "request.not_found",
            "Could not find it",
            "there is nothing at this address",
            "See /api/docs",
        )
        .into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return crate::problem::Failed::new(
            "request.wrong_method",
            "Could not take the request",
            "this address does not take this method",
            "See /api/docs",
        )
        .into_response();
    }
    match Files::get("index.html") {
        Some(file) => answer("index.html", file.data.into_owned()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(name: &str, data: Vec<u8>) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        // Files have no hash in their names yet: asked for anew, so that an upgrade is seen at once.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, data).into_response()
}
