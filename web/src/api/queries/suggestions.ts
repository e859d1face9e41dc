import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';

/** Sentences worth asking, for the page and the thing that is open on it. */
export const suggestionsQuery = (page?: string, resource?: string) =>
  queryOptions({
    queryKey: ['suggestions', page ?? null, resource ?? null],
    queryFn: ({ signal }) =>
      api.get<PageOf<string>>('/api/suggestions', { signal, query: { page, resource } }).then((answer) => answer.items),
    staleTime: 5 * 60_000,
  });
