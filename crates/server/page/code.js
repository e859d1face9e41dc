// Code as it will run: monospaced, copyable, reachable by keyboard, SQL with its words told apart.

import { h } from './dom.js';
import { copyButton } from './parts.js';

/** A block of code. `language` is a word such as `sql`; an unknown one is shown plain. */
export function codeBlock(text, language = '') {
  return h('div.code', {},
    h('pre', { tabindex: '0', role: 'region', 'aria-label': language ? `Code: ${language}` : 'Code' }, h('code', {}, language === 'sql' ? sql(text) : text)),
    copyButton(text, 'Copy code'));
}

const SQL = /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*'|\$\w*\$[\s\S]*?\$\w*\$)|("(?:[^"]|"")*")|\b(\d+(?:\.\d+)?)\b|\b([a-z_]+)\b/gi;
const WORDS = new Set(('add all alter analyze and any array as asc between by case cascade check column commit concurrently '
  + 'constraint create cross current database default delete desc distinct drop else end except exists explain false fetch filter first for '
  + 'foreign from full function grant group having if ilike in index inner insert intersect into is join key lateral left like '
  + 'limit lock materialized natural not null nulls of off offset on only or order outer over partition primary references '
  + 'reindex restrict returning revoke right rollback row rows schema select set similar some table then to true truncate '
  + 'union unique update user using vacuum values view when where window with').split(' '));

/** SQL as nodes: words, text, numbers and comments told apart by class. */
export function sql(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(SQL)) {
    const [all, comment, string, quoted, number, word] = found;
    const kind = comment ? 'comment' : string ? 'string' : number ? 'number' : word && WORDS.has(word.toLowerCase()) ? 'word' : null;
    if (!kind || quoted) continue;
    nodes.push(text.slice(last, found.index), h(`span.sql-${kind}`, {}, all));
    last = found.index + all.length;
  }
  return [...nodes, text.slice(last)];
}
