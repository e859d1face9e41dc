//! What a statement mentions by name, for the catalogue to judge.

use std::collections::BTreeSet;

/// A name with its schema where the statement gives one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
}

/// A function that a statement calls, or could call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionCall {
    pub name: Name,
    /// How many arguments; `None` where the syntax does not tell.
    pub arguments: Option<usize>,
    /// Whether the syntax also means something else (a column, a keyword of a newer
    /// grammar), so that no function of that name need exist.
    pub is_optional: bool,
}

/// A type that a statement names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeUse {
    pub name: Name,
    /// `f(x)` may be a cast to type `f`; then no type of that name need exist.
    pub is_optional: bool,
}

/// Everything named in one or more statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub functions: BTreeSet<FunctionCall>,
    pub operators: BTreeSet<Name>,
    pub types: BTreeSet<TypeUse>,
    /// Tables, views and also names that a WITH clause defines: see [`Names::with_queries`].
    pub relations: BTreeSet<Name>,
    /// Names defined by WITH. Which mention means which is not worked out: a name that is
    /// both is judged as a table too.
    pub with_queries: BTreeSet<String>,
    /// What SHOW shows.
    pub settings: BTreeSet<String>,
}

impl Name {
    pub fn plain(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: Some(schema.into()),
            name: name.into(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(formatter, "{schema}.{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

impl Names {
    /// How many functions, operators and types are in it.
    pub(super) fn count(&self) -> usize {
        self.functions.len() + self.operators.len() + self.types.len()
    }

    pub(super) fn extend(&mut self, other: Names) {
        self.functions.extend(other.functions);
        self.operators.extend(other.operators);
        self.types.extend(other.types);
        self.relations.extend(other.relations);
        self.with_queries.extend(other.with_queries);
        self.settings.extend(other.settings);
    }
}
