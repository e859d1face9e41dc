// Before and after of one text, as stretches of changed lines.

import { structuredPatch } from 'diff';
import type { ChangeData, HunkData } from 'react-diff-view';
import { revealed } from './hidden';

/** Beyond these the comparison would hold up the page; both texts are shown instead. */
const LONGEST = 400_000;
const MOST_EDITS = 4_000;
const TIMEOUT_MS = 250;

/** Hidden characters are written out, so that a difference in them can be seen. */
const plain = (text: string) =>
  revealed(text)
    .map((piece) => (typeof piece === 'string' ? piece : `⟨${piece.mark}⟩`))
    .join('');

/** Changed lines with three lines around them; none when nothing differs, null when the texts are too long or too different. */
export function hunksOf(before: string, after: string): HunkData[] | null {
  if (before === after) return [];
  if (before.length + after.length > LONGEST) return null;
  const options = { context: 3, maxEditLength: MOST_EDITS, timeout: TIMEOUT_MS };
  const patch = structuredPatch('before', 'after', plain(before), plain(after), undefined, undefined, options);
  if (!patch) return null;
  return patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => {
    let [oldLine, newLine] = [oldStart, newStart];
    const changes = lines.flatMap((line): ChangeData[] => {
      const content = line.slice(1);
      switch (line[0]) {
        case '+':
          return [{ type: 'insert', isInsert: true, content, lineNumber: newLine++ }];
        case '-':
          return [{ type: 'delete', isDelete: true, content, lineNumber: oldLine++ }];
        case ' ':
          return [{ type: 'normal', isNormal: true, content, oldLineNumber: oldLine++, newLineNumber: newLine++ }];
        default:
          // A word about a missing line end is no line.
          return [];
      }
    });
    return {
      content: `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      oldStart,
      oldLines,
      newStart,
      newLines,
      changes,
    };
  });
}

/** Lines added and removed. */
export function tally(hunks: HunkData[]): { added: number; removed: number } {
  const count = (type: ChangeData['type']) =>
    hunks.reduce((sum, { changes }) => sum + changes.filter((change) => change.type === type).length, 0);
  return { added: count('insert'), removed: count('delete') };
}
