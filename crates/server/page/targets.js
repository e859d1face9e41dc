// The targets page: what can be operated, and how it is.

import { get } from './api.js';
import { fill, h } from './dom.js';
import { duration } from './format.js';
import { chip, emptyState, problemBox, skeleton } from './parts.js';

const HEALTH = {
  healthy: { icon: 'check', word: 'Healthy', tone: 'good' },
  degraded: { icon: 'warning', word: 'Degraded', tone: 'warn' },
  down: { icon: 'cross', word: 'Down', tone: 'bad' },
  unknown: { icon: 'question', word: 'Not looked at yet', tone: 'quiet' },
  disabled: { icon: 'minus', word: 'Disabled', tone: 'quiet' },
};

export function targetsPage() {
  const content = h('div');
  const wait = setTimeout(() => fill(content, skeleton(4)), 150);
  const again = h('button', { type: 'button', onclick: load }, 'Look again');
  load();

  async function load() {
    again.disabled = true;
    try {
      const { items } = await get('/api/targets');
      fill(content, items.length ? h('ul.rows.targets', {}, items.map(row)) : nothing());
    } catch (failure) {
      if (!failure.problem) throw failure;
      fill(content, problemBox(failure.problem, { isAlert: true }));
    } finally {
      clearTimeout(wait);
      again.disabled = false;
    }
  }

  return {
    title: 'Targets',
    actions: [again],
    node: h('div.page-scroll', { tabindex: '0', role: 'region', 'aria-label': 'Targets' }, h('div.page-column', {}, content)),
    leave: () => clearTimeout(wait),
  };
}

function row(target) {
  const { health } = target;
  const state = target.is_enabled === false ? HEALTH.disabled : (HEALTH[health?.state] ?? HEALTH.unknown);
  return h('li.row.target-row', {},
    h('span.row-title', {}, h('bdi.mono', {}, target.name)),
    h('span.quiet', {}, target.plugin),
    h('span.environment', { class: target.environment === 'production' || !target.environment ? 'is-production' : '' }, target.environment || 'production'),
    h('span.spread'),
    health?.latency_ms !== undefined && h('span.quiet', {}, duration(health.latency_ms)),
    chip(state),
    health?.sentence && h('p.row-more', {}, health.sentence, health.version && h('span.quiet', {}, ` Version ${health.version}.`)));
}

const nothing = () => emptyState('server', 'No targets yet.', h('p.quiet', {}, 'Add one on the server: ', h('code', {}, 'steersman targets add')));
