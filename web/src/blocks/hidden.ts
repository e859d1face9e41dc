// Characters that a person cannot see, or that reorder what stands beside them, are shown by name.

// What has no look of its own by Unicode's account (zero-width and bidi marks, fillers, variation selectors, tags), C0 and C1
// controls without tab and line ends, line and paragraph separators, interlinear marks.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /\p{Default_Ignorable_Code_Point}|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb]/u;

const NAMES: Record<number, string> = {
  0: 'null',
  8: 'backspace',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero-width space',
  8204: 'zero-width non-joiner',
  8205: 'zero-width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'end of embedding',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'end of isolate',
  65279: 'zero-width no-break space',
};

/** Plain text, or a run of hidden characters with its mark (`U+202E`, `3 × U+200B`) and its name in words. */
export type Piece = string | { mark: string; name: string };

export const hasHidden = (text: string) => HIDDEN.test(text);

/** The text in pieces. One that hides nothing comes back as it is. */
export function revealed(text: string): Piece[] {
  if (!hasHidden(text)) return [text];
  const pieces: Piece[] = [];
  const letters = [...text];
  let plain = '';
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] as string;
    if (!HIDDEN.test(letter) || isJoining(letters, at)) {
      plain += letter;
      continue;
    }
    let end = at + 1;
    while (end < letters.length && HIDDEN.test(letters[end] as string)) end += 1;
    if (plain) pieces.push(plain);
    plain = '';
    pieces.push(markOf(letters.slice(at, end)));
    at = end - 1;
  }
  if (plain) pieces.push(plain);
  return pieces;
}

const COMPLEX =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]/u;
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]|\ufe0f/u;

/** Joiners do honest work inside emoji and inside some scripts; one selector after a sign chooses how it is drawn. */
function isJoining(letters: string[], at: number): boolean {
  const code = (letters[at] as string).codePointAt(0);
  const [before, after] = [letters[at - 1] ?? '', letters[at + 1] ?? ''];
  if (code === 0xfe0e || code === 0xfe0f) return /\p{Emoji}/u.test(before);
  if (code === 0x200d && EMOJI.test(before) && EMOJI.test(after)) return true;
  return (code === 0x200c || code === 0x200d) && COMPLEX.test(before) && COMPLEX.test(after);
}

function markOf(letters: string[]): Piece {
  const codes = letters.map((letter) => letter.codePointAt(0) ?? 0);
  const first = codes[0] ?? 0;
  const hex = `U+${first.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES[first] ?? (first >= 0xe0000 ? 'invisible tag' : 'control character');
  if (codes.length === 1) return { mark: hex, name: `hidden character: ${name}` };
  return { mark: `${hex} +${codes.length - 1}`, name: `${codes.length} hidden characters, the first: ${name}` };
}
