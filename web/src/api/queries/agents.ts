import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';
import type { Health, NewTarget, PluginType, RunView, TargetChange, TargetView, ToolSpec } from '../schema';

const place = (serverId: string, id?: string) =>
  `/api/servers/${encodeURIComponent(serverId)}/plugins${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

export const pluginsQuery = queryOptions({
  queryKey: ['plugins'],
  queryFn: ({ signal }) => api.get<PageOf<PluginType>>('/api/plugins', { signal }).then((page) => page.items),
  staleTime: Number.POSITIVE_INFINITY,
});

export const targetQuery = (serverId: string, id: string) =>
  queryOptions({
    queryKey: ['targets', 'one', id],
    queryFn: ({ signal }) => api.get<TargetView>(place(serverId, id), { signal }),
  });

/** A look at the target now: at most 5 s. */
export const healthQuery = (serverId: string, id: string) =>
  queryOptions({
    queryKey: ['targets', 'health', id],
    queryFn: ({ signal }) => api.get<Health>(`${place(serverId, id)}/health`, { signal }),
    staleTime: 0,
  });

export const targetToolsQuery = (serverId: string, id: string) =>
  queryOptions({
    queryKey: ['tools', 'target', id],
    queryFn: ({ signal }) =>
      api.get<PageOf<ToolSpec>>(`${place(serverId, id)}/tools`, { signal }).then((page) => page.items),
    staleTime: 10 * 60_000,
  });

export const createTarget = (serverId: string, target: NewTarget) => api.post<TargetView>(place(serverId), target);

export const changeTarget = (serverId: string, id: string, change: Partial<TargetChange> & { revision: number }) =>
  api.patch<TargetView>(place(serverId, id), change);

export const removeTarget = (serverId: string, id: string) => api.remove(place(serverId, id));

/** Tries settings that are not saved. Secrets that are left out are those of `targetId`. */
export const testSettings = (plugin: string, settings: Record<string, unknown>, targetId?: string) =>
  api.post<Health>(`/api/plugins/${encodeURIComponent(plugin)}/test`, {
    settings,
    ...(targetId === undefined ? {} : { target_id: targetId }),
  });

/** Calls a tool by hand. The run has ended, or waits for a person, or goes on. */
export const execute = (
  serverId: string,
  id: string,
  tool: string,
  args: Record<string, unknown>,
  idempotencyKey: string,
) => api.post<RunView>(`${place(serverId, id)}/execute`, { tool, arguments: args }, { idempotencyKey });
