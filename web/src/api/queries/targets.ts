import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';
import type { Health, Server, TargetView } from '../schema';

export type ListedServer = Server & {
  health?: Health | null;
  targets?: number;
  metrics?: Record<string, number> | null;
};

export const targetsQuery = queryOptions({
  queryKey: ['targets', 'list'],
  queryFn: ({ signal }) => api.get<PageOf<TargetView>>('/api/targets', { signal }).then((page) => page.items),
});

export const serversQuery = queryOptions({
  queryKey: ['servers', 'list'],
  queryFn: ({ signal }) => api.get<PageOf<ListedServer>>('/api/servers', { signal }).then((page) => page.items),
});
