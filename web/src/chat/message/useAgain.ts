import { useChatContext } from '../chatContext';
import { type ChatMessage, isOver, runOf, textOf } from '../message';
import { askedIn } from '../transcript/rows';

/** Asks the same once more as another version; null where that cannot be done now. */
export function useAgain(message: ChatMessage): (() => void) | null {
  const { conversation, isBusy, isReadOnly } = useChatContext();
  const run = runOf(message);
  if (!run || isBusy || isReadOnly || !isOver(message.metadata?.status)) return null;
  return () => {
    const asked = askedIn(conversation.chat.messages, run);
    if (asked) conversation.replace(run, textOf(asked));
  };
}
