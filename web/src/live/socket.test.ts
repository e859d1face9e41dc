import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { staleKeys } from './invalidate';
import { LiveSocket, type Wire } from './socket';

class FakeWire implements Wire {
  sent: Record<string, unknown>[] = [];
  onopen: Wire['onopen'] = null;
  onclose: Wire['onclose'] = null;
  onmessage: Wire['onmessage'] = null;
  onerror: Wire['onerror'] = null;
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close(code = 1000) {
    this.onclose?.({ code });
  }
  open() {
    this.onopen?.(undefined as never);
  }
  say(message: Record<string, unknown>) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  acknowledge(position?: number) {
    const id = this.sent.at(-1)?.id;
    this.say({ type: 'ack', id, ok: true, position });
  }
  last() {
    const { id: _, ...frame } = this.sent.at(-1) ?? {};
    return frame;
  }
}

let wires: FakeWire[];
let isThere: boolean;
const told = { away: vi.fn(), out: vi.fn(), reopened: vi.fn() };

function make(): LiveSocket {
  return new LiveSocket({
    connect: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    isServerThere: async () => isThere,
    onAway: told.away,
    onSignedOut: told.out,
    onReopened: told.reopened,
    random: () => 0.5,
  });
}

const wireAt = (index: number): FakeWire => {
  const wire = wires.at(index);
  if (!wire) throw new Error(`no connection ${index}`);
  return wire;
};

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  isThere = true;
  for (const each of Object.values(told)) each.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
});

const chat = { type: 'chat:join', session_id: 's1' } as const;

describe('a topic that is followed', () => {
  test('is joined once the socket is open, and again after the last event seen when it was lost', async () => {
    const socket = make();
    const handler = vi.fn();
    socket.follow(chat, handler);
    socket.start();
    wireAt(0).open();
    expect(wireAt(0).last()).toEqual(chat);
    wireAt(0).acknowledge(7);
    await vi.advanceTimersByTimeAsync(0);
    wireAt(0).say({ type: 'chat:event', session_id: 's1', seq: 9 });
    wireAt(0).close(1006);
    expect(socket.state.get()).toBe('waiting');
    await vi.advanceTimersByTimeAsync(500);
    wireAt(1).open();
    expect(wireAt(1).last()).toEqual({ ...chat, after: 9 });
    expect(handler).toHaveBeenCalledTimes(1);
    expect(told.reopened).toHaveBeenCalledTimes(1);
  });

  test('hears only what belongs to it', () => {
    const socket = make();
    const mine = vi.fn();
    const runs = vi.fn();
    socket.follow(chat, mine);
    socket.follow({ type: 'run:subscribe', run_id: 'r1' }, runs);
    socket.start();
    wireAt(0).open();
    wireAt(0).say({ type: 'chat:event', session_id: 's2', seq: 1 });
    wireAt(0).say({ type: 'run:event', run_id: 'r1', seq: 2 });
    wireAt(0).say({ type: 'run:event', run_id: 'r2', seq: 3 });
    expect([mine.mock.calls.length, runs.mock.calls.length]).toEqual([0, 1]);
  });

  test('is shared by all who follow it, and left when the last one goes', () => {
    const socket = make();
    const first = socket.follow(chat, vi.fn());
    const second = socket.follow(chat, vi.fn());
    socket.start();
    wireAt(0).open();
    expect(wireAt(0).sent).toHaveLength(1);
    first();
    expect(wireAt(0).sent).toHaveLength(1);
    second();
    expect(wireAt(0).last()).toEqual({ type: 'chat:leave', session_id: 's1' });
  });
});

describe('a lost connection', () => {
  test('is tried again later and later', async () => {
    isThere = false;
    const socket = make();
    socket.start();
    for (const wait of [500, 1_000, 2_000]) {
      wireAt(-1).close(1006);
      await vi.advanceTimersByTimeAsync(wait - 1);
      const before = wires.length;
      await vi.advanceTimersByTimeAsync(1);
      expect(wires.length).toBe(before + 1);
    }
    expect(told.away).toHaveBeenCalledWith(false);
  });

  test('falls back to asking when the server is there but has no socket', async () => {
    const socket = make();
    socket.start();
    wireAt(0).close(1006);
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.state.get()).toBe('polling');
    expect(told.away).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(wires).toHaveLength(2);
  });

  test('says that the login ended instead of trying again', async () => {
    const socket = make();
    socket.start();
    wireAt(0).open();
    wireAt(0).close(4001);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told.out).toHaveBeenCalledTimes(1);
    expect(wires).toHaveLength(1);
  });

  test('says when the server is restarting', () => {
    const socket = make();
    socket.start();
    wireAt(0).open();
    wireAt(0).close(1012);
    expect(told.away).toHaveBeenCalledWith(true);
  });
});

describe('a request', () => {
  test('is answered by its own acknowledgement', async () => {
    const socket = make();
    socket.start();
    wireAt(0).open();
    const answer = socket.request({ type: 'chat:message', session_id: 's1', text: 'hello' });
    wireAt(0).acknowledge(3);
    await expect(answer).resolves.toMatchObject({ ok: true, position: 3 });
  });

  test('fails with the server’s problem', async () => {
    const socket = make();
    socket.start();
    wireAt(0).open();
    const answer = socket.request({ type: 'chat:typing', session_id: 's1' });
    wireAt(0).say({ type: 'ack', id: wireAt(0).sent[0]?.id, ok: false, problem: { code: 'session.not_yours' } });
    await expect(answer).rejects.toEqual({ code: 'session.not_yours' });
  });

  test('without an answer takes the socket for dead and connects anew', async () => {
    const socket = make();
    socket.start();
    wireAt(0).open();
    const answer = socket.request({ type: 'chat:typing', session_id: 's1' });
    const failed = expect(answer).rejects.toThrow('does not answer');
    await vi.advanceTimersByTimeAsync(10_500);
    await failed;
    expect(wires).toHaveLength(2);
  });
});

test('a run’s events make its lists stale only when its status changes', () => {
  expect(staleKeys({ type: 'run:event', run_id: 'r1' })).toEqual([['runs', 'one', 'r1']]);
  expect(staleKeys({ type: 'run:event', run_id: 'r1', status: 'completed' })).toContainEqual(['runs', 'list']);
});
