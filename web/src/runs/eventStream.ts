// Reads server-sent events from an answer's body.

export interface StreamEvent {
  name: string;
  data: string;
}

/** Cuts text into whole events; what is left over comes back for the next piece. Comments and ids are passed over. */
export function cutEvents(text: string): { events: StreamEvent[]; rest: string } {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const events: StreamEvent[] = [];
  for (const block of blocks) {
    let name = 'message';
    const data: string[] = [];
    for (const line of block.split('\n')) {
      if (line.startsWith('event:')) name = line.slice(6).trim();
      else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
    if (data.length > 0) events.push({ name, data: data.join('\n') });
  }
  return { events, rest };
}

/** Calls `hear` with each event until the stream ends or `signal` gives it up. */
export async function readEventStream(
  response: Response,
  hear: (event: StreamEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) return;
      const { events, rest } = cutEvents(text + decoder.decode(value, { stream: true }));
      text = rest;
      for (const event of events) hear(event);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
