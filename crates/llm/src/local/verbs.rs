//! What kind of doing a person asks for. A change is called only when the words ask for that kind of change.

use super::words::{is_reading_verb, stem};

/// Verbs that mean the same doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerbClass {
    /// Reading: list, get, show.
    Read,
    /// One of the known classes, by its number in the table.
    Known(usize),
    /// A verb of its own, stemmed.
    Other(String),
}

struct Class {
    verbs: &'static str,
    /// At the head of a request such a verb asks for a change and nothing else: without a fitting change, nothing runs.
    is_exclusive: bool,
}

const CLASSES: &[Class] = &[
    Class {
        verbs: "create add make build",
        is_exclusive: false,
    },
    Class {
        verbs: "drop delete remove destroy erase",
        is_exclusive: true,
    },
    Class {
        verbs: "kill terminate cancel abort end disconnect stop",
        is_exclusive: true,
    },
    Class {
        verbs: "analyze analyse",
        is_exclusive: false,
    },
    Class {
        verbs: "vacuum",
        is_exclusive: true,
    },
    Class {
        verbs: "reindex rebuild",
        is_exclusive: true,
    },
    Class {
        verbs: "restart reboot bounce",
        is_exclusive: true,
    },
    Class {
        verbs: "stop halt shutdown",
        is_exclusive: true,
    },
    Class {
        verbs: "start launch boot",
        is_exclusive: false,
    },
    Class {
        verbs: "deploy redeploy release ship",
        is_exclusive: true,
    },
    Class {
        verbs: "rollback revert",
        is_exclusive: true,
    },
    Class {
        verbs: "restore recover",
        is_exclusive: true,
    },
    Class {
        verbs: "grant allow",
        is_exclusive: true,
    },
    Class {
        verbs: "revoke",
        is_exclusive: true,
    },
    Class {
        verbs: "set update change configure edit modify alter rename",
        is_exclusive: true,
    },
    Class {
        verbs: "move migrate",
        is_exclusive: true,
    },
    Class {
        verbs: "clone copy duplicate",
        is_exclusive: true,
    },
    Class {
        verbs: "enable activate",
        is_exclusive: true,
    },
    Class {
        verbs: "disable deactivate",
        is_exclusive: true,
    },
    Class {
        verbs: "prune purge clean wipe truncate empty format",
        is_exclusive: true,
    },
    Class {
        verbs: "scale",
        is_exclusive: true,
    },
    Class {
        verbs: "pull",
        is_exclusive: true,
    },
    Class {
        verbs: "run execute exec",
        is_exclusive: false,
    },
    Class {
        verbs: "upgrade install uninstall patch",
        is_exclusive: true,
    },
    Class {
        verbs: "write send post",
        is_exclusive: true,
    },
];

impl VerbClass {
    /// The class of a tool's own verb.
    pub fn of(verb: &str) -> Self {
        if is_reading_verb(verb) {
            return VerbClass::Read;
        }
        match CLASSES
            .iter()
            .position(|class| class.verbs.split(' ').any(|v| v == verb))
        {
            Some(number) => VerbClass::Known(number),
            None => VerbClass::Other(stem(verb)),
        }
    }

    /// Whether this word asks for this doing. "stop" is in two classes, so this is not equality of classes.
    pub fn is_asked_by(&self, word: &str) -> bool {
        match self {
            VerbClass::Read => is_reading_verb(word),
            VerbClass::Known(number) => CLASSES[*number]
                .verbs
                .split(' ')
                .any(|verb| verb == word || is_gerund(word, verb)),
            VerbClass::Other(own) => *own == stem(word),
        }
    }
}

/// `killing` of kill, `creating` of create, `dropping` of drop.
fn is_gerund(word: &str, verb: &str) -> bool {
    word.strip_suffix("ing").is_some_and(|root| {
        root == verb
            || Some(root) == verb.strip_suffix('e')
            || root.strip_prefix(verb).is_some_and(|rest| verb.ends_with(rest))
    })
}

pub fn is_known_verb(word: &str) -> bool {
    CLASSES
        .iter()
        .any(|class| class.verbs.split(' ').any(|verb| verb == word || is_gerund(word, verb)))
}

pub fn ungerund(word: &str) -> String {
    CLASSES
        .iter()
        .flat_map(|class| class.verbs.split(' '))
        .find(|verb| *verb == word || is_gerund(word, verb))
        .unwrap_or(word)
        .to_owned()
}

/// At the head of a request it can only ask for a change.
pub fn asks_only_for_change(word: &str) -> bool {
    CLASSES
        .iter()
        .any(|class| class.is_exclusive && class.verbs.split(' ').any(|verb| verb == word))
}
