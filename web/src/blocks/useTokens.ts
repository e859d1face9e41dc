import type { ThemedToken } from '@shikijs/core';
import { startTransition, useEffect, useRef, useState } from 'react';

/** A part of a line; `style` sets the colours of both themes. */
export type Token = Pick<ThemedToken, 'content'> & { htmlStyle?: ThemedToken['htmlStyle'] | undefined };

/** Longer code is shown plain: colours are not worth a frozen page. */
const LONGEST = 40_000;
/** While code is still being written, it is coloured once it rests. */
const REST_MS = 120;

interface Done {
  code: string;
  language: string;
  lines: Token[][];
}

/**
 * The code's lines as tokens; lines that are not coloured yet come as one plain token. Lines that were coloured before
 * and are unchanged keep their colours while the rest of the code grows.
 */
export function useTokens(code: string, word: string | null | undefined): Token[][] {
  const language = word && code.length <= LONGEST ? word.toLowerCase() : null;
  const [done, setDone] = useState<Done | null>(null);
  const isFirst = useRef(true);

  useEffect(() => {
    if (!language) return;
    let isStale = false;
    const wait = isFirst.current ? 0 : REST_MS;
    isFirst.current = false;
    const timer = setTimeout(async () => {
      try {
        const { highlight } = await import('@/ui/highlight');
        if (isStale) return;
        const lines = await highlight(code, language);
        if (lines && !isStale) startTransition(() => setDone({ code, language, lines }));
      } catch {
        // A chunk that cannot be loaded leaves the code plain and readable.
      }
    }, wait);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [code, language]);

  return merge(code, done?.language === language ? done : null);
}

/** Exported for its test. */
export function merge(code: string, done: Pick<Done, 'code' | 'lines'> | null): Token[][] {
  if (done && done.code === code) return done.lines;
  const before = done?.code.split('\n') ?? [];
  let isSame = true;
  return code.split('\n').map((text, index) => {
    isSame &&= before[index] === text;
    const coloured = isSame ? done?.lines[index] : undefined;
    return coloured ?? [{ content: text }];
  });
}
