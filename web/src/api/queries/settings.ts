import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';
import type {
  CreatedLink,
  CreatedToken,
  NewProvider,
  NewUser,
  Policy,
  ProviderView,
  Role,
  Simulated,
  TokenView,
  User,
  UserChange,
} from '../schema';

/** A role and what it may do; a permission may end in `*`. */
export type RoleView = { role: Role; title: string; permissions: string[] };

/** One saved state of the rules. */
export type PolicyRevision = { revision: number; created_at: string; by?: string | null; sentence?: string | null };

const items = <T>(page: PageOf<T>): T[] => page.items;
const at = (path: string, id: string) => `${path}/${encodeURIComponent(id)}`;

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => api.get<PageOf<User>>('/api/users', { signal }).then(items),
});

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: ({ signal }) => api.get<PageOf<RoleView>>('/api/roles', { signal }).then(items),
  staleTime: 60 * 60_000,
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => api.get<PageOf<TokenView>>('/api/tokens', { signal }).then(items),
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => api.get<PageOf<ProviderView>>('/api/models', { signal }).then(items),
});

export const policyQuery = queryOptions({
  queryKey: ['policy', 'now'],
  queryFn: ({ signal }) => api.get<Policy>('/api/policy', { signal }),
});

export const policyRevisionsQuery = queryOptions({
  queryKey: ['policy', 'revisions'],
  queryFn: ({ signal }) => api.get<PageOf<PolicyRevision>>('/api/policy/revisions', { signal }).then(items),
});

/** The rules as they stood at a revision. */
export const policyAtQuery = (revision: number) =>
  queryOptions({
    queryKey: ['policy', 'at', revision],
    queryFn: ({ signal }) => api.get<{ policy: Policy } | Policy>(`/api/policy/revisions/${revision}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    select: (answer): Policy => ('policy' in answer ? answer.policy : answer),
  });

export const createUser = (user: NewUser) => api.post<User>('/api/users', user);
export const changeUser = (id: string, change: Partial<UserChange>) => api.patch<User>(at('/api/users', id), change);
/** A one-time address that signs the person in. */
export const loginLink = (userName: string) => api.post<CreatedLink>('/api/auth/links', { user: userName });

/** `days` until it ends; null for one that does not end by itself. */
export const createToken = (name: string, days: number | null) => api.post<CreatedToken>('/api/tokens', { name, days });
export const revokeToken = (id: string) => api.remove(at('/api/tokens', id));

export type ProviderChange = Partial<NewProvider>;
export const createProvider = (provider: NewProvider) => api.post<ProviderView>('/api/models', provider);
export const changeProvider = (id: string, change: ProviderChange) =>
  api.patch<ProviderView>(at('/api/models', id), change);
export const removeProvider = (id: string) => api.remove(at('/api/models', id));
/** Resolves when the provider answered a small question; fails with what is wrong. */
export const testProvider = (id: string) =>
  api.post<{ sentence?: string } | undefined>(`${at('/api/models', id)}/test`);

/** Saves new rules; `policy.revision` is the one that was read. */
export const savePolicy = (policy: Policy) => api.put<Policy>('/api/policy', policy);

/** What the judge says about a tool on a target, for each of the roles in their order. */
export const simulateQuery = (tool: string, targetId: string, roles: readonly Role[]) =>
  queryOptions({
    queryKey: ['policy', 'simulated', tool, targetId, roles],
    queryFn: ({ signal }) =>
      Promise.all(
        roles.map((role) =>
          api.post<Simulated>('/api/policy/simulate', { tool, target_id: targetId, role }, { signal }),
        ),
      ),
  });
