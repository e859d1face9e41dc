// Lines of a log.

import type { LogLine } from './kinds';

export type LevelTone = 'bad' | 'warn' | 'quiet' | 'plain';

/** What a level means, whichever word the target uses. */
export function levelTone(level: string): LevelTone {
  const word = level.toLowerCase();
  if (/err|fatal|panic|crit|emerg|alert/.test(word)) return 'bad';
  if (/warn/.test(word)) return 'warn';
  return /debug|trace/.test(word) ? 'quiet' : 'plain';
}

/** The lines that hold all words of the query, in text or level, whatever their case. */
export function matching(lines: LogLine[], query: string): LogLine[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return lines;
  return lines.filter(({ text, level }) => {
    const whole = `${level ?? ''} ${text}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}

export const logText = (lines: LogLine[]) =>
  lines.map(({ at, level, text }) => [at, level, text].filter(Boolean).join(' ')).join('\n');
