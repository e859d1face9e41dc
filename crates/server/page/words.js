// Words for people: tools, risks, states and suggested calls.

/** `postgres.create_index` → `Create index`. */
export function toolTitle(tool) {
  const words = shortName(tool).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const shortName = (tool) => tool.slice(tool.indexOf('.') + 1);

/** Icon and word of each risk level; never the colour alone. */
export const RISKS = {
  low: { icon: 'check', word: 'low risk' },
  medium: { icon: 'warning', word: 'medium risk' },
  high: { icon: 'warning', word: 'high risk' },
  critical: { icon: 'octagon', word: 'critical risk' },
};

/** How an execution's state looks and reads. `tone` is good, bad, warn, busy or quiet. */
export const STATES = {
  planning: { icon: null, word: 'Planning', tone: 'busy' },
  running: { icon: null, word: 'Running', tone: 'busy' },
  verifying: { icon: null, word: 'Verifying', tone: 'busy' },
  waiting: { icon: 'clock', word: 'Waiting for approval', tone: 'warn' },
  completed: { icon: 'check', word: 'Done', tone: 'good' },
  failed: { icon: 'cross', word: 'Failed', tone: 'bad' },
  denied: { icon: 'minus', word: 'Not allowed', tone: 'bad' },
  rejected: { icon: 'minus', word: 'Rejected', tone: 'quiet' },
  expired: { icon: 'clock', word: 'Expired', tone: 'quiet' },
  cancelled: { icon: 'stop', word: 'Cancelled', tone: 'quiet' },
  unknown: { icon: 'question', word: 'Outcome unknown', tone: 'warn' },
};

/** A suggested call in the plain words that a person would type. */
export function callInWords({ tool, target, arguments: values }) {
  const words = [shortName(tool).replaceAll('_', ' ')];
  const rest = { ...values };
  for (const name of ['index', 'name', 'pid', 'connection', 'process']) take(rest, name, (value) => words.push(String(value)));
  take(rest, 'table', (value) => words.push(words.length > 1 || /_(index|table)$/.test(tool) ? `on ${value}` : String(value)));
  take(rest, 'columns', (value) => words.push(`(${[value].flat().join(', ')})`));
  take(rest, 'sql', (value) => words.push(`\`${value}\``));
  for (const [name, value] of Object.entries(rest)) {
    if (value === true) words.push(name.replaceAll('_', ' '));
    else if (value !== null && value !== false && typeof value !== 'object') words.push(`${name.replaceAll('_', ' ')} ${value}`);
  }
  return `${words.join(' ')} on ${target}`;
}

function take(values, name, act) {
  if (values[name] === undefined || values[name] === null) return;
  act(values[name]);
  delete values[name];
}

/** `tool.executed` → `Tool executed`. */
export function actionTitle(action) {
  const words = action.replaceAll(/[._]/g, ' ').replace(/^ai\b/, 'AI');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
