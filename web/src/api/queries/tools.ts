import { queryOptions } from '@tanstack/react-query';
import { api, type Query } from '../client';
import type { PageOf } from '../page';
import type { Listed } from '../schema';

export type ToolFilter = { category?: string; risk?: string; plugin?: string; q?: string };

export const toolsQuery = (filter: ToolFilter = {}) =>
  queryOptions({
    queryKey: ['tools', 'list', filter],
    queryFn: ({ signal }) =>
      api.get<PageOf<Listed>>('/api/tools', { signal, query: filter as Query }).then((page) => page.items),
    staleTime: 10 * 60_000,
  });
