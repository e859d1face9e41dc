// The page's beginning: who is it, then the frame and the page that the address names.

import { get, session } from './api.js';
import { approvalsPage } from './approvals.js';
import { auditPage } from './audit.js';
import { chatPage } from './chat.js';
import { fill } from './dom.js';
import { live } from './live.js';
import { loginPage, useLoginLink } from './login.js';
import { become, current } from './me.js';
import { shell } from './shell.js';
import { targetsPage } from './targets.js';

const root = document.getElementById('app');
let frame = null;
let page = null;
let stay = null;

start();
addEventListener('hashchange', () => current() && route());
session.addEventListener('ended', () => current() && leave(null));

async function start() {
  let problem = null;
  try {
    await useLoginLink();
  } catch (failure) {
    problem = failure.problem;
  }
  try {
    await enter();
  } catch (failure) {
    // Without a login the server says 401: that is the normal first visit and no problem to show.
    askLogin(failure.status === 401 ? problem : (failure.problem ?? null));
    if (!failure.problem) throw failure;
  }
}

async function enter() {
  become(await get('/api/me'));
  stay = new AbortController();
  frame = shell({ signedOut: () => leave(null), until: stay.signal });
  fill(root, frame.node);
  live.start();
  route();
}

function leave(problem) {
  page?.leave();
  page = null;
  stay.abort();
  live.stop();
  become(null);
  askLogin(problem);
}

function askLogin(problem) {
  document.title = 'Sign in · Steersman';
  fill(root, loginPage(problem, () => enter()));
  root.querySelector('input')?.focus();
}

/** `#/chat/ID`, `#/approvals`, `#/audit?risk=high`, `#/targets`; anything else is a new chat. */
function route() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, id = null] = path.split('/');
  page?.leave();
  page = pageOf(name, id, new URLSearchParams(search));
  frame.show(page, Object.hasOwn(PAGES, name) ? name : 'chat', id);
  page.ready?.();
}

const PAGES = {
  chat: (id) => chatPage(id, { adopted, retitle: (text) => frame.retitle(text) }),
  approvals: () => approvalsPage(),
  audit: (_, search) => auditPage(Object.fromEntries(search), { apply: applyFilters }),
  targets: () => targetsPage(),
};

const pageOf = (name, id, search) => (Object.hasOwn(PAGES, name) ? PAGES[name] : PAGES.chat)(id || null, search);

/** A new session got its id: the address follows without drawing the page anew. */
function adopted(id) {
  history.replaceState(null, '', `#/chat/${id}`);
  frame.adopt(id);
}

function applyFilters(filters, focusOn) {
  const search = new URLSearchParams(filters).toString();
  history.replaceState(null, '', `#/audit${search ? `?${search}` : ''}`);
  route();
  if (focusOn) root.querySelector(`[name="${CSS.escape(focusOn)}"]`)?.focus();
}
