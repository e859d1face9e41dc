import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { LeftSecrets, ShownSecrets } from '../schema';

const pathOf = (executionId: string) => `/api/executions/${encodeURIComponent(executionId)}/secrets`;

/** Which secrets a call left, and whether they still wait. Never the secrets. */
export const leftSecretsQuery = (executionId: string) =>
  queryOptions({
    queryKey: ['executions', 'secrets', executionId],
    queryFn: ({ signal }) => api.get<LeftSecrets>(pathOf(executionId), { signal }).then((left) => left.items),
  });

/** Takes them out: the server has forgotten them by the time that this returns. */
export const revealSecrets = (executionId: string) =>
  api.post<ShownSecrets>(`${pathOf(executionId)}/reveal`).then((shown) => shown.items);
