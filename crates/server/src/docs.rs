//! `/api/docs`: the generated OpenAPI document as a page to read, without scripts from anywhere.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use utoipa::openapi::{OpenApi, path::Operation};

/// One section an operation, in the order of the document.
pub fn page(document: &OpenApi) -> Response {
    let mut body = String::new();
    for (path, item) in &document.paths.paths {
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                body.push_str(&section(method, path, operation));
            }
        }
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Steersman API</title><link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body class=\"docs\"><main>\
         <h1>Steersman API</h1><p>The machine-readable form is <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1). \
         Errors are RFC 9457 problem documents with a stable code.</p>{body}</main></body></html>"
    ))
    .into_response()
}

/// What the page looks like. A file of its own: our policy takes no styles within a page.
pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("docs.css"),
    )
}

fn section(method: &str, path: &str, operation: &Operation) -> String {
    let summary = operation.summary.as_deref().unwrap_or_default();
    let description = operation.description.as_deref().unwrap_or_default();
    format!(
        "<section><h2><code>{method} {}</code></h2><p>{}</p><p>{}</p></section>",
        escape(path),
        escape(summary),
        escape(description)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
