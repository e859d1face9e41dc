import { createContext, useContext } from 'react';
import type { Conversation } from './conversation';

/** What the rows of a conversation share. */
export interface ChatContext {
  conversation: Conversation;
  isBusy: boolean;
  /** The connection is lost while an answer is on its way. */
  isLost: boolean;
  isStopping: boolean;
  /** Nothing can be said here: the session is archived. */
  isReadOnly: boolean;
  isCompact: boolean;
  /** The run whose message is being edited. */
  editing: string | null;
  setEditing: (run: string | null) => void;
  /** Puts text into the composer, after what is there. */
  write: (text: string) => void;
}

export const ChatContextProvider = createContext<ChatContext | null>(null);

export function useChatContext(): ChatContext {
  const context = useContext(ChatContextProvider);
  if (!context) throw new Error('A message is drawn outside of a conversation.');
  return context;
}
