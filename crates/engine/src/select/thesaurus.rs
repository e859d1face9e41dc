//! What else people say for it: the vocabulary of operations, independent of any plugin.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashMap;

/// Each row is one notion. A request with one of the words also looks for the others, at a lower weight.
const NOTIONS: &[&str] = &[
    "create add make build new",
    "drop delete remove destroy erase",
    "kill terminate cancel abort end disconnect stop",
    "stop halt shutdown",
    "restart reboot bounce",
    "start launch boot",
    "deploy release ship rollout redeploy",
    "rollback revert undo",
    "show list display view find",
    "slow slowest sluggish performance speed faster latency lag optimize optimise tune expensive",
    "lock block blocked wait deadlock stuck hang",
    "connection client session connected",
    "disk storage space filesystem volume full free",
    "memory ram swap",
    "cpu load processor usage",
    "process pid running task program",
    "port listen socket",
    "log journal error message",
    "large big biggest huge largest size",
    "statistic stats bloat rows count",
    "query sql select statement",
    "explain plan",
    "index indexes indices",
    "database db",
    "server host machine node",
    "container docker pod",
    "backup dump snapshot",
    "certificate tls ssl cert",
    "domain hostname url dns",
    "user role account login",
    "grant permission access privilege",
    "metrics monitoring usage utilization load health status",
    "replication replica standby lag",
    "environment variable env setting config configuration",
];

/// Stem to the stems of the notions it belongs to (itself excluded).
pub(super) struct Thesaurus {
    related: HashMap<String, Vec<String>>,
}

impl Thesaurus {
    pub(super) fn new() -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let mut related: HashMap<String, Vec<String>> = HashMap::new();
        for notion in NOTIONS {
            let stems: Vec<String> = notion.split(' ').map(|word| stemmer.stem(word).into_owned()).collect();
            for stem in &stems {
                let others = related.entry(stem.clone()).or_default();
                for other in &stems {
                    if other != stem && !others.contains(other) {
                        others.push(other.clone());
                    }
                }
            }
        }
        Self { related }
    }

    pub(super) fn related(&self, stem: &str) -> &[String] {
        self.related.get(stem).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_leads_to_the_others_of_its_notion_and_not_to_itself() {
        let thesaurus = Thesaurus::new();
        assert!(thesaurus.related("ram").contains(&"memori".to_owned()));
        assert!(!thesaurus.related("ram").contains(&"ram".to_owned()));
        assert!(thesaurus.related("zebra").is_empty());
    }
}
