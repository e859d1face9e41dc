// A session as a fold of its events: no screen, no clock, no requests. The same events always give the same transcript.

/**
 * `{runs: [run]}`; a run is `{id, title, actor, turn, status, entries, isOver, isStopping, problem}`.
 * An entry is `{key, kind, version, …}` with kind `said`, `answer`, `call`, `refused` or `problem`; `version` grows with
 * every change of the entry, so that a screen redraws only what changed.
 */
export function emptyTranscript() {
  return { runs: [], byId: new Map(), calls: new Map() };
}

/** Takes one stored event. Returns the run that it belongs to. */
export function take(transcript, record) {
  const { event } = record;
  if (event.type === 'started') return begin(transcript, record);
  const run = transcript.byId.get(record.run_id);
  if (!run) return null;
  const handle = RUN_EVENTS[event.type];
  if (handle) {
    handle(run, event, record, transcript);
  } else {
    const call = transcript.calls.get(event.execution_id);
    if (call && CALL_EVENTS[event.type]) {
      CALL_EVENTS[event.type](call, event, record);
      call.version += 1;
    }
  }
  run.status = statusOf(run);
  return run;
}

/** Takes a piece of streamed text, which no event holds yet. */
export function takeDelta(transcript, { run_id, turn, text, reset }) {
  const run = transcript.byId.get(run_id);
  if (!run || run.answers.get(turn)?.isWhole) return null;
  const answer = answerOf(run, turn);
  answer.text = reset ? text : answer.text + text;
  answer.version += 1;
  return run;
}

/** Takes a line of progress of running work. */
export function takeProgress(transcript, { execution_id, line }) {
  const call = transcript.calls.get(execution_id);
  if (!call) return null;
  call.progress = line;
  call.version += 1;
  return transcript.byId.get(call.runId);
}

/** Takes something that a person should know now. */
export function takeNotice(transcript, notice) {
  const run = transcript.byId.get(notice.run_id);
  if (run) run.entries.push({ key: `notice-${run.entries.length}`, kind: 'problem', version: 1, problem: notice.problem ?? notice });
  return run ?? null;
}

/** The run that works or waits now, the latest first; null when all is quiet. */
export const openRun = (transcript) => transcript.runs.findLast((run) => !run.isOver) ?? null;

function begin(transcript, { run_id, at, event }) {
  if (transcript.byId.has(run_id)) return transcript.byId.get(run_id);
  const run = {
    id: run_id, title: event.text, actor: event.actor, turn: 1, status: { is: 'thinking' },
    entries: [{ key: 'said', kind: 'said', version: 1, text: event.text, actor: event.actor, at }],
    answers: new Map(), isOver: false, isStopping: false, problem: null, outcome: null,
  };
  transcript.runs.push(run);
  transcript.byId.set(run_id, run);
  return run;
}

function answerOf(run, turn) {
  let answer = run.answers.get(turn);
  if (!answer) {
    answer = { key: `answer-${turn}`, kind: 'answer', version: 1, turn, text: '', isWhole: false };
    run.answers.set(turn, answer);
    run.entries.push(answer);
  }
  return answer;
}

const RUN_EVENTS = {
  model_asked: (run, { turn, provider }) => Object.assign(run, { turn, provider }),
  turn_began: (run, { turn }) => Object.assign(run, { turn }),
  model_answered: (run, { turn, answer }, { at }) => {
    run.turn = turn;
    const entry = answerOf(run, turn);
    Object.assign(entry, { text: answer.text, model: answer.model, provider: answer.provider, at, isWhole: true });
    entry.version += 1;
  },
  model_failed: (run, { turn, problem }) => {
    run.entries.push({ key: `failed-${turn}-${run.entries.length}`, kind: 'problem', version: 1, problem });
  },
  call_refused: (run, { execution_id, call, problem }) => {
    run.entries.push({ key: execution_id, kind: 'refused', version: 1, call, problem });
  },
  proposed: (run, event, { at }, transcript) => {
    const call = {
      key: event.execution_id, kind: 'call', version: 1, id: event.execution_id, runId: run.id, turn: run.turn,
      requestedBy: run.actor, tool: event.tool, toolKind: event.tool_kind, target: event.target,
      arguments: event.arguments, fromTargetText: event.from_target_text ?? [], startedAt: at,
      state: 'planning', plan: null, digest: null, verdict: null, approval: null, progress: null, summary: '',
      blocks: [], suggestions: [], problem: null, problems: [], notes: [], elapsedMs: null,
    };
    transcript.calls.set(call.id, call);
    run.entries.push(call);
  },
  cancel_requested: (run, { by_name }) => Object.assign(run, { isStopping: true, stoppedBy: by_name }),
  attempt_refused: (run, { execution_id, by_name, problem }, _, transcript) => {
    const call = transcript.calls.get(execution_id);
    if (!call) return;
    call.problems.push({ by: by_name, problem });
    call.version += 1;
  },
  run_ended: (run, { status, problem }) => {
    Object.assign(run, { isOver: true, outcome: status, problem: problem ?? null });
    // A text that was cut off in mid-stream is whole now: nothing more will come.
    for (const answer of run.answers.values()) {
      answer.isWhole = true;
      answer.version += 1;
    }
  },
};

const CALL_EVENTS = {
  planned: (call, { plan, digest }) => Object.assign(call, { plan, digest }),
  plan_failed: (call, { problem }) => Object.assign(call, { state: 'failed', problem }),
  judged: (call, { verdict }) => Object.assign(call, { verdict }),
  approval_requested: (call, { approval_id, expires_at }, { at }) => {
    Object.assign(call, { state: 'waiting', approval: { id: approval_id, status: 'pending', expiresAt: expires_at, createdAt: at } });
  },
  decided: (call, { approved, by, by_name, reason }, { at }) => {
    Object.assign(call.approval, { status: approved ? 'approved' : 'rejected', decidedBy: by, decidedByName: by_name, reason, decidedAt: at });
    call.state = approved ? 'running' : 'rejected';
  },
  approval_expired: (call) => closeApproval(call, 'expired'),
  approval_cancelled: (call) => closeApproval(call, 'cancelled'),
  granted: (call, { by }) => Object.assign(call, { grantedBy: by }),
  query_started: (call, _, { at }) => Object.assign(call, { state: 'running', startedAt: at }),
  query_answered: (call, { summary, blocks, suggestions, elapsed_ms }) => {
    Object.assign(call, { state: 'completed', summary, blocks, suggestions: suggestions ?? [], elapsedMs: elapsed_ms });
  },
  query_failed: (call, { problem }) => Object.assign(call, { state: 'failed', problem }),
  intent_recorded: (call, _, { at }) => Object.assign(call, { state: 'running', startedAt: at }),
  recheck_failed: (call, { problem }) => Object.assign(call, { state: 'failed', problem }),
  performed: (call, { receipt }) => Object.assign(call, { state: 'verifying', receipt, elapsedMs: receipt.elapsed_ms }),
  perform_failed: (call, { problem }) => Object.assign(call, { state: 'verifying', problem }),
  interrupted: (call) => {
    call.state = 'verifying';
    call.notes.push('Steersman stopped while this ran. It looks at what happened instead of doing it again.');
  },
  verified: (call, { verification }) => {
    Object.assign(call, { verification, blocks: verification.evidence ?? call.blocks });
  },
  cleaned_up: (call, { sentence }) => call.notes.push(sentence),
  clean_up_failed: (call, { problem }) => call.problems.push({ by: null, problem }),
  call_ended: (call, { outcome, summary, problem, suggestions }) => {
    Object.assign(call, { state: outcome, summary: summary || call.summary, problem: problem ?? (outcome === 'completed' ? null : call.problem), progress: null });
    if (suggestions?.length) call.suggestions = suggestions;
  },
};

function closeApproval(call, status) {
  call.state = status;
  if (call.approval) call.approval.status = status;
}

/** What the run is at, for the line under it. */
function statusOf(run) {
  if (run.isOver) return { is: 'over' };
  const calls = run.entries.filter((entry) => entry.kind === 'call');
  const waiting = calls.find((call) => call.state === 'waiting');
  const busy = calls.findLast((call) => ['planning', 'running', 'verifying'].includes(call.state));
  if (run.isStopping) return { is: 'stopping' };
  if (busy) return { is: busy.state, call: busy };
  return waiting ? { is: 'waiting', call: waiting } : { is: 'thinking' };
}
