// What is shown of a long text before a person asks for all of it.

export interface Cut {
  text: string;
  isCut: boolean;
}

/** The first `limit` characters, ending at a line where one ends in the last quarter, never inside a character. */
export function cutText(text: string, limit: number, maxLines = Number.POSITIVE_INFINITY): Cut {
  let end = Math.min(text.length, limit);
  if (Number.isFinite(maxLines)) {
    let at = -1;
    for (let line = 0; line < maxLines; line += 1) {
      at = text.indexOf('\n', at + 1);
      if (at < 0 || at >= end) break;
    }
    if (at >= 0 && at < end) end = at;
  }
  if (end >= text.length) return { text, isCut: false };
  const line = text.lastIndexOf('\n', end);
  if (line > end * 0.75) end = line;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return { text: text.slice(0, end), isCut: true };
}

/** A line of this many characters is broken into several, so that no single one is expensive to lay out. */
export const LONGEST_LINE = 2000;

/** Lines for a virtual list; overlong ones come in parts. `\r\n` counts as one line end. */
export function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const clean = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (clean.length <= LONGEST_LINE) lines.push(clean);
    else for (let at = 0; at < clean.length; at += LONGEST_LINE) lines.push(clean.slice(at, at + LONGEST_LINE));
  }
  return lines;
}
