// What the whole page follows: events of the organization, approvals that wait, and the list of sessions.

import { get } from './api.js';
import { may } from './me.js';
import { follow } from './stream.js';

// A hidden tab lets go of its connection (browsers allow six to one server) and looks now and then instead.
const HIDDEN_GRACE_MS = 20_000;
const LOOK_MS = 30_000;

const DECISIONS = new Set(['approval_requested', 'decided', 'approval_expired', 'approval_cancelled', 'run_ended']);

/** Tells `event` (detail: an event record), `approvals`, `sessions` and `connection` (detail: a stream state). */
class Live extends EventTarget {
  waiting = [];
  sessions = [];
  problem = null;
  #stream = null;
  #position = 'now';
  #isAsleep = false;
  #timers = {};

  start() {
    this.refreshApprovals();
    this.refreshSessions();
    this.#open();
    document.addEventListener('visibilitychange', this.#seen);
  }

  stop() {
    this.#stream?.close();
    this.#stream = null;
    this.#position = 'now';
    this.waiting = [];
    this.sessions = [];
    Object.values(this.#timers).forEach((timer) => clearTimeout(timer));
    clearInterval(this.#timers.look);
    document.removeEventListener('visibilitychange', this.#seen);
  }

  retry() {
    this.#stream?.retry();
  }

  async refreshApprovals() {
    try {
      this.waiting = (await get('/api/approvals?status=pending&limit=100')).items;
      this.problem = null;
    } catch (failure) {
      this.problem = failure.problem ?? null;
    }
    this.#tell('approvals');
  }

  async refreshSessions() {
    try {
      this.sessions = (await get('/api/sessions?status=active&limit=50')).items;
      this.#tell('sessions');
    } catch {
      // The list stays as it was; the connection banner says what is wrong.
    }
  }

  #open() {
    // Only those who decide may follow the whole organization; the others look now and then.
    if (!may('approval:decide')) return this.#lookNowAndThen();
    let wasAway = false;
    const onState = (state) => {
      if (state.is === 'open' && wasAway) {
        this.refreshApprovals();
        this.refreshSessions();
      }
      wasAway = state.is === 'away';
      if (state.is === 'refused') this.#lookNowAndThen();
      else this.#tell('connection', state);
    };
    this.#stream = follow('/api/events', this.#position, (kind, record) => {
      if (kind !== 'event') return;
      this.#position = record.position;
      this.hear(record);
    }, onState);
  }

  /** Takes in an event; a chat passes on its own, for people who may not follow everything. Twice does no harm. */
  hear(record) {
    const { type } = record.event;
    if (DECISIONS.has(type)) this.#soon('approvals', 120, () => this.refreshApprovals());
    if (type === 'started' || type === 'run_ended') this.#soon('sessions', 400, () => this.refreshSessions());
    this.#tell('event', record);
  }

  #seen = () => {
    clearTimeout(this.#timers.hide);
    if (document.hidden) {
      this.#timers.hide = setTimeout(() => {
        this.#isAsleep = true;
        this.#stream?.close();
        this.#stream = null;
        this.#lookNowAndThen();
        this.#tell('asleep');
      }, HIDDEN_GRACE_MS);
    } else if (this.#isAsleep) {
      this.#isAsleep = false;
      clearInterval(this.#timers.look);
      this.#open();
      this.refreshApprovals();
      this.refreshSessions();
      this.#tell('awake');
    }
  };

  #lookNowAndThen() {
    clearInterval(this.#timers.look);
    this.#timers.look = setInterval(() => this.refreshApprovals(), LOOK_MS);
  }

  #soon(name, ms, act) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(act, ms);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

export const live = new Live();
