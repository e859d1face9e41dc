import { probe, reportAway, whenBack } from '@/api/connection';
import { loginState } from '@/api/login';
import { queryClient } from '@/api/queryClient';
import { staleKeys } from './invalidate';
import { LiveSocket, type Wire } from './socket';

const POLL_EVERY = 10_000;

function address(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/ws`;
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

/** The tab's one live connection. */
export const live = new LiveSocket({
  connect: () => new WebSocket(address()) as unknown as Wire,
  isServerThere,
  onAway: reportAway,
  onSignedOut: () => loginState.set('out'),
  onReopened: () => void queryClient.invalidateQueries(),
});

/** Starts the live connection once someone is signed in; returns what ends it. */
export function startLive(): () => void {
  const ends = [
    live.listen((message) => {
      for (const queryKey of staleKeys(message)) void queryClient.invalidateQueries({ queryKey });
    }),
    live.follow({ type: 'approval:subscribe' }, () => undefined),
    live.follow({ type: 'run:subscribe' }, () => undefined),
    live.follow({ type: 'plugin:subscribe' }, () => undefined),
    loginState.listen(() => {
      if (loginState.get() !== 'in') return;
      live.retryNow();
      void queryClient.invalidateQueries();
    }),
    whenBack(() => {
      live.retryNow();
      void queryClient.invalidateQueries();
    }),
  ];
  const onVisible = () => {
    if (document.visibilityState === 'visible') void probe();
  };
  document.addEventListener('visibilitychange', onVisible);
  const poll = setInterval(() => {
    if (live.state.get() === 'polling' && loginState.get() === 'in' && document.visibilityState === 'visible') {
      void queryClient.refetchQueries({ type: 'active', predicate: (query) => query.queryKey[0] !== 'me' });
    }
  }, POLL_EVERY);
  live.start();
  return () => {
    for (const end of ends) end();
    document.removeEventListener('visibilitychange', onVisible);
    clearInterval(poll);
    live.stop();
  };
}
