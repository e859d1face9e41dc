import { ArrowDownToLine, Search, WrapText } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { CopyButton } from '@/ui/CopyButton';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { cutText, LONGEST_LINE } from './cut';
import { Frame } from './Frame';
import { count, fullMoment, moment } from './format';
import type { BlockOf, LogLine } from './kinds';
import { levelTone, logText, matching } from './logs';
import { pieces } from './Shown';
import { VirtualLines } from './VirtualLines';

/** Default export: a chunk of its own. */
export default function LogBlock({ block }: { block: BlockOf<'log'> }) {
  const { title, lines, truncated, origin } = block;
  const [query, setQuery] = useState('');
  const [isWrapped, setWrapped] = useState(true);
  const [isFollowing, setFollowing] = useState(false);
  const wanted = useDeferredValue(query.trim());
  const shown = useMemo(() => matching(lines, wanted), [lines, wanted]);
  const note = wanted
    ? `${count(shown.length)} of ${count(lines.length)} lines`
    : `${count(lines.length)} lines${truncated ? ', older ones left out' : ''}`;
  const actions = (
    <>
      <span className="relative">
        <Search aria-hidden="true" className="pointer-events-none absolute top-1.5 left-1.5 size-3 text-ink-3" />
        <input
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          aria-label={`Search in ${title || 'the log'}`}
          placeholder="Search"
          className="h-6 w-32 rounded border border-line bg-canvas pr-1 pl-6 text-xs focus-visible:w-44 max-sm:w-20 max-sm:focus-visible:w-28"
        />
      </span>
      <IconButton
        size="xs"
        label="Break long lines"
        icon={<WrapText />}
        aria-pressed={isWrapped}
        onClick={() => setWrapped(!isWrapped)}
        className={pressed(isWrapped)}
      />
      <IconButton
        size="xs"
        label="Follow the end"
        icon={<ArrowDownToLine />}
        aria-pressed={isFollowing}
        onClick={() => setFollowing(!isFollowing)}
        className={pressed(isFollowing)}
      />
      <CopyButton text={() => logText(shown)} label="Copy the lines" size="xs" />
    </>
  );
  return (
    <Frame title={title} origin={origin} note={note} actions={lines.length > 0 && actions}>
      {lines.length === 0 ? (
        <p className="text-sm text-ink-3">No lines.</p>
      ) : shown.length === 0 ? (
        <p className="text-sm text-ink-3">No line holds “{wanted}”.</p>
      ) : (
        <VirtualLines
          label={title || 'Log'}
          count={shown.length}
          isWrapped={isWrapped}
          isFollowing={isFollowing}
          line={(index) => <Line line={shown[index] as LogLine} query={wanted} />}
        />
      )}
    </Frame>
  );
}

const pressed = (isOn: boolean) => cx(isOn && 'bg-selected text-ink');

const TONES = { bad: 'text-danger-text', warn: 'text-warning-text', quiet: 'text-ink-3', plain: 'text-info-text' };

function Line({ line, query }: { line: LogLine; query: string }) {
  const { text, isCut } = cutText(line.text, LONGEST_LINE);
  return (
    <>
      {line.at && (
        <time dateTime={line.at} title={fullMoment(line.at)} className="num mr-2 text-ink-3">
          {moment(line.at)}
        </time>
      )}
      {line.level && (
        <span className={cx('mr-2 font-medium uppercase', TONES[levelTone(line.level)])}>{line.level}</span>
      )}
      <bdi>{query ? <Marked text={text} query={query} /> : pieces(text)}</bdi>
      {isCut && <span className="text-ink-3"> … ({count(line.text.length)} characters)</span>}
    </>
  );
}

function Marked({ text, query }: { text: string; query: string }) {
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return pieces(text);
  return (
    <>
      {pieces(text.slice(0, at))}
      <mark className="rounded-xs bg-warning-soft text-ink">{pieces(text.slice(at, at + query.length))}</mark>
      {pieces(text.slice(at + query.length))}
    </>
  );
}
