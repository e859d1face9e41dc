//! *Kill process*: ends one process, and no other that may have got its number meanwhile.

use crate::{
    Reader, Writer, machine,
    process::{self, Process},
    show,
    sockets::{self, ListeningPort},
};
use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal, test_kill_process},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use steersman_toolkit::{
    Change, Cx, Declaration, Draft, Granted, async_trait,
    protocol::{Block, Fact, Limits, Plan, Problem, Receipt, Resource, Risk, Step, StepKind, Undo, Verification},
};

/// How long a process may take to end after its signal.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const MAX_CHILDREN: usize = 20;

pub struct KillProcess;

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The number of the process. Example: 4711
    #[schemars(range(min = 1, max = 4194304), extend("x-slot" = "pid"))]
    pid: u32,
    /// `term` asks the process to end, `kill` ends it without asking.
    #[serde(default)]
    signal: How,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum How {
    #[default]
    Term,
    Kill,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Term => "SIGTERM",
            How::Kill => "SIGKILL",
        }
    }
    fn signal(self) -> Signal {
        match self {
            How::Term => Signal::TERM,
            How::Kill => Signal::KILL,
        }
    }
}

#[async_trait]
impl Change for KillProcess {
    type Reader = Reader;
    type Writer = Writer;
    type Input = Input;

    fn declare(&self) -> Declaration {
        Declaration {
            name: "host.kill_process",
            title: "Kill a process",
            description: "Ends one process of a machine by its number, by SIGTERM (asks it to end) or SIGKILL (ends it \
                          at once), and checks that it is gone.",
            example: "stop process 4711 on {target}",
            synonyms: &[
                "kill",
                "kill -9",
                "terminate process",
                "end process",
                "stop pid",
                "kill pid",
                "sigterm",
                "sigkill",
                "force quit",
                "stop the program",
                "abort process",
                "end task",
            ],
            category: "host",
            floor: Risk::High,
        }
    }

    /// Errors: `host.no_such_process`, `host.already_ended`, `host.protected_process`, `host.not_permitted`.
    async fn plan(&self, cx: &Cx, _reader: &Reader, input: Input) -> Result<Draft, Problem> {
        machine::briefly_blocking(|| {
            let process = choose(input.pid)?;
            Ok(draft(cx, &process, &input))
        })
        .map_err(|problem: Problem| {
            problem.while_doing(format!(
                "Could not plan to end process {} on {}",
                input.pid, cx.target.name
            ))
        })
    }

    /// Errors: `host.no_such_process`, `host.process_changed`, `host.not_permitted`, `host.cancelled`, `host.signal_failed`.
    async fn perform(&self, cx: &Cx, _writer: &Writer, granted: &Granted) -> Result<Receipt, Problem> {
        let plan = granted.plan();
        let doing = format!("Could not end the process on {}", cx.target.name);
        let input = input_of(plan).map_err(|problem| problem.while_doing(&doing))?;
        if cx.cancel.is_cancelled() {
            return Err(refuse(
                "host.cancelled",
                "it was stopped before the signal was sent",
                "Ask again",
            )
            .while_doing(doing));
        }
        let began = Instant::now();
        let way = send(&input, &plan.must_hold).map_err(|problem| problem.while_doing(doing))?;
        Ok(Receipt {
            sentence: format!("Sent {} to process {} ({way})", input.signal.name(), input.pid),
            elapsed_ms: began.elapsed().as_millis() as u64,
            facts: BTreeMap::from([("signal".to_owned(), json!(input.signal.name()))]),
        })
    }

    /// Waits up to five seconds for the process to end.
    async fn verify(
        &self,
        cx: &Cx,
        _reader: &Reader,
        plan: &Plan,
        receipt: Option<&Receipt>,
    ) -> Result<Verification, Problem> {
        let doing = format!("Could not see whether the process ended on {}", cx.target.name);
        let input = input_of(plan).map_err(|problem| problem.while_doing(doing))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = Process::read(input.pid);
            let Some(process) = now.filter(|process| is_same(process, &plan.must_hold)) else {
                return Ok(gone(input.pid, "it is gone"));
            };
            if process.has_ended() {
                return Ok(gone(input.pid, "it has ended; its parent has yet to take note"));
            }
            if Instant::now() >= deadline {
                return Ok(still_there(cx, &process, input.signal, receipt.is_some()));
            }
            if cx.cancel.is_cancelled() {
                return Ok(Verification::CannotTell {
                    sentence: format!(
                        "Process {} still ran when the check was stopped; it may end yet",
                        input.pid
                    ),
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn choose(pid: u32) -> Result<Process, Problem> {
    let look = "`list_processes` shows what runs now";
    let process =
        Process::read(pid).ok_or_else(|| refuse("host.no_such_process", format!("there is no process {pid}"), look))?;
    let protected = |why: &str| Err(refuse("host.protected_process", why, "Choose another process"));
    if process.thread_group != pid {
        let why = format!("{pid} is a thread of process {}", process.thread_group);
        return Err(refuse(
            "host.protected_process",
            why,
            "Name the process itself if you mean to end all of it",
        ));
    }
    if pid == 1 {
        return protected("process 1 holds up the whole machine");
    }
    if pid == std::process::id() {
        return protected("that is Steersman itself");
    }
    if process.is_kernel_thread {
        return protected("it is a part of the kernel");
    }
    if process.has_ended() {
        let why = format!(
            "it has ended already; its parent, process {}, has yet to take note",
            process.parent
        );
        return Err(refuse(
            "host.already_ended",
            why,
            "Look at the parent if such processes pile up",
        ));
    }
    match to_pid(pid).map(test_kill_process) {
        Some(Err(Errno::PERM)) => {
            let why = format!(
                "it belongs to {}, and the user that Steersman runs as may not end it",
                process.owner()
            );
            Err(refuse(
                "host.not_permitted",
                why,
                "End it as that user or as root on the machine",
            ))
        }
        Some(_) | None => Ok(process),
    }
}

fn draft(cx: &Cx, process: &Process, input: &Input) -> Draft {
    let everything = process::all();
    let children: Vec<&Process> = everything
        .iter()
        .filter(|p| p.parent == process.pid && p.thread_group == p.pid)
        .collect();
    let ports: Vec<ListeningPort> = sockets::listening()
        .into_iter()
        .filter(|l| l.process.as_ref().is_some_and(|(pid, _)| *pid == process.pid))
        .collect();
    let name = show::short(&process.name, 64);
    Draft {
        arguments: json!(input),
        summary: format!("End process {} (\"{name}\") of {} with {}", process.pid, process.owner(), input.signal.name()),
        steps: vec![Step {
            kind: StepKind::Signal,
            literal: format!("kill({}, {})", process.pid, input.signal.name()),
            note: None,
        }],
        on_failure: Vec::new(),
        touches: touches(process, &ports),
        must_hold: process.identity(),
        observed: vec![observed(cx, process, &children, &ports)],
        undo: Undo::Irreversible {
            why: "an ended process cannot be brought back; what it held in memory only is lost. Its service manager, if it \
                  has one, may start it anew"
                .to_owned(),
        },
        limits: Limits {
            time_ms: 10_000,
            ..Limits::default()
        },
        facts: facts(process, &name, &ports),
        warnings: warnings(process, input.signal, &children, &ports),
    }
}

fn touches(process: &Process, ports: &[ListeningPort]) -> Vec<Resource> {
    let resource = |kind: &str, name: String, how: &str| Resource {
        kind: kind.to_owned(),
        name,
        how: how.to_owned(),
    };
    std::iter::once(resource("process", process.pid.to_string(), "ended"))
        .chain(
            ports
                .iter()
                .map(|l| resource("port", format!("{} {}", l.protocol, l.port), "no longer served")),
        )
        .collect()
}

fn observed(cx: &Cx, process: &Process, children: &[&Process], ports: &[ListeningPort]) -> Block {
    let started = process.started_at();
    let field = |name: &str, value: Value| (name.to_owned(), value);
    let child = |child: &&Process| format!("{} {}", child.pid, show::short(&child.name, 40));
    Block::Record {
        origin: show::from_target(cx),
        title: Some(format!("Process {}", process.pid)),
        fields: vec![
            field("name", json!(show::short(&process.name, 64))),
            field("command line", json!(show::short(&process.command_line(), 1_000))),
            field(
                "executable",
                json!(process.executable.as_deref().map(|path| show::short(path, 300))),
            ),
            field("owner", json!(process.owner())),
            field("memory", json!(show::size(process.memory_bytes))),
            field("started", json!(started.map(|at| at.to_string()))),
            field(
                "running for",
                json!(started.map(|at| show::duration((cx.now.as_second() - at.as_second()).max(0) as u64))),
            ),
            field("parent", json!(process.parent)),
            field(
                "children",
                json!(children.iter().take(MAX_CHILDREN).map(child).collect::<Vec<_>>()),
            ),
            field(
                "listening ports",
                json!(
                    ports
                        .iter()
                        .map(|l| format!("{} {}:{}", l.protocol, l.address, l.port))
                        .collect::<Vec<_>>()
                ),
            ),
        ],
    }
}

fn facts(process: &Process, name: &str, ports: &[ListeningPort]) -> Vec<Fact> {
    let mut facts = vec![Fact::Interrupts {
        what: format!("process {} (\"{name}\") of {}", process.pid, process.owner()),
    }];
    if process.name.starts_with("sshd") && !ports.is_empty() {
        facts.push(Fact::ChangesAccess {
            what: "nobody can sign in over SSH while it is down".to_owned(),
        });
    }
    facts
}

fn warnings(process: &Process, how: How, children: &[&Process], ports: &[ListeningPort]) -> Vec<String> {
    let mut warnings = Vec::new();
    if process::ourselves_and_above().contains(&process.pid) {
        warnings.push("Steersman itself runs under this process and may end with it.".to_owned());
    }
    if !ports.is_empty() {
        let ports: Vec<String> = ports.iter().map(|l| l.port.to_string()).collect();
        warnings.push(format!("Clients of port {} lose their connections.", ports.join(", ")));
    }
    if !children.is_empty() {
        let children = show::count(children.len() as u64, "process", "processes");
        warnings.push(format!("It has started {children}, which may go on without it."));
    }
    match how {
        How::Kill => warnings.push("SIGKILL gives it no chance to save or tidy up.".to_owned()),
        How::Term if process.ignores_term => warnings.push("It ignores SIGTERM; only kill will end it.".to_owned()),
        How::Term => {}
    }
    match process.state {
        'D' => warnings.push("It waits in the kernel and ends only when that wait is over.".to_owned()),
        'T' | 't' => warnings.push("It is stopped and notices SIGTERM only when it is continued.".to_owned()),
        _ => {}
    }
    warnings
}

/// Sends the signal to exactly the planned process. Says which way it went.
fn send(input: &Input, must_hold: &BTreeMap<String, Value>) -> Result<&'static str, Problem> {
    let gone = || {
        refuse(
            "host.no_such_process",
            "the process has ended meanwhile",
            "Nothing was done, and nothing is left to do",
        )
    };
    let pid = to_pid(input.pid).ok_or_else(gone)?;
    // The descriptor stands for this process alone: if it ends after the look below, the signal reaches nobody.
    let descriptor = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(descriptor) => Some(descriptor),
        Err(Errno::NOSYS | Errno::PERM) => None,
        Err(_) => return Err(gone()),
    };
    let process = Process::read(input.pid).ok_or_else(gone)?;
    if !is_same(&process, must_hold) || process.identity() != *must_hold {
        return Err(refuse(
            "host.process_changed",
            format!("process {} is not the one that was approved", input.pid),
            "Nothing was done. Look at the processes again",
        ));
    }
    let (sent, way) = match &descriptor {
        Some(descriptor) => (
            pidfd_send_signal(descriptor, input.signal.signal()),
            "through a process descriptor",
        ),
        None => (
            kill_process(pid, input.signal.signal()),
            "by number, as this kernel has no process descriptors: a number reused within a millisecond would be hit",
        ),
    };
    match sent {
        Ok(()) => Ok(way),
        Err(Errno::SRCH) => Err(gone()),
        Err(Errno::PERM) => Err(refuse(
            "host.not_permitted",
            format!(
                "the user that Steersman runs as may not end processes of {}",
                process.owner()
            ),
            "End it as that user or as root on the machine",
        )),
        Err(error) => Err(refuse(
            "host.signal_failed",
            format!("the kernel refused the signal ({error})"),
            "Look at the machine",
        )),
    }
}

fn gone(pid: u32, how: &str) -> Verification {
    Verification::Holds {
        sentence: format!("Process {pid} no longer runs: {how}"),
        evidence: Vec::new(),
    }
}

fn still_there(cx: &Cx, process: &Process, how: How, was_sent: bool) -> Verification {
    let advice = match (was_sent, how) {
        (true, How::Term) => {
            "it did not follow SIGTERM within 5 seconds. Ask for the same with signal kill to end it at once"
        }
        (true, How::Kill) => "it waits in the kernel and will end when that wait is over",
        (false, _) => "whether the signal reached it is not known",
    };
    Verification::DoesNotHold {
        sentence: format!("Process {} still runs: {advice}", process.pid),
        evidence: vec![observed(cx, process, &[], &[])],
        left_behind: false,
    }
}

/// The same process as planned. Its program may have changed by exec; it is the same process still.
fn is_same(process: &Process, must_hold: &BTreeMap<String, Value>) -> bool {
    let now = process.identity();
    ["pid", "boot_id", "started_ticks"]
        .iter()
        .all(|key| now.get(*key) == must_hold.get(*key))
}

fn input_of(plan: &Plan) -> Result<Input, Problem> {
    serde_json::from_value(plan.arguments.clone()).map_err(|error| {
        refuse(
            "tool.bad_arguments",
            format!("the plan's arguments cannot be read ({error})"),
            "Plan again",
        )
    })
}

fn to_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// `what` is filled in by the caller, who knows what was being done.
fn refuse(code: &str, why: impl Into<String>, next: &str) -> Problem {
    Problem::new(code, String::new(), why, next)
}
