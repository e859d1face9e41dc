import { useEffect, useState } from 'react';
import { apiFetch } from '@/api/client';
import { live } from '@/live/live';
import { useLiveState } from '@/live/useLive';
import { readEventStream } from './eventStream';
import { type RunRecord, withRecords } from './events';

/** Events come in bursts when a long run is opened; the page is drawn once for each burst. */
const BURST_MS = 40;
/** When events are missing in between, all are asked for again, so often at most. */
const MOST_REPEATS = 3;
const PATIENCE_MS = 3000;

export interface RunRecords {
  records: RunRecord[];
  /** Nothing has come yet. */
  isLoading: boolean;
}

/** All events of a run: those that were and, while it goes on, those to come. By the live connection where there is one. */
export function useRunRecords(runId: string): RunRecords {
  const [records, setRecords] = useState<RunRecord[]>([]);
  const [repeat, setRepeat] = useState(0);
  const hasSocket = useLiveState() !== 'polling';

  // biome-ignore lint/correctness/useExhaustiveDependencies: a repeat asks for everything again
  useEffect(() => {
    let burst: RunRecord[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (record: RunRecord) => {
      burst.push(record);
      timer ??= setTimeout(() => {
        const news = burst;
        burst = [];
        timer = undefined;
        setRecords((before) => withRecords(before, news));
      }, BURST_MS);
    };
    const given = new AbortController();
    let leave: () => void = () => given.abort();
    if (hasSocket)
      leave = live.follow(
        { type: 'run:subscribe', run_id: runId },
        (message) => message.record !== undefined && take(message.record as RunRecord),
        0,
      );
    else void followStream(runId, take, given.signal);
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [runId, hasSocket, repeat]);

  const isWhole = records.every((record, index) => record.seq === index + 1);
  useEffect(() => {
    if ((isWhole && records.length > 0) || repeat >= MOST_REPEATS) return;
    const timer = setTimeout(() => setRepeat(repeat + 1), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isWhole, records.length, repeat]);

  return { records, isLoading: records.length === 0 };
}

async function followStream(runId: string, take: (record: RunRecord) => void, signal: AbortSignal) {
  try {
    const response = await apiFetch(`/api/runs/${encodeURIComponent(runId)}/events`, {
      headers: { accept: 'text/event-stream' },
      signal,
    });
    if (response.ok)
      await readEventStream(
        response,
        ({ name, data }) => name === 'event' && take(JSON.parse(data) as RunRecord),
        signal,
      );
  } catch {
    // Given up, or away: the page says so, and asks again when the server is back.
  }
}
