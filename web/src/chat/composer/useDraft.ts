import { useCallback, useState } from 'react';
import { readDraft, writeDraft } from '../draft';

/** The text of a composer, kept under a name with every letter. */
export function useDraft(name: string): [string, (text: string) => void] {
  const [held, setHeld] = useState({ name, text: readDraft(name) });
  // Another session has another draft: taken up while drawing, so that the old text is never seen in it.
  const current = held.name === name ? held : { name, text: readDraft(name) };
  if (current !== held) setHeld(current);
  const write = useCallback(
    (text: string) => {
      writeDraft(name, text);
      setHeld({ name, text });
    },
    [name],
  );
  return [current.text, write];
}
