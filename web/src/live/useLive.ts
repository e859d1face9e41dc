import { useEffect, useRef, useSyncExternalStore } from 'react';
import { live } from './live';
import type { LiveState } from './socket';
import { type LiveMessage, type Topic, topicKey } from './topics';

/** Follows a topic while mounted; null follows nothing. The handler may change without a new subscription. */
export function useLive(topic: Topic | null, handler: (message: LiveMessage) => void, after?: number): void {
  const latest = useRef(handler);
  latest.current = handler;
  const key = topic && topicKey(topic);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the topic; `after` counts at the first join
  useEffect(() => (topic ? live.follow(topic, (message) => latest.current(message), after) : undefined), [key]);
}

/** Hears broadcasts of one type, whoever follows them. */
export function useLiveEvent(type: string, handler: (message: LiveMessage) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => live.listen((message) => message.type === type && latest.current(message)), [type]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(live.state.listen, live.state.get);
}
