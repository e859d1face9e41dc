import { useCallback, useSyncExternalStore } from 'react';
import type { ChatMessage } from '../message';
import type { LiveChat } from './LiveChat';

/** The messages of a chat, drawn anew at most each `everyMs` while they grow. */
export function useMessages(chat: LiveChat, everyMs: number): ChatMessage[] {
  const subscribe = useCallback(
    (redraw: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let drawnAt = 0;
      const draw = () => {
        timer = undefined;
        drawnAt = Date.now();
        redraw();
      };
      const stop = chat.subscribe(() => {
        timer ??= setTimeout(draw, Math.max(0, drawnAt + everyMs - Date.now()));
      });
      return () => {
        stop();
        clearTimeout(timer);
      };
    },
    [chat, everyMs],
  );
  return useSyncExternalStore(subscribe, () => chat.messages);
}
