// Answers that the real server would give to a decision; which one is in the approval's id.

import type { Approval } from '@/calls/wire';
import { approvals } from './calls';

export const ME = {
  user: {
    id: 'user-ana',
    organization_id: 'org',
    name: 'Ana',
    role: 'operator',
    is_enabled: true,
    created_at: '2026-01-01T00:00:00Z',
  },
  permissions: ['chat', 'approval:decide', 'tool:*'],
  provider: { name: 'local', model: 'local' },
  version: '0.0.0',
};

const problem = (status: number, code: string, why: string, next: string) =>
  Response.json(
    { type: 'about:blank', title: code, status, detail: why, code, what: 'Could not decide', why, next },
    { status },
  );

const decided = (view: Approval, status: Approval['status'], reason?: string | null): Approval => ({
  ...view,
  status,
  decided_by: 'user-bo',
  decided_by_name: 'Bo',
  decided_at: new Date().toISOString(),
  reason: reason ?? null,
});

const label = 'password of the role reporting';
let shownAt: string | null = null;

/** One secret for all calls: whoever asks for it first gets it. */
function leftSecret(isReveal: boolean): Response {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  if (!isReveal) {
    const state = shownAt ? { state: 'shown', ended_at: shownAt, shown_to: 'Ana' } : { state: 'waiting' };
    return Response.json({ items: [{ label, until, ...state }] });
  }
  if (shownAt) return problem(410, 'secret.shown', 'it was shown to Ana', 'Ask for a change that makes a new one');
  shownAt = new Date().toISOString();
  return Response.json({ items: [{ label, value: 'kV7-example-of-the-gallery-9Qd' }] });
}

export function answerLocally(): void {
  const real = window.fetch;
  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input), location.href);
    const secrets = /^\/api\/executions\/[^/]+\/secrets(\/reveal)?$/.exec(url.pathname);
    if (secrets) return leftSecret(secrets[1] !== undefined);
    const [, id, verb] = /^\/api\/approvals\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const view = approvals.find((one) => one.id === id);
    if (!view || !id) return url.pathname.startsWith('/api/') ? Response.json({ items: [] }) : real(input, init);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as { reason?: string }) : {};
    if (id.includes('elsewhere')) {
      return verb
        ? problem(409, 'approval.already_decided', 'it is approved already', 'Look at what was decided')
        : Response.json(decided(view, 'approved', 'Looked fine to me'));
    }
    if (id.includes('gone')) {
      return verb
        ? problem(410, 'approval.expired', 'nobody decided in time', 'Ask again')
        : Response.json({ ...view, status: 'expired' });
    }
    if (id.includes('forbidden'))
      return problem(403, 'approval.not_allowed', 'your role lost this right a moment ago', 'Ask an owner');
    if (id.includes('changed')) {
      const plan = {
        ...view.plan,
        steps: [
          {
            kind: 'sql' as const,
            literal: 'CREATE INDEX CONCURRENTLY orders_customer_id_idx2 ON orders (customer_id)',
          },
        ],
      };
      return verb
        ? problem(409, 'approval.changed_plan', 'the plan is another one now', 'Read it again')
        : Response.json({ ...view, plan, digest: 'sha256:other' });
    }
    return Response.json(decided(view, verb === 'approve' ? 'approved' : 'rejected', body.reason));
  };
}
