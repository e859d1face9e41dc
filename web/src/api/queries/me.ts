import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../client';
import type { Me } from '../schema';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.get<Me>('/api/me', { signal, isLogin: true }),
  staleTime: 5 * 60_000,
});

/** Who is signed in; undefined until known. */
export function useMe(): Me | undefined {
  return useQuery({ ...meQuery, enabled: false }).data;
}

/** Whether the person holds a permission such as `approval:decide`. False until known. */
export function useMay(permission: string): boolean {
  return holds(useMe()?.permissions ?? [], permission);
}

/** Whether rights such as `postgres:*`, `*` or `audit:read` cover one. */
export function holds(rights: readonly string[], permission: string): boolean {
  return rights.some(
    (right) => right === permission || (right.endsWith('*') && permission.startsWith(right.slice(0, -1))),
  );
}
