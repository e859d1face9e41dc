// One audit entry with everything it holds, in a sheet at the side.

import { h } from './dom.js';
import { fullMoment } from './format.js';
import { icon } from './icons.js';
import { codeBlock } from './code.js';
import { current } from './me.js';
import { riskBadge } from './parts.js';
import { actionTitle } from './words.js';

/** Opens the sheet. Esc, the button and a click beside it close it; the focus goes back to where it was. */
export function openEntry(entry) {
  const { body } = entry;
  const close = () => sheet.close();
  const sheet = h('dialog.sheet', { 'aria-labelledby': 'entry-title', onclose: () => sheet.remove(), onclick: (event) => event.target === sheet && close() },
    h('div.sheet-inner', {},
      h('header.sheet-head', {},
        h('h2', { id: 'entry-title' }, actionTitle(entry.action)),
        h('button.icon-button', { type: 'button', 'aria-label': 'Close', onclick: close }, icon('cross'))),
      body?.sentence && h('p', {}, body.sentence),
      rows([
        ['Number', entry.number],
        ['Time', fullMoment(entry.at)],
        ['Person', body?.user_name && (body.user_id ? h('a', { href: `#/audit?user=${body.user_id}`, onclick: close, title: 'All entries of this person' }, body.user_name) : body.user_name)],
        ['Approved by', body?.approver],
        ['Result', entry.result],
        ['Risk', entry.risk && riskBadge(entry.risk)],
        ['Tool', mono(body?.tool)],
        ['Target', mono(body?.target)],
        ['Rules', body?.rules.length ? mono(body.rules.join(', ')) : null],
        ['Address', mono(body?.ip)],
        ['Client', body?.user_agent],
        ['Run', entry.run_id && h('a.mono', { href: `#/audit?run=${entry.run_id}`, onclick: close, title: 'Everything in this run' }, entry.run_id)],
        ['Session', body?.session_id && body.user_id === current()?.user.id && h('a', { href: `#/chat/${body.session_id}`, onclick: close }, 'Open the conversation')],
      ]),
      !body && h('p.note', {}, 'The details of this entry were erased. Its place in the chain remains.'),
      hasContent(body?.parameters) && [h('p.caption', {}, 'Parameters (secrets are masked)'), codeBlock(JSON.stringify(body.parameters, null, 2))],
      h('p.caption', {}, 'Place in the chain'),
      rows([['Hash', h('span.mono.digest', {}, entry.hash)], ['Before', h('span.mono.digest', {}, entry.previous_hash)]])));
  document.body.append(sheet);
  sheet.showModal();
}

const mono = (text) => text && h('bdi.mono', {}, text);

const hasContent = (value) => value !== null && value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0);

function rows(pairs) {
  return h('dl.record', {}, pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value instanceof Node ? value : h('bdi', {}, String(value))))));
}
