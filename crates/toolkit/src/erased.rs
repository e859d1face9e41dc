//! Tools without their types, so that the host can hold many kinds in one list.

use crate::{Answer, Change, Cx, Draft, Granted, Query, input_schema};
use async_trait::async_trait;
use serde_json::Value;
use std::{any::Any, sync::Arc};
use steersman_protocol::{GrantUse, Plan, Problem, Receipt, ToolKind, ToolSpec, Verification};

/// What a plugin hands to its tools. Any shareable type will do.
pub trait Handle: Any + Send + Sync {}
impl<T: Any + Send + Sync> Handle for T {}

/// The two handles of one target. The writer is given only to `perform` and `clean_up`.
#[derive(Clone)]
pub struct Handles {
    reader: Arc<dyn Any + Send + Sync>,
    writer: Arc<dyn Any + Send + Sync>,
}

impl Handles {
    pub fn new<R: Handle, W: Handle>(reader: R, writer: W) -> Self {
        Self {
            reader: Arc::new(reader),
            writer: Arc::new(writer),
        }
    }
    /// The reader, for the plugin's own health and resources.
    ///
    /// Errors: `toolkit.wrong_handle` when the handles are another plugin's.
    pub fn reader<R: Handle>(&self) -> Result<&R, Problem> {
        self.reader.downcast_ref().ok_or_else(wrong_handle)
    }
    fn writer<W: Handle>(&self) -> Result<&W, Problem> {
        self.writer.downcast_ref().ok_or_else(wrong_handle)
    }
}

fn wrong_handle() -> Problem {
    Problem::new(
        "toolkit.wrong_handle",
        "Could not call the tool",
        "it was given the handle of another plugin",
        "Report this as a bug",
    )
}

/// A tool of either kind.
#[derive(Clone)]
pub enum Tool {
    Query(Arc<dyn QueryTool>),
    Change(Arc<dyn ChangeTool>),
}

impl Tool {
    pub fn query(tool: impl Query) -> Self {
        Tool::Query(Arc::new(ErasedQuery {
            spec: spec(&tool.declare(), ToolKind::Query, input_schema_of_query(&tool)),
            tool,
        }))
    }
    pub fn change(tool: impl Change) -> Self {
        Tool::Change(Arc::new(ErasedChange {
            spec: spec(&tool.declare(), ToolKind::Change, input_schema_of_change(&tool)),
            tool,
        }))
    }
    pub fn spec(&self) -> &ToolSpec {
        match self {
            Tool::Query(tool) => tool.spec(),
            Tool::Change(tool) => tool.spec(),
        }
    }
}

#[async_trait]
pub trait QueryTool: Send + Sync {
    fn spec(&self) -> &ToolSpec;
    async fn run(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Answer, Problem>;
}

#[async_trait]
pub trait ChangeTool: Send + Sync {
    fn spec(&self) -> &ToolSpec;
    async fn plan(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Draft, Problem>;
    /// Errors: `toolkit.wrong_grant` when the plan is another tool's or granted for cleaning up; else the tool's own.
    async fn perform(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<Receipt, Problem>;
    async fn verify(
        &self,
        cx: &Cx,
        handles: &Handles,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem>;
    /// Errors: `toolkit.wrong_grant` when the plan is another tool's or granted for performing; else the tool's own.
    async fn clean_up(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<String, Problem>;
}

struct ErasedQuery<Q> {
    spec: ToolSpec,
    tool: Q,
}

struct ErasedChange<C> {
    spec: ToolSpec,
    tool: C,
}

#[async_trait]
impl<Q: Query> QueryTool for ErasedQuery<Q> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }
    async fn run(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Answer, Problem> {
        let input = parse::<Q::Input>(&self.spec, arguments)?;
        self.tool.run(cx, handles.reader()?, input).await
    }
}

#[async_trait]
impl<C: Change> ChangeTool for ErasedChange<C> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }
    async fn plan(&self, cx: &Cx, handles: &Handles, arguments: Value) -> Result<Draft, Problem> {
        let input = parse::<C::Input>(&self.spec, arguments)?;
        self.tool.plan(cx, handles.reader()?, input).await
    }
    async fn perform(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<Receipt, Problem> {
        check_granted(&self.spec, granted, GrantUse::Perform)?;
        self.tool.perform(cx, handles.writer()?, granted).await
    }
    async fn verify(
        &self,
        cx: &Cx,
        handles: &Handles,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        self.tool.verify(cx, handles.reader()?, plan, receipt).await
    }
    async fn clean_up(&self, cx: &Cx, handles: &Handles, granted: &Granted) -> Result<String, Problem> {
        check_granted(&self.spec, granted, GrantUse::CleanUp)?;
        self.tool.clean_up(cx, handles.writer()?, granted).await
    }
}

/// Without its type a tool could be handed what was granted for another.
fn check_granted(spec: &ToolSpec, granted: &Granted, wanted: GrantUse) -> Result<(), Problem> {
    if granted.plan().tool == spec.name && granted.grant_use() == wanted {
        return Ok(());
    }
    Err(Problem::new(
        "toolkit.wrong_grant",
        format!("Could not run {}", spec.name),
        format!(
            "the permission is for {} ({:?})",
            granted.plan().tool,
            granted.grant_use()
        ),
        "Nothing was done. Report this as a bug",
    ))
}

fn input_schema_of_query<Q: Query>(_: &Q) -> Value {
    input_schema::<Q::Input>()
}

fn input_schema_of_change<C: Change>(_: &C) -> Value {
    input_schema::<C::Input>()
}

fn spec(declaration: &crate::Declaration, kind: ToolKind, input_schema: Value) -> ToolSpec {
    // A wrong name is a mistake in the plugin's source; every start and every test would show it.
    let name: steersman_protocol::ToolName = declaration.name.parse().expect("a declared tool name is well-formed");
    let verb = match kind {
        ToolKind::Query => "read",
        ToolKind::Change => "change",
    };
    ToolSpec {
        permission: format!("tool:{verb}:{}", name.plugin()),
        kind,
        title: declaration.title.to_owned(),
        description: declaration.description.to_owned(),
        example: declaration.example.to_owned(),
        synonyms: declaration.synonyms.iter().map(|s| (*s).to_owned()).collect(),
        category: declaration.category.to_owned(),
        floor: declaration.floor,
        input_schema,
        name,
    }
}

fn parse<I: serde::de::DeserializeOwned>(spec: &ToolSpec, arguments: Value) -> Result<I, Problem> {
    serde_json::from_value(arguments).map_err(|error| {
        Problem::new(
            "tool.bad_arguments",
            format!("Could not read the arguments of {}", spec.name),
            error.to_string(),
            "Correct the arguments; `steersman tools` shows what the tool takes",
        )
    })
}
