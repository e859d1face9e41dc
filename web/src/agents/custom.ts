// A saved query as its form holds it: every field a text.

import type { CustomParameter, CustomTool, ParameterType } from '@/api/schema';

export type Row = { key: number; name: string; type: ParameterType; description: string; fallback: string };

export const TYPES: { value: ParameterType; label: string }[] = [
  { value: 'text', label: 'text' },
  { value: 'integer', label: 'integer' },
  { value: 'number', label: 'number' },
  { value: 'boolean', label: 'yes or no' },
  { value: 'timestamp', label: 'time' },
];

/** "Orders by status" → "orders_by_status". */
export const nameOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40);

export const rowsOf = (parameters: readonly CustomParameter[]): Row[] =>
  parameters.map(({ name, type, description, default: fallback }, key) => ({
    key,
    name,
    type,
    description: description ?? '',
    fallback: fallback === undefined || fallback === null ? '' : String(fallback),
  }));

/** What a text means as a value of a type; the text itself where it is none, for the server to say so. */
export function readAs(text: string, type: ParameterType): unknown {
  if (type === 'boolean') return /^(true|yes)$/i.test(text) ? true : /^(false|no)$/i.test(text) ? false : text;
  if (type === 'integer' || type === 'number') {
    const number = Number(text);
    return Number.isFinite(number) ? number : text;
  }
  return text;
}

export const parametersOf = (rows: readonly Row[]): CustomParameter[] =>
  rows.map(({ name, type, description, fallback }) => ({
    name: name.trim(),
    type,
    description: description.trim(),
    ...(fallback.trim() === '' ? {} : { default: readAs(fallback.trim(), type) as CustomParameter['default'] }),
  }));

/** Names with a colon in a statement that no row has: outside of quotes, casts and comments, near enough to offer them. */
export function missingNames(statement: string, rows: readonly Row[]): string[] {
  const bare = statement.replace(/'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  const said = [...bare.matchAll(/(?<![:\w]):([a-z][a-z0-9_]*)/g)].map((match) => match[1] as string);
  return [...new Set(said)].filter((name) => !rows.some((row) => row.name === name));
}

export const EMPTY: CustomTool = {
  name: '',
  title: '',
  description: '',
  example: '',
  synonyms: [],
  plugin: 'postgres',
  statement: '',
  parameters: [],
};
