import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { api, apiFetch } from '@/api/client';
import { whenBack } from '@/api/connection';
import { newKey } from '@/api/idempotency';
import { queryClient } from '@/api/queryClient';
import { useLive } from '@/live/useLive';
import { toast } from '@/ui/Toast';
import { Conversation, type ConversationState } from './conversation';
import type { ChatMessage } from './message';
import { watchedFetch } from './silence';
import { useMessages } from './stream/useMessages';
import type { TranscriptPage } from './transcript/merge';

/** Draws a growing answer at most this often. */
const DRAW_MS = 40;

const address = (session: string) => `/api/sessions/${encodeURIComponent(session)}`;
const cacheKey = (session: string) => ['sessions', 'transcript', session];

export interface OpenConversation {
  conversation: Conversation;
  state: ConversationState;
  messages: ChatMessage[];
}

/** The session's conversation, open for as long as the component is mounted. */
export function useConversation(session: string): OpenConversation {
  const conversation = useMemo(() => conversationOf(session), [session]);
  const state = useSyncExternalStore(conversation.subscribe, conversation.snapshot);
  const told = useMessages(conversation.chat, DRAW_MS);
  const messages = conversation.holdback.apply(told);

  useEffect(() => {
    conversation.open();
    return () => {
      conversation.close();
      queryClient.setQueryData<TranscriptPage>(cacheKey(session), conversation.kept());
    };
  }, [conversation, session]);

  useLive({ type: 'chat:join', session_id: session }, ({ type, run_id }) => {
    if (type === 'chat:event') conversation.heard(run_id as string | undefined);
  });

  useEffect(
    () =>
      whenBack(() => {
        conversation.retry();
        conversation.lookForNews();
      }),
    [conversation],
  );

  // A stop that was asked for before the run had a name.
  useEffect(() => {
    if (told.length > 0) conversation.noticed();
  }, [conversation, told]);

  return { conversation, state, messages };
}

function conversationOf(session: string): Conversation {
  return new Conversation({
    session,
    freshId: newKey,
    fetcher: watchedFetch(apiFetch as typeof fetch),
    initial: queryClient.getQueryData<TranscriptPage>(cacheKey(session)),
    onNotice: ({ level, text }) =>
      toast({ title: text, tone: level === 'info' ? 'neutral' : level === 'warning' ? 'warning' : 'danger' }),
    onTurn: () => {
      void queryClient.invalidateQueries({ queryKey: ['sessions', 'list'] });
      void queryClient.invalidateQueries({ queryKey: ['sessions', 'one', session] });
    },
    api: {
      page: ({ limit, before }) =>
        api.get<TranscriptPage>(`${address(session)}/transcript`, { query: { limit, before } }),
      cancel: (run) => api.post(`/api/runs/${encodeURIComponent(run)}/cancel`),
      showBranch: (run) => api.post(`${address(session)}/leaf`, { run_id: run }),
    },
  });
}
