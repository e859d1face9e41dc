import { pieces } from '@/blocks/Shown';
import { CopyButton } from '@/ui/CopyButton';
import { cx } from '@/ui/cx';
import { formatDateTime, formatDuration } from '@/ui/format';
import { TEXT } from '@/ui/tones';
import type { RunRecord } from './events';
import { lineOf } from './log';

/** Events as sentences, each with its time since `from` (ms). */
export function EventLog({ records, from }: { records: RunRecord[]; from: number }) {
  return (
    <ol className="flex flex-col">
      {records.map((record) => {
        const { text, tone, more } = lineOf(record.event);
        return (
          <li
            key={record.seq}
            className="group/event grid grid-cols-[4.5rem_minmax(0,1fr)_1.5rem] items-start gap-x-2 py-1 text-sm [content-visibility:auto]"
          >
            <time
              dateTime={record.at}
              title={formatDateTime(record.at)}
              className="num pt-px text-right text-xs text-ink-3"
            >
              +{formatDuration(Date.parse(record.at) - from)}
            </time>
            <span className="min-w-0 break-words">
              <span className={cx(tone === 'neutral' ? 'text-ink' : TEXT[tone])}>{pieces(text)}</span>
              {more && (
                <span className="block text-xs text-ink-2 [overflow-wrap:anywhere]">
                  {pieces(more.length > 600 ? `${more.slice(0, 600)}…` : more)}
                </span>
              )}
            </span>
            <span className="opacity-0 transition-opacity group-focus-within/event:opacity-100 group-hover/event:opacity-100 coarse:opacity-100">
              <CopyButton
                text={() => JSON.stringify(record, null, 2)}
                label="Copy this event as JSON"
                size="xs"
                className="-mt-0.5"
              />
            </span>
          </li>
        );
      })}
    </ol>
  );
}
