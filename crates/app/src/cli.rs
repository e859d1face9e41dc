//! What can be typed.

use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};
use steersman_protocol::ProviderKind;

/// A self-hosted operations console that you talk to.
#[derive(Parser, Debug)]
#[command(name = "steersman", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,

    /// Where everything is kept [default: the platform's data directory]
    #[arg(long, global = true, env = "STEERSMAN_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Address of a server to talk to instead of the one on this machine
    #[arg(long, global = true, env = "STEERSMAN_URL", value_name = "URL")]
    pub url: Option<String>,

    /// Token for that server
    #[arg(
        long,
        global = true,
        env = "STEERSMAN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Start the server; the first time, create everything it needs
    Up(Up),
    /// Ask something in plain words: steersman ask "show slow queries on orders-db"
    Ask(Ask),
    /// List approvals that wait, or one with its whole plan
    Approvals(Approvals),
    /// Approve a plan after reading it
    Approve(Decide),
    /// Reject a plan
    Reject(Decide),
    /// Read the audit log
    Audit(Audit),
    /// List, add, test or remove targets
    #[command(subcommand)]
    Targets(Targets),
    /// List tools, or find the ones that fit a few words
    Tools(Tools),
    /// Call one tool by hand: steersman call list_indexes orders-db '{"table":"orders"}'
    Call(Call),
    /// List runs, show one, or stop one
    #[command(subcommand)]
    Runs(Runs),
    /// Show, once, what a change left for you: the password that it made
    Reveal(Reveal),
    /// List, add, test or remove model providers
    #[command(subcommand)]
    Models(Models),
    /// List, add or change users
    #[command(subcommand)]
    Users(Users),
    /// Show the rules, or put new ones in force
    #[command(subcommand)]
    Policy(Policy),
    /// Print a one-time login link for the page
    LoginLink(LoginLink),
    /// Look at the installation and say what is wrong
    Doctor,
    /// Change the master key
    #[command(subcommand)]
    Key(Key),
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

#[derive(Args, Debug)]
pub struct Up {
    /// Address to listen on
    #[arg(long, env = "STEERSMAN_LISTEN", default_value = "127.0.0.1:7878")]
    pub listen: SocketAddr,
    /// Listen on a public address without TLS, because something in front of us does TLS
    #[arg(long)]
    pub behind_tls_proxy: bool,
    /// Start a throw-away PostgreSQL with a sample shop and walk through the main job, in a data directory of its own
    #[arg(long)]
    pub demo: bool,
    /// With --demo: print the story by itself, then stop
    #[arg(long, requires = "demo")]
    pub walk_through: bool,
    /// Log as JSON lines
    #[arg(long)]
    pub log_json: bool,
}

#[derive(Args, Debug)]
pub struct Ask {
    /// What you want to know or do
    #[arg(required = true)]
    pub words: Vec<String>,
    /// Continue this session instead of the last one
    #[arg(long)]
    pub session: Option<String>,
    /// Begin a new session
    #[arg(long, conflicts_with = "session")]
    pub new: bool,
}

#[derive(Args, Debug)]
pub struct Approvals {
    /// Show this one with its whole plan (the first letters or digits of its id are enough)
    pub id: Option<String>,
    /// Show all, not only those that wait
    #[arg(long)]
    pub all: bool,
}

#[derive(Args, Debug)]
pub struct Decide {
    /// Id of the approval (the first letters or digits are enough)
    pub id: String,
    /// Why
    #[arg(long, short)]
    pub reason: Option<String>,
    /// Do not ask again
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Args, Debug)]
pub struct Audit {
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// Entries to show
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    pub risk: Option<String>,
    #[arg(long, value_parser = ["intended", "success", "failure", "rejected", "unknown"])]
    pub result: Option<String>,
    /// Name of a tool: postgres.create_index
    #[arg(long)]
    pub tool: Option<String>,
    /// Name of a target
    #[arg(long)]
    pub target: Option<String>,
    /// Part of the sentence or of a name
    #[arg(long)]
    pub text: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// Check every entry of the hash chain
    Verify,
    /// Write matching entries to standard output
    Export {
        #[arg(long, default_value = "jsonl", value_parser = ["csv", "jsonl"])]
        format: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum Targets {
    /// All targets with their health
    List,
    /// Add a target: steersman targets add postgres orders-db host=db1 user=steersman password=-
    Add(AddTarget),
    /// Look at a target now
    Test { name: String },
    /// Remove a target from Steersman; the system behind it is not touched
    Remove { name: String },
    /// Look for databases and container engines on this machine
    Discover,
}

#[derive(Args, Debug)]
pub struct AddTarget {
    /// Kind of system: postgres, host
    pub plugin: String,
    /// What people will call it: orders-db
    pub name: String,
    /// Settings as name=value; a value of - is read from the terminal (for passwords)
    pub settings: Vec<String>,
    /// production, staging, development or a word of your own
    #[arg(long, default_value = "production")]
    pub environment: String,
}

#[derive(Args, Debug)]
pub struct Tools {
    /// A few words: "which indexes are unused"
    pub words: Vec<String>,
    #[arg(long)]
    pub plugin: Option<String>,
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    pub risk: Option<String>,
}

#[derive(Args, Debug)]
pub struct Call {
    /// Name of a tool: list_indexes or postgres.list_indexes
    pub tool: String,
    /// Name of a target, then arguments as JSON; with --targets or --all only the arguments
    #[arg(num_args = 0..=2, value_names = ["TARGET", "ARGUMENTS"])]
    pub rest: Vec<String>,
    /// Call a query on each of these targets: a,b,c
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub targets: Vec<String>,
    /// Call a query on every target of its plugin
    #[arg(long, conflicts_with = "targets")]
    pub all: bool,
    /// With --all: only targets in this environment
    #[arg(long, requires = "all")]
    pub environment: Option<String>,
}

#[derive(Args, Debug)]
pub struct Reveal {
    /// Id of the run of the change (the first letters or digits are enough)
    pub run: String,
    /// Do not ask again
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Subcommand, Debug)]
pub enum Runs {
    /// The latest runs
    List,
    /// One run with its executions
    Show { id: String },
    /// Stop a run
    Cancel { id: String },
}

#[derive(Subcommand, Debug)]
pub enum Models {
    List,
    /// Add a model provider
    Add {
        name: String,
        /// Which API it speaks: openai (any server with Chat Completions), openai_responses, anthropic, ollama or gemini
        #[arg(long, default_value = "openai")]
        kind: ProviderKind,
        /// Where it is, if not at the usual place of its kind
        #[arg(long)]
        base_url: Option<String>,
        #[arg(long, default_value = "")]
        model: String,
        /// The key is read from the terminal
        #[arg(long)]
        key: bool,
        /// Ask this one first from now on
        #[arg(long)]
        default: bool,
    },
    Test {
        name: String,
    },
    Remove {
        name: String,
    },
}

#[derive(Subcommand, Debug)]
pub enum Users {
    List,
    /// Add a user; prints nothing secret: sign in by password or login-link
    Add {
        name: String,
        #[arg(long, default_value = "developer", value_parser = ["owner", "operator", "developer", "viewer"])]
        role: String,
        /// Read a password from the terminal
        #[arg(long)]
        password: bool,
    },
    /// Change role, password or whether somebody may sign in
    Change {
        name: String,
        #[arg(long, value_parser = ["owner", "operator", "developer", "viewer"])]
        role: Option<String>,
        #[arg(long)]
        enable: bool,
        #[arg(long, conflicts_with = "enable")]
        disable: bool,
        #[arg(long)]
        password: bool,
    },
}

#[derive(Subcommand, Debug)]
pub enum Policy {
    /// The rules in force, as a table
    Show,
    /// Put the rules of a JSON file in force (steersman --json policy show prints one)
    Set { file: PathBuf },
    /// Whether critical changes need somebody else than the requester
    FourEyes {
        #[arg(value_parser = ["on", "off"])]
        switch: String,
    },
}

#[derive(Args, Debug)]
pub struct LoginLink {
    /// For this user instead of the owner
    #[arg(long)]
    pub user: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum Key {
    /// Make a new master key and seal everything under it (the server must not be running)
    Rotate,
}
