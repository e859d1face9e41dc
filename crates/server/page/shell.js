// The frame around every page: navigation, sessions, who is signed in, the page's header, the connection banner.

import { post } from './api.js';
import { everySecond, fill, h } from './dom.js';
import { left } from './format.js';
import { icon } from './icons.js';
import { live } from './live.js';
import { current, may } from './me.js';
import { when } from './parts.js';

const PAGES = [
  { name: 'chat', word: 'Chat', icon: 'chat', needs: 'ai:chat' },
  { name: 'approvals', word: 'Approvals', icon: 'shield', needs: 'ai:chat' },
  { name: 'audit', word: 'Audit log', icon: 'list', needs: 'audit:read' },
  { name: 'targets', word: 'Targets', icon: 'server', needs: 'target:read' },
];

/** `{node, show(page, name, sessionId), retitle, adopt}`; it listens until the signal `until` ends it. */
export function shell({ signedOut, until }) {
  const badge = h('span.nav-badge', { hidden: true });
  const links = PAGES.filter((page) => may(page.needs)).map((page) =>
    h('a.nav-link', { href: `#/${page.name}`, 'data-page': page.name }, icon(page.icon), h('span', {}, page.word), page.name === 'approvals' && badge));
  const list = h('ul.sessions');
  const drawer = h('div.drawer', { id: 'drawer' },
    h('div.sessions-head', {}, h('h2', {}, 'Sessions'), h('a.button.small', { href: '#/chat', onclick: closeDrawer }, icon('plus'), 'New')),
    list,
    h('footer.me', {}, h('span.me-name', {}, h('bdi', {}, current().user.name), h('span.quiet', {}, current().user.role)), themeButton(),
      h('button.icon-button', { type: 'button', 'aria-label': 'Sign out', title: 'Sign out', onclick: signOut }, icon('leave'))));
  const veil = h('div.veil', { onclick: closeDrawer });
  const menu = h('button.icon-button.menu', { type: 'button', 'aria-label': 'Sessions and account', 'aria-controls': 'drawer', 'aria-expanded': 'false', onclick: openDrawer }, icon('menu'));
  const title = h('h1');
  const actions = h('div.page-actions');
  const banner = h('div.banner-place', { role: 'status' });
  const content = h('div.page');
  const main = h('main', { id: 'main', tabindex: '-1' }, h('header.page-head', {}, menu, title, h('span.spread'), actions), banner, content);
  const node = h('div.shell', { onkeydown: (event) => event.key === 'Escape' && closeDrawer() },
    h('div.side', {}, h('a.brand', { href: '#/chat' }, icon('helm'), h('span', {}, 'Steersman')), h('nav', { 'aria-label': 'Main' }, links), drawer),
    veil, main);

  let word = '';
  let openSession = null;
  const whileHere = { signal: until };
  live.addEventListener('approvals', () => {
    tellTitle();
    drawSessions();
  }, whileHere);
  live.addEventListener('sessions', drawSessions, whileHere);
  live.addEventListener('connection', ({ detail }) => tellConnection(banner, detail), whileHere);

  function tellTitle() {
    const waiting = live.waiting.length;
    badge.hidden = waiting === 0;
    fill(badge, String(waiting), h('span.hidden-visually', {}, ' waiting'));
    document.title = `${waiting ? `(${waiting}) ` : ''}${word} · Steersman`;
  }

  function drawSessions() {
    const waiting = new Set(live.waiting.map((view) => view.session_id));
    fill(list, live.sessions.length === 0
      ? h('li.quiet.sessions-empty', {}, 'Your sessions will be listed here.')
      : live.sessions.map((one) => h('li', {}, h('a.session', { href: `#/chat/${one.id}`, onclick: closeDrawer, 'aria-current': one.id === openSession ? 'page' : null },
          h('span.session-title', {}, h('bdi', {}, one.title || 'Untitled')),
          waiting.has(one.id) ? h('span.session-waits', { title: 'Waits for a decision' }, icon('clock'), h('span.hidden-visually', {}, 'waits for a decision')) : h('span.session-time', {}, when(one.updated_at))))));
  }

  function openDrawer() {
    node.classList.add('has-drawer');
    menu.setAttribute('aria-expanded', 'true');
    drawer.querySelector('a').focus();
  }

  function closeDrawer() {
    if (!node.classList.contains('has-drawer')) return;
    node.classList.remove('has-drawer');
    menu.setAttribute('aria-expanded', 'false');
    menu.focus();
  }

  async function signOut() {
    await post('/api/auth/logout').catch(() => {});
    signedOut();
  }

  return {
    node,
    /** Puts a page into the frame. */
    show(page, name, sessionId) {
      openSession = sessionId;
      for (const link of links) {
        if (link.dataset.page === name) link.setAttribute('aria-current', 'page');
        else link.removeAttribute('aria-current');
      }
      fill(actions, page.actions);
      fill(content, page.node);
      this.retitle(page.title);
      drawSessions();
    },
    retitle(text) {
      word = text;
      fill(title, h('bdi', {}, text));
      tellTitle();
    },
    adopt(sessionId) {
      openSession = sessionId;
      drawSessions();
    },
  };
}

const THEMES = { system: ['screen', 'Theme: as the system'], light: ['sun', 'Theme: light'], dark: ['moon', 'Theme: dark'] };
const NEXT = { system: 'light', light: 'dark', dark: 'system' };

function themeButton() {
  const button = h('button.icon-button', { type: 'button', onclick: () => choose(NEXT[steersmanTheme.current()]) });
  const draw = () => {
    const [name, words] = THEMES[steersmanTheme.current()];
    fill(button, icon(name));
    button.setAttribute('aria-label', words);
    button.title = words;
  };
  function choose(theme) {
    steersmanTheme.set(theme);
    draw();
  }
  draw();
  return button;
}

/** A calm line while the server is away; short blinks show nothing. */
const BLINK_MS = 1500;
let patience = null;
let away = null;

function tellConnection(place, state) {
  away = state.is === 'away' ? state : null;
  if (!away) {
    clearTimeout(patience);
    patience = null;
    fill(place);
  } else patience ??= setTimeout(() => fill(place, awayBanner()), BLINK_MS);
}

function awayBanner() {
  const wait = h('span');
  everySecond(wait, () => {
    const time = away && left(away.again_at);
    fill(wait, time ? `Trying again in ${time}.` : 'Trying…');
  });
  return h('p.banner', {}, icon('warning'),
    h('span', {}, 'Steersman is not reachable. What you see may be old; drafts are kept. ', wait),
    h('button.small', { type: 'button', onclick: () => live.retry() }, 'Try now'));
}
