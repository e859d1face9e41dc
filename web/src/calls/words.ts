// Words for people: tools, risks, facts, places and suggested calls.

import { bytes, count } from '@/blocks/format';
import type { Fact, Risk, SuggestedCall } from './wire';

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** `postgres.create_index` → `create_index`. */
export const shortName = (tool: string) => tool.slice(tool.indexOf('.') + 1);

/** `postgres.create_index` → `Create index`. */
export const toolTitle = (tool: string) => sentence(shortName(tool).replaceAll('_', ' '));

export const RISK_WORDS: Record<Risk, string> = {
  low: 'low risk',
  medium: 'medium risk',
  high: 'high risk',
  critical: 'critical risk',
};

const HARMLESS = new Set(['development', 'staging', 'test', 'demo', 'local']);
/** Unset and unknown environments count as production: the careful reading. */
export const isProduction = (environment: string) => !HARMLESS.has(environment);

/** A suggested call in the plain words that a person would type. */
export function callInWords({
  tool,
  target,
  arguments: given,
}: Pick<SuggestedCall, 'tool' | 'target' | 'arguments'>): string {
  const words = [shortName(tool).replaceAll('_', ' ')];
  const rest: Record<string, unknown> = { ...given };
  const take = (name: string, act: (value: unknown) => void) => {
    const value = rest[name];
    if (value === undefined || value === null) return;
    act(value);
    delete rest[name];
  };
  for (const name of ['index', 'name', 'pid', 'connection', 'process'])
    take(name, (value) => words.push(String(value)));
  take('table', (value) =>
    words.push(words.length > 1 || /_(index|table)$/.test(tool) ? `on ${value}` : String(value)),
  );
  take('columns', (value) => words.push(`(${[value].flat().join(', ')})`));
  take('sql', (value) => words.push(`\`${value}\``));
  for (const [name, value] of Object.entries(rest)) {
    if (value === true) words.push(name.replaceAll('_', ' '));
    else if (Array.isArray(value)) words.push(`${name.replaceAll('_', ' ')} ${value.join(', ')}`);
    else if (value !== null && value !== false && typeof value !== 'object')
      words.push(`${name.replaceAll('_', ' ')} ${value}`);
  }
  return `${words.join(' ')} on ${target}`;
}

/** A button's words: short, with the thing it is about. */
export function suggestionLabel(call: SuggestedCall): string {
  const given = call.arguments as Record<string, unknown>;
  const about = ['index', 'name', 'table', 'pid', 'process', 'path']
    .map((name) => given[name])
    .find((value) => typeof value === 'string' || typeof value === 'number');
  const title = call.is_undo ? `Undo: ${shortName(call.tool).replaceAll('_', ' ')}` : toolTitle(call.tool);
  return about === undefined ? title : `${title} ${about}`;
}

/** A fact that the judge weighed, as a clause. */
export function factInWords(fact: Fact): string {
  switch (fact.fact) {
    case 'rows_changed':
      return `changes ${count(fact.rows)} ${fact.rows === 1 ? 'row' : 'rows'}`;
    case 'size_bytes':
      return `size ${bytes(fact.bytes)}`;
    case 'blocks_reads':
      return `blocks reads: ${fact.what}`;
    case 'blocks_writes':
      return `blocks writes: ${fact.what}`;
    case 'interrupts':
      return `interrupts ${fact.what}`;
    case 'loses_data':
      return `loses data: ${fact.what}`;
    case 'touches_secrets':
      return `touches secrets: ${fact.what}`;
    case 'changes_access':
      return `changes access: ${fact.what}`;
    case 'primary_with_replicas':
      return `the primary of ${count(fact.replicas)} ${fact.replicas === 1 ? 'replica' : 'replicas'}`;
    case 'effect_unknown':
      return `effect unknown: ${fact.why}`;
  }
}
