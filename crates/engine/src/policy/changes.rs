//! What one revision changed, in a sentence.

use steersman_protocol::{Policy, Rule};

/// Rules named in a sentence; more are counted.
const NAMED: usize = 5;

/// "Added rule deny-drops; changed rule ask-high; approvals last 60 minutes." For the first revision, how many rules
/// it has.
pub fn what_changed(old: Option<&Policy>, new: &Policy) -> String {
    let Some(old) = old else {
        return format!("The first rules: {}.", new.rules.len());
    };
    let find = |rules: &[Rule], id: &str| rules.iter().find(|rule| rule.id == id).cloned();
    let is_new = |rule: &&Rule| find(&old.rules, &rule.id).is_none();
    let is_gone = |rule: &&Rule| find(&new.rules, &rule.id).is_none();
    let is_other = |rule: &&Rule| find(&old.rules, &rule.id).is_some_and(|before| before != **rule);
    let mut parts: Vec<String> = [
        named("Added", new.rules.iter().filter(is_new)),
        named("changed", new.rules.iter().filter(is_other)),
        named("removed", old.rules.iter().filter(is_gone)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if old.four_eyes != new.four_eyes {
        let state = if new.four_eyes { "needs" } else { "no longer needs" };
        parts.push(format!("a critical change {state} a second person"));
    }
    if old.approval_minutes != new.approval_minutes {
        parts.push(format!("an approval holds {} minutes", new.approval_minutes));
    }
    if parts.is_empty() {
        let is_same = old.rules == new.rules;
        parts.push(
            if is_same {
                "Nothing changed"
            } else {
                "The rules are in another order"
            }
            .to_owned(),
        );
    }
    let text = parts.join("; ");
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn named<'a>(verb: &str, rules: impl Iterator<Item = &'a Rule>) -> Option<String> {
    let ids: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
    let noun = if ids.len() == 1 { "rule" } else { "rules" };
    match ids.len() {
        0 => None,
        1..=NAMED => Some(format!("{verb} {noun} {}", ids.join(", "))),
        more => Some(format!(
            "{verb} {noun} {} and {} more",
            ids[..NAMED].join(", "),
            more - NAMED
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::what_changed;
    use crate::default_rules::default_policy;

    #[test]
    fn a_sentence_says_what_a_revision_changed() {
        let old = default_policy();
        assert_eq!(what_changed(None, &old), "The first rules: 4.");
        assert_eq!(what_changed(Some(&old), &old), "Nothing changed.");
        let mut new = old.clone();
        new.rules.reverse();
        assert_eq!(what_changed(Some(&old), &new), "The rules are in another order.");
        let mut new = old.clone();
        let mut added = new.rules.remove(0);
        added.id = "deny-drops".into();
        new.rules.push(added);
        new.rules[0].reason = "Another reason.".into();
        new.four_eyes = true;
        new.approval_minutes = 60;
        assert_eq!(
            what_changed(Some(&old), &new),
            "Added rule deny-drops; changed rule ask-risky-queries; removed rule allow-low-queries; a critical change \
             needs a second person; an approval holds 60 minutes."
        );
    }
}
