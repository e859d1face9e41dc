import { newKey } from '@/api/idempotency';
import type { PageContext } from './message';
import { readOutbox, writeOutbox } from './outbox';
import { createSession } from './sessions/changes';

/** Makes a session whose first message waits in its outbox: it is sent as soon as the session is opened. Gives its id. */
export async function startSession(text: string, context: PageContext | null, key: string): Promise<string> {
  const { id } = await createSession(context, key);
  const page = context ?? undefined;
  if (readOutbox(id).length === 0) writeOutbox(id, [{ id: newKey(), text, ...(page && { page }) }]);
  return id;
}
