// A table as text to take elsewhere.

import type { Cell, Column } from './kinds';

const raw = (value: Cell): string => {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(raw).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A spreadsheet runs text that begins like a formula; an apostrophe keeps it text. Numbers stay numbers. */
function inert(value: Cell): string {
  const text = raw(value);
  const isFormula = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text);
  return isFormula ? `'${text}` : text;
}

const field = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180, raw values, header first. */
export function toCsv(columns: Column[], rows: Cell[][]): string {
  const lines = [
    columns.map(({ name }) => field(inert(name))),
    ...rows.map((row) => row.map((cell) => field(inert(cell)))),
  ];
  return lines.map((line) => line.join(',')).join('\r\n');
}

const markdownCell = (value: Cell) =>
  raw(value).replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\r?\n/g, ' ');

/** A GitHub table of raw values. */
export function toMarkdown(columns: Column[], rows: Cell[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ name }) => markdownCell(name))),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(row.map(markdownCell))),
  ].join('\n');
}
