//! Which targets the page that a person looks at is about.

use steersman_protocol::{PageAnchor, Target};

/// Their names, among the targets that the person may use. A page is the person's own choice and gives no right:
/// whatever is not among `targets` is passed over.
pub(crate) fn looked_at(page: Option<&PageAnchor>, targets: &[Target]) -> Vec<String> {
    let Some(page) = page else { return Vec::new() };
    let is_meant = |id: String| page.resource_ids.iter().any(|known| known.eq_ignore_ascii_case(&id));
    let meant = targets.iter().filter(|target| match page.resource_type.as_str() {
        "target" => is_meant(target.id.to_string()),
        "server" => is_meant(target.server_id.to_string()),
        _ => false,
    });
    meant.map(|target| target.name.clone()).collect()
}
