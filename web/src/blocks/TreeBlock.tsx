import { ChevronRight, TriangleAlert } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { cx } from '@/ui/cx';
import { type Branch, isShortFact, ownShare, visible, wholeCost } from './branches';
import { Frame } from './Frame';
import { cellText, unitInName } from './format';
import type { BlockOf } from './kinds';
import { pieces, Shown } from './Shown';

/** Rows drawn at once; the rest of a larger tree is folded away by its reader. */
const MOST_ROWS = 400;
/** Deeper rows are not pushed further to the right. */
const DEEPEST = 12;

/** Default export: a chunk of its own. */
export default function TreeBlock({ block }: { block: BlockOf<'tree'> }) {
  const { title, roots, origin } = block;
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState('0');
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => visible(roots, closed), [roots, closed]);
  const whole = useMemo(() => wholeCost(roots), [roots]);
  const shown = rows.slice(0, MOST_ROWS);

  const toggle = (path: string, isOpen: boolean) => {
    const next = new Set(closed);
    if (isOpen) next.delete(path);
    else next.add(path);
    setClosed(next);
  };
  const focus = (row: Branch | undefined) => {
    if (!row) return;
    setCurrent(row.path);
    box.current?.querySelector<HTMLElement>(`[data-path="${row.path}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const at = shown.findIndex(({ path }) => path === current);
    const row = shown[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const hasChildren = Boolean(row.node.children?.length);
    switch (event.key) {
      case 'ArrowDown':
        focus(shown[at + 1]);
        break;
      case 'ArrowUp':
        focus(shown[at - 1]);
        break;
      case 'Home':
        focus(shown[0]);
        break;
      case 'End':
        focus(shown.at(-1));
        break;
      case 'ArrowRight':
        if (hasChildren && !row.isOpen) toggle(row.path, true);
        else if (hasChildren) focus(shown[at + 1]);
        break;
      case 'ArrowLeft':
        if (hasChildren && row.isOpen) toggle(row.path, false);
        else focus(shown.find(({ path }) => path === row.path.slice(0, row.path.lastIndexOf('/'))));
        break;
      case 'Enter':
      case ' ':
        if (hasChildren) toggle(row.path, !row.isOpen);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <Frame title={title} origin={origin} note={whole !== null && 'bars: own share of the cost'}>
      <div ref={box} role="tree" aria-label={title || 'Tree'} onKeyDown={press} className="rounded-md border py-1">
        {shown.map((row) => (
          <Row
            key={row.path}
            row={row}
            share={ownShare(row.node, whole)}
            isCurrent={row.path === current}
            onFocus={() => setCurrent(row.path)}
            onToggle={() => toggle(row.path, !row.isOpen)}
          />
        ))}
      </div>
      {rows.length > shown.length && (
        <p className="pt-1 text-xs text-ink-3">{rows.length - shown.length} more below: fold a branch to see them.</p>
      )}
    </Frame>
  );
}

type RowProps = { row: Branch; share: number | null; isCurrent: boolean; onFocus: () => void; onToggle: () => void };

function Row({ row, share, isCurrent, onFocus, onToggle }: RowProps) {
  const { node, level } = row;
  const facts = node.facts ?? [];
  const hasChildren = Boolean(node.children?.length);
  const percent = share === null ? null : Math.round(share * 100);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree listens for the keys of all its rows
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-expanded={hasChildren ? row.isOpen : undefined}
      aria-selected={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      data-path={row.path}
      onFocus={onFocus}
      onClick={hasChildren ? onToggle : undefined}
      className="focus-inset flex items-start gap-1.5 py-1 pr-3 text-sm hover:bg-hover focus-visible:outline-2 focus-visible:outline-accent-text"
      style={{ paddingLeft: `${0.5 + (Math.min(level, DEEPEST) - 1) * 1.125}rem` }}
    >
      <ChevronRight
        aria-hidden="true"
        className={cx(
          'mt-0.5 size-4 shrink-0 text-ink-3 transition-transform duration-100',
          hasChildren ? row.isOpen && 'rotate-90' : 'invisible',
        )}
      />
      <div className="min-w-0 flex-1">
        <span className="font-medium break-words">
          <Shown text={node.label} />
        </span>
        {facts.length > 0 && (
          <span className="ml-2 text-xs text-ink-3 max-sm:ml-0 max-sm:block">
            {facts
              .filter(([, value]) => isShortFact(value))
              .map(([name, value], index) => (
                <span key={index} className="num mr-2.5 inline-block">
                  {name} <bdi className="text-ink-2">{pieces(cellText(value, unitInName(name) ?? 'count'))}</bdi>
                </span>
              ))}
          </span>
        )}
        {facts
          .filter(([, value]) => !isShortFact(value))
          .map(([name, value], index) => (
            <p key={index} className="text-xs break-words text-ink-3">
              {name} <bdi className="font-mono text-ink-2">{pieces(cellText(value))}</bdi>
            </p>
          ))}
        {node.warning && (
          <p className="flex items-start gap-1.5 text-xs text-warning-text">
            <TriangleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
            <span className="min-w-0 break-words">
              <span className="sr-only">Warning: </span>
              {pieces(node.warning)}
            </span>
          </p>
        )}
      </div>
      {percent !== null && (
        <span
          className="mt-0.5 flex w-24 shrink-0 items-center gap-1.5 max-sm:w-16"
          title={`${percent} % of the whole cost is its own`}
        >
          <span aria-hidden="true" className="h-1.5 flex-1 overflow-hidden rounded-full bg-selected">
            <span
              className={cx('block h-full rounded-full', percent >= 50 ? 'bg-warning' : 'bg-ink-3')}
              style={{ width: `${percent}%` }}
            />
          </span>
          <span className="num w-9 text-right text-2xs text-ink-2">{percent} %</span>
          <span className="sr-only"> of the cost</span>
        </span>
      )}
    </div>
  );
}
