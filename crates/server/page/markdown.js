// A small Markdown renderer for answers. It makes DOM nodes and never HTML: tags in the text show as text, images are
// not loaded, links go only to http and https. Half-written text (while it streams) renders as far as it goes.

import { h } from './dom.js';
import { codeBlock } from './code.js';

/** A fragment with the rendered text. */
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(text.replaceAll('\r\n', '\n').split('\n')));
  return fragment;
}

const FENCE = /^\s*(```+|~~~+)\s*([\w+-]*)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^\s*>\s?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function blocks(lines) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    const fence = FENCE.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (fence) {
      const end = endOfFence(lines, at + 1, fence[1]);
      nodes.push(codeBlock(lines.slice(at + 1, end).join('\n'), fence[2]));
      at = end + 1;
    } else if (HEADING.test(line)) {
      const [, marks, title] = HEADING.exec(line);
      // The page has its own first and second level.
      nodes.push(h(`h${Math.min(marks.length + 2, 6)}`, {}, inline(title)));
      at += 1;
    } else if (RULE.test(line)) {
      nodes.push(h('hr'));
      at += 1;
    } else if (QUOTE.test(line)) {
      const end = endWhile(lines, at, (one) => QUOTE.test(one));
      nodes.push(h('blockquote', {}, blocks(lines.slice(at, end).map((one) => QUOTE.exec(one)[1]))));
      at = end;
    } else if (ITEM.test(line)) {
      const end = endOfList(lines, at);
      nodes.push(list(lines.slice(at, end)));
      at = end;
    } else if (line.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '') && lines[at + 1].includes('-')) {
      const end = endWhile(lines, at + 2, (one) => one.includes('|'));
      nodes.push(table(lines[at], lines.slice(at + 2, end)));
      at = end;
    } else {
      const end = Math.max(endWhile(lines, at, isPlain), at + 1);
      nodes.push(h('p', {}, withBreaks(lines.slice(at, end))));
      at = end;
    }
  }
  return nodes;
}

const isPlain = (line) => line.trim() !== '' && ![FENCE, HEADING, ITEM, RULE, QUOTE].some((pattern) => pattern.test(line));

function endWhile(lines, from, holds) {
  let end = from;
  while (end < lines.length && holds(lines[end])) end += 1;
  return end;
}

const endOfFence = (lines, from, mark) => endWhile(lines, from, (line) => !line.trimStart().startsWith(mark));

const endOfList = (lines, from) =>
  endWhile(lines, from, (line) => ITEM.test(line) || /^\s{2,}\S/.test(line));

function list(lines) {
  const depth = ITEM.exec(lines[0])[1].length;
  const isOrdered = /\d/.test(ITEM.exec(lines[0])[2]);
  const items = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1].length <= depth + 1) items.push([item[3]]);
    else items.at(-1).push(line.replace(/^\s{2,4}/, ''));
  }
  return h(isOrdered ? 'ol' : 'ul', {}, items.map(([first, ...rest]) => h('li', {}, inline(first), blocks(rest))));
}

function table(head, rows) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, '').split(/(?<!\\)\|/).map((one) => one.trim().replaceAll('\\|', '|'));
  const names = cells(head);
  return h('div.table-scroll', { tabindex: '0', role: 'region', 'aria-label': 'Table' },
    h('table', {},
      h('thead', {}, h('tr', {}, names.map((name) => h('th', { scope: 'col' }, inline(name))))),
      h('tbody', {}, rows.map((row) => h('tr', {}, names.map((_, column) => h('td', {}, inline(cells(row)[column] ?? ''))))))));
}

const withBreaks = (lines) => lines.flatMap((line, index) => (index ? [h('br'), inline(line)] : [inline(line)]));

const INLINE = /(`+)(.+?)\1|!?\[([^\]]*)\]\(([^)\s]+)\)|\*\*(?=\S)(.+?)\*\*|(?<![\w*])[*](?=\S)([^*]+?)[*](?![\w*])|(?<!\w)_(?=\S)([^_]+?)_(?!\w)|(https?:\/\/[^\s<>()`]+[^\s<>()`.,;:!?'"])/;

/** Nodes and strings of one line. */
export function inline(text) {
  const parts = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    parts.push(unescape(rest.slice(0, found.index)), marked(found));
    rest = rest.slice(found.index + found[0].length);
  }
  return [...parts, unescape(rest)];
}

function marked([all, , code, label, address, strong, star, underscore, bare]) {
  if (code !== undefined) return h('code', {}, code.trim() || code);
  if (address !== undefined) return link(address, label || address);
  if (strong !== undefined) return h('strong', {}, inline(strong));
  if (star !== undefined || underscore !== undefined) return h('em', {}, inline(star ?? underscore));
  return bare === undefined ? all : link(bare, bare);
}

const unescape = (text) => text.replace(/\\([\\`*_{}[\]()#+\-.!|>])/g, '$1');

function link(address, label) {
  if (!/^https?:\/\//i.test(address)) return `${label} (${address})`;
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, label);
}
