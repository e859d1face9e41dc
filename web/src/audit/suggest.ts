// What the filter field offers while a person types.

import { type AuditFilter, type FilterKey, isKey, KEYS, RESULTS, RISKS, writtenPart } from './filter';

export interface Suggestion {
  /** What it puts in place of the word being typed. */
  text: string;
  /** What it means, in words. */
  hint: string;
  /** A finished filter, and not only a name that still wants a value. */
  isWhole: boolean;
}

const HINTS: Record<FilterKey, string> = {
  actor: 'who did it: a name',
  action: 'what was done; a * stands for any ending',
  tool: 'the tool that was called',
  target: 'where',
  result: RESULTS.join(', '),
  risk: RISKS.join(', '),
  session: 'one conversation',
  run: 'one run',
  from: 'since a day, or 24h, 7d',
  to: 'until a day, that day included',
};

const TIMES: [string, string][] = [
  ['1h', 'an hour ago'],
  ['24h', '24 hours ago'],
  ['today', 'this day'],
  ['yesterday', 'the day before'],
  ['7d', 'a week ago'],
  ['30d', '30 days ago'],
];

/** Actions the server writes, with the groups that a star makes of them. */
export const ACTIONS = [
  'ai.answered',
  'ai.asked',
  'approval.approved',
  'approval.cancelled',
  'approval.expired',
  'approval.refused',
  'approval.rejected',
  'approval.requested',
  'audit.erased',
  'custom_tool.changed',
  'custom_tool.created',
  'custom_tool.removed',
  'login.ended',
  'login.failed',
  'login.link_created',
  'login.succeeded',
  'policy.changed',
  'provider.created',
  'provider.removed',
  'run.cancelled',
  'run.ended',
  'secret.dropped',
  'secret.expired',
  'secret.left',
  'secret.refused',
  'secret.shown',
  'session.archived',
  'session.created',
  'session.deleted',
  'session.renamed',
  'target.changed',
  'target.created',
  'target.removed',
  'token.created',
  'token.revoked',
  'tool.cleaned_up',
  'tool.denied',
  'tool.executed',
  'tool.executing',
  'tool.granted',
  'tool.interrupted',
  'tool.performed',
  'tool.planned',
  'tool.refused',
  'tool.verified',
  'user.changed',
  'user.created',
] as const;

const GROUPS = [...new Set(ACTIONS.map((action) => `${action.slice(0, action.indexOf('.'))}.*`))];

/** Names that exist: of people, tools and targets. */
export interface Known {
  actors: string[];
  tools: string[];
  targets: string[];
}

const MOST = 8;

/** The last word of the field: from its start (quotes count as one word) to the end. */
export function lastWord(text: string): string {
  const found = /(?:^|\s)((?:[a-z_]+:)?"[^"]*|\S*)$/i.exec(text);
  return found?.[1] ?? '';
}

/** Suggestions for the word at the end of `text`. What is filtered by already is not offered by name again. */
export function suggestionsFor(text: string, filter: AuditFilter, known: Known): Suggestion[] {
  const word = lastWord(text);
  const colon = word.indexOf(':');
  const key = colon > 0 ? word.slice(0, colon).toLowerCase() : '';
  if (isKey(key)) return valuesFor(key, word.slice(colon + 1).replace(/^"/, ''), known);
  const start = word.toLowerCase();
  const names = KEYS.filter((one) => one.startsWith(start) && !filter[one]).map((one) => ({
    text: `${one}:`,
    hint: HINTS[one],
    isWhole: false,
  }));
  if (start.length < 2) return names;
  // A word of a value finds its filter: `shop` offers target:shop-db.
  const values = (['result', 'risk', 'target', 'actor', 'tool'] as const).flatMap((one) =>
    valuesFor(one, start, known).slice(0, 3),
  );
  return [...names, ...values].slice(0, MOST);
}

function valuesFor(key: FilterKey, start: string, known: Known): Suggestion[] {
  const whole = (value: string, hint = '') => ({ text: writtenPart(key, value), hint, isWhole: true });
  const pick = (values: readonly string[]) => ranked(values, start).map((value) => whole(value));
  switch (key) {
    case 'result':
      return pick(RESULTS);
    case 'risk':
      return pick(RISKS);
    case 'actor':
      return pick(known.actors);
    case 'tool':
      return pick(known.tools);
    case 'target':
      return pick(known.targets);
    case 'action':
      return pick([...GROUPS, ...ACTIONS]);
    case 'from':
    case 'to':
      return TIMES.filter(([value]) => value.startsWith(start)).map(([value, hint]) => whole(value, hint));
    case 'run':
    case 'session':
      return [];
  }
}

/** Those that begin with it before those that hold it. */
function ranked(values: readonly string[], start: string): string[] {
  const part = start.toLowerCase();
  const low = values.map((value) => [value, value.toLowerCase().indexOf(part)] as const).filter(([, at]) => at >= 0);
  return [...low.filter(([, at]) => at === 0), ...low.filter(([, at]) => at > 0)]
    .map(([value]) => value)
    .slice(0, MOST);
}

/** The field's text with its last word replaced. */
export const completed = (text: string, suggestion: Suggestion) =>
  text.slice(0, text.length - lastWord(text).length) + suggestion.text;
