// Markdown in top-level parts, so that while an answer grows only its last part is read and drawn again.

import { marked } from 'marked';

// A definition or a footnote may be used in any other part: such a text stays whole.
const HAS_DEFINITIONS = /^ {0,3}\[[^\]\n]+\]:/m;

export function sectionsOf(text: string): string[] {
  if (HAS_DEFINITIONS.test(text)) return [text];
  const parts: string[] = [];
  for (const token of marked.lexer(text)) {
    if (token.type === 'space' && parts.length > 0) parts[parts.length - 1] += token.raw;
    else parts.push(token.raw);
  }
  return parts;
}
