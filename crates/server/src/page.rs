//! The embedded page, with headers that let it load nothing from anywhere else.

use crate::problem::Failed;
use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;
use std::{borrow::Cow, io::Read};

/// Everything the page may load or talk to is this server. Stricter than most: not even styles may stand in the text.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     object-src 'none'; form-action 'self'";

/// Files with a hash in their names never change.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Asked for anew each time, so that an upgrade is seen at once.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// What compressible files are kept as: `name.br` and `name.gz`, without the file itself.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// Names this build: version and a hash of the page. A page that carries another one is from before an upgrade.
pub const fn build_id() -> &'static str {
    env!("STEERSMAN_BUILD")
}

/// A file of the page, or the page itself for every other address that is none of the API's.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") || path.starts_with("v1/") || path == "mcp" {
        return Failed::new(
            "request.not_found",
            "Could not find it",
            "there is nothing at this address",
            "See /api/docs",
        )
        .into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Failed::new(
            "request.wrong_method",
            "Could not take the request",
            "this address does not take this method",
            "See /api/docs",
        )
        .into_response();
    }
    if path.starts_with("assets/") {
        return match file(path, &headers, FOR_GOOD) {
            Some(answer) => answer,
            // A page from before an upgrade asks for what is gone; nothing may remember that answer.
            None => (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        };
    }
    let found = match path {
        "" | "index.html" => None,
        _ => file(path, &headers, ASK_AGAIN),
    };
    found
        .or_else(|| file("index.html", &headers, ASK_AGAIN))
        .unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The file in the best form that the client takes: brotli, gzip, or as it was. Browsers take brotli only over HTTPS and
/// from this machine, so gzip is what a page on the local network travels in.
fn file(name: &str, headers: &HeaderMap, caching: HeaderValue) -> Option<Response> {
    let (encoding, data) = match Files::get(name) {
        Some(whole) => (None, whole.data),
        None if takes(headers, "br") => (Some("br"), Files::get(&format!("{name}.br"))?.data),
        None => {
            let packed = Files::get(&format!("{name}.gz"))?.data;
            if takes(headers, "gzip") {
                (Some("gzip"), packed)
            } else {
                (None, Cow::Owned(unpacked(&packed)?))
            }
        }
    };
    let mut answer = (
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
            (header::CACHE_CONTROL, caching),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ],
        data.into_owned(),
    )
        .into_response();
    if let Some(encoding) = encoding {
        answer
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(answer)
}

/// True when the client names this encoding and does not weigh it with nothing (RFC 9110, 12.5.3).
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accepted.split(',').any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight != Some(0.0)
    })
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut whole).ok()?;
    Some(whole)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))])
    }

    #[test]
    fn an_encoding_is_sent_only_to_who_takes_it() {
        for (accepts, br, gzip) in [
            ("gzip, deflate, br", true, true),
            ("gzip", false, true),
            ("br;q=0, gzip;q=0.5", false, true),
            ("BR", true, false),
            ("", false, false),
            ("identity", false, false),
        ] {
            let headers = accepting(accepts);
            assert_eq!(
                (takes(&headers, "br"), takes(&headers, "gzip")),
                (br, gzip),
                "{accepts}"
            );
        }
    }

    #[test]
    fn the_build_is_named_with_its_version() {
        assert!(build_id().starts_with(env!("CARGO_PKG_VERSION")));
    }
}
