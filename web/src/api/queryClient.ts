import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './problem';

const isWorthRepeating = (error: unknown) =>
  error instanceof ApiProblem && (error.code === 'network.unreachable' || error.status >= 500);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: true,
      // A server that is away is looked for by `connection`, which asks all queries again once it is back.
      retry: (count, error) => count < 1 && isWorthRepeating(error) && (error as ApiProblem).status >= 500,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
