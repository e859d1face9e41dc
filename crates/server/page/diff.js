// Before and after of one text, line by line.

import { h } from './dom.js';

/** Beyond this many lines a side, the comparison would cost too much; both texts are shown whole. */
const MOST_LINES = 1500;

export function diff({ title, before, after }) {
  const lines = compare(before.split('\n'), after.split('\n'));
  const added = lines.filter((line) => line.mark === '+').length;
  const removed = lines.filter((line) => line.mark === '−').length;
  return h('div', {},
    h('p.caption', {}, h('bdi', {}, title), h('span.quiet', {}, ` +${added} −${removed}`)),
    h('div.diff', { tabindex: '0', role: 'region', 'aria-label': `Difference: ${title}` },
      lines.map(({ mark, text }) => h('div', { class: mark === '+' ? 'added' : mark === '−' ? 'removed' : '' }, h('span.mark', {}, mark), h('bdi', {}, text || ' ')))));
}

/** Lines with marks: `+` added, `−` removed, space kept. Longest common subsequence. */
export function compare(before, after) {
  const removed = before.map((text) => ({ mark: '−', text }));
  const added = after.map((text) => ({ mark: '+', text }));
  if (before.length > MOST_LINES || after.length > MOST_LINES) return [...removed, ...added];
  const width = after.length + 1;
  const length = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      length[i * width + j] = before[i] === after[j]
        ? length[(i + 1) * width + j + 1] + 1
        : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push({ mark: ' ', text: before[i] });
      i += 1;
      j += 1;
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) lines.push(removed[i++]);
    else lines.push(added[j++]);
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];
}
