import { useMemo, useRef } from 'react';
import { Diff, Hunk, type HunkData, markEdits, tokenize } from 'react-diff-view';
import 'react-diff-view/style/index.css';
import './diff.css';
import { CopyButton } from '@/ui/CopyButton';
import { hunksOf, tally } from './difference';
import { Frame } from './Frame';
import type { BlockOf } from './kinds';
import { PlainText } from './PlainText';
import { useWidth } from './useWidth';

/** Side by side needs this many pixels. */
const WIDE = 860;

/** Default export: a chunk of its own. */
export default function DiffBlock({ block }: { block: BlockOf<'diff'> }) {
  const { title, before, after, origin } = block;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const hunks = useMemo(() => hunksOf(before, after), [before, after]);
  const tokens = useMemo(() => hunks && edits(hunks), [hunks]);
  const counts = hunks?.length ? tally(hunks) : null;
  const note = counts && (
    <>
      <span className="text-success-text">+{counts.added}</span>{' '}
      <span className="text-danger-text">−{counts.removed}</span>
      <span className="sr-only"> lines added and removed</span>
    </>
  );
  return (
    <Frame
      title={title}
      origin={origin}
      note={note}
      actions={<CopyButton text={after} label="Copy the text after" size="xs" />}
    >
      <div ref={box}>
        {hunks === null ? (
          <TooLong before={before} after={after} />
        ) : hunks.length === 0 ? (
          <p className="text-sm text-ink-3">Both are the same.</p>
        ) : (
          <section
            aria-label={`Difference: ${title}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
            tabIndex={0}
            className="diff-box focus-inset max-h-[30rem] overflow-auto rounded-md border"
          >
            <Diff
              viewType={width >= WIDE ? 'split' : 'unified'}
              diffType="modify"
              hunks={hunks}
              tokens={tokens}
              gutterType="default"
            >
              {(shown: HunkData[]) => shown.map((hunk) => <Hunk key={hunk.content} hunk={hunk} />)}
            </Diff>
          </section>
        )}
      </div>
    </Frame>
  );
}

function edits(hunks: HunkData[]) {
  try {
    return tokenize(hunks, { highlight: false, enhancers: [markEdits(hunks, { type: 'block' })] });
  } catch {
    // Without marks inside the lines it is still the difference.
    return null;
  }
}

function TooLong({ before, after }: { before: string; after: string }) {
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p className="text-ink-3">These texts are too long to compare here.</p>
      <div>
        <h5 className="text-xs font-medium">Before</h5>
        <PlainText text={before} label="Before" isMono />
      </div>
      <div>
        <h5 className="text-xs font-medium">After</h5>
        <PlainText text={after} label="After" isMono />
      </div>
    </div>
  );
}
