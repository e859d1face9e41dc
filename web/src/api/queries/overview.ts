import { queryOptions } from '@tanstack/react-query';
import { api, type Query } from '../client';
import type { RunView } from '../schema';

/** Something that a person should look at: a target that is down, a run that failed. */
export type Finding = {
  level: 'info' | 'warning' | 'error';
  sentence: string;
  target_id?: string | null;
  target_name?: string | null;
  run_id?: string | null;
  since: string;
};

export type Overview = {
  approvals_pending: number;
  runs_active: number;
  runs_failed_24h: number;
  targets: { healthy: number; degraded: number; down: number };
  findings: Finding[];
  recent: RunView[];
};

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => api.get<Overview>('/api/overview', { signal }),
});

/** `points` are `[milliseconds, value]`, oldest first. */
export type MetricSeries = { name: string; unit: string; points: [number, number][] };

export type MetricsOf = { target_id: string; name?: string; minutes: number; points?: number };

/** Samples of a target over the last minutes; the server takes one every 30 seconds. */
export const metricsQuery = ({ target_id, name, minutes, points = 60 }: MetricsOf) =>
  queryOptions({
    queryKey: ['metrics', target_id, name ?? null, minutes, points],
    queryFn: ({ signal }) =>
      api
        .get<{ series: MetricSeries[] }>('/api/metrics', {
          signal,
          query: { target_id, name, minutes, points } as Query,
        })
        // The state is shown as a word; as a line of 0, 1 and 2 it says little.
        .then((answer) => answer.series.filter((series) => series.name !== 'health')),
    refetchInterval: 30_000,
  });
