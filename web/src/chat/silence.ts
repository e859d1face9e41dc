// A line can die without anyone being told: a laptop that slept, a proxy that holds on to half of a connection. The
// server says something at least each 15 s, so silence is a broken line.

/** Three missed signs of life. */
export const SILENCE_MS = 50_000;

/** The same bytes; fails as a broken connection does when nothing came for so long. */
export function watched(body: ReadableStream<Uint8Array>, silenceMs: number = SILENCE_MS): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new TypeError('network: the line is silent')), silenceMs);
      });
      try {
        const { done, value } = await Promise.race([reader.read(), silence]);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        void reader.cancel().catch(() => undefined);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** A `fetch` whose event streams are watched. */
export function watchedFetch(fetcher: typeof fetch, silenceMs?: number): typeof fetch {
  return (async (input: RequestInfo | URL, init?: RequestInit) => {
    const response = await fetcher(input, init);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (!isStream || !response.body) return response;
    return new Response(watched(response.body, silenceMs), { status: response.status, headers: response.headers });
  }) as typeof fetch;
}
