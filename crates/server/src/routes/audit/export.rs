//! The record as a file.

use super::Filter;
use crate::{
    access::Caller,
    app::App,
    problem::{Failed, Result, While},
    request::Query,
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use steersman_protocol::{AuditEntry, Permission};
use steersman_runtime::store::{PageRequest, StoreError};

#[derive(Deserialize, utoipa::IntoParams)]
pub struct Format {
    /// `csv` or `jsonl`.
    format: String,
}

const COLUMNS: &str = "number,at,action,result,risk,user,tool,target,plugin,approver,sentence,ip,run_id,hash\n";

/// Export matching entries, newest first, as CSV or JSON Lines. Needs `audit:read`.
#[utoipa::path(get, path = "/api/audit/export", tag = "audit", params(Filter, Format), responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(format): Query<Format>,
) -> Result<Response> {
    let what = "Could not export the audit log";
    caller.must(&app, Permission::AUDIT_READ, what).await?;
    let is_csv = match format.format.as_str() {
        "csv" => true,
        "jsonl" => false,
        other => {
            return Err(Failed::new(
                "request.bad_format",
                what,
                format!("\"{other}\" is no format"),
                "Use csv or jsonl",
            ));
        }
    };
    let filter = steersman_runtime::store::AuditFilter::from(filter);
    let store = app.runtime.store().clone();
    let organization_id = caller.actor.organization_id;
    // A page at a time: an export of millions of entries holds 500 of them in memory.
    let first = store
        .audit(
            organization_id,
            filter.clone(),
            PageRequest {
                limit: 500,
                cursor: None,
            },
        )
        .await
        .doing(what)?;
    let chunks = futures::stream::unfold((Some(Ok(first)), true), move |(page, is_first)| {
        let (store, filter) = (store.clone(), filter.clone());
        async move {
            let page = match page? {
                Ok(page) => page,
                // The connection breaks: half an export must not look like a whole one.
                Err(error) => return Some((Err(error), (None, false))),
            };
            let mut text = if is_first && is_csv {
                COLUMNS.to_owned()
            } else {
                String::new()
            };
            for entry in &page.items {
                text.push_str(&if is_csv { csv_line(entry) } else { json_line(entry) });
            }
            let next = match page.next_cursor {
                Some(cursor) => {
                    let rest = PageRequest {
                        limit: 500,
                        cursor: Some(cursor),
                    };
                    Some(store.audit(organization_id, filter, rest).await)
                }
                None => None,
            };
            Some((Ok::<_, StoreError>(Bytes::from(text)), (next, false)))
        }
    });
    let (kind, name) = if is_csv {
        ("text/csv; charset=utf-8", "audit.csv")
    } else {
        ("application/jsonl", "audit.jsonl")
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

fn json_line(entry: &AuditEntry) -> String {
    serde_json::to_string(entry).map(|line| line + "\n").unwrap_or_default()
}

fn csv_line(entry: &AuditEntry) -> String {
    let body = entry.body.clone().unwrap_or_default();
    let fields = [
        entry.number.to_string(),
        entry.at.to_string(),
        entry.action.clone(),
        entry.result.as_str().to_owned(),
        entry.risk.map(|risk| risk.to_string()).unwrap_or_default(),
        body.user_name,
        body.tool.unwrap_or_default(),
        body.target.unwrap_or_default(),
        body.plugin.unwrap_or_default(),
        body.approver.unwrap_or_default(),
        body.sentence,
        body.ip.unwrap_or_default(),
        entry.run_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.hash.clone(),
    ];
    fields.map(|field| csv_field(&field)).join(",") + "\n"
}

/// Quoted where needed. A leading `=`, `+`, `-` or `@` would be run as a formula by a spreadsheet.
fn csv_field(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if guarded.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}
