// What a person does to a session as a whole. The lists are asked again after each.

import { api } from '@/api/client';
import type { ListedSession } from '@/api/queries/sessions';
import { queryClient } from '@/api/queryClient';
import type { PageContext } from '../message';

const path = (id: string) => `/api/sessions/${encodeURIComponent(id)}`;

async function andRefresh<T>(id: string, work: Promise<T>): Promise<T> {
  const done = await work;
  void queryClient.invalidateQueries({ queryKey: ['sessions', 'list'] });
  void queryClient.invalidateQueries({ queryKey: ['sessions', 'one', id] });
  return done;
}

/** The first message becomes the title. */
export async function createSession(context: PageContext | null, key: string): Promise<ListedSession> {
  const session = await api.post<ListedSession>(
    '/api/sessions',
    { anchor: context ? { page: context } : {} },
    { idempotencyKey: key },
  );
  queryClient.setQueryData(['sessions', 'one', session.id], session);
  void queryClient.invalidateQueries({ queryKey: ['sessions', 'list'] });
  return session;
}

export const renameSession = (id: string, title: string) => andRefresh(id, api.patch(path(id), { title }));
export const archiveSession = (id: string) => andRefresh(id, api.post(`${path(id)}/close`));
export const reopenSession = (id: string) => andRefresh(id, api.post(`${path(id)}/reopen`));

export async function deleteSession(id: string): Promise<void> {
  await api.remove(path(id));
  queryClient.removeQueries({ queryKey: ['sessions', 'one', id] });
  queryClient.removeQueries({ queryKey: ['sessions', 'transcript', id] });
  void queryClient.invalidateQueries({ queryKey: ['sessions', 'list'] });
}

/** The person has seen what is there. */
export async function markRead(id: string): Promise<void> {
  await api.post(`${path(id)}/read`);
  void queryClient.invalidateQueries({ queryKey: ['sessions', 'list'] });
}
