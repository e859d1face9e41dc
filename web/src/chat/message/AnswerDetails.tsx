import { Popover } from '@base-ui/react/popover';
import { Link } from '@tanstack/react-router';
import { Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '@/ui/cx';
import { formatCost, formatDateTime, formatDuration, formatNumber } from '@/ui/format';
import { IconButton } from '@/ui/IconButton';
import { popupLook } from '@/ui/popup';
import { type ChatMessage, type MessageMetadata, runOf } from '../message';

/** Who answered, how long it took and what it cost. */
export default function AnswerDetails({ message }: { message: ChatMessage }) {
  const run = runOf(message);
  const rows = detailsOf(message.metadata ?? {});
  return (
    <Popover.Root>
      <Popover.Trigger render={<IconButton size="xs" label="Details" icon={<Info />} />} />
      <Popover.Portal>
        <Popover.Positioner side="top" align="start" sideOffset={6} className="z-50">
          <Popover.Popup className={cx(popupLook, 'w-72 p-3')}>
            <Popover.Title className="sr-only">Details of this answer</Popover.Title>
            <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
              {rows.map(([name, value]) => (
                <div key={name} className="contents">
                  <dt className="text-ink-3">{name}</dt>
                  <dd className="num min-w-0 text-right break-words">{value}</dd>
                </div>
              ))}
            </dl>
            {run && (
              <Link
                to="/runs/$id"
                params={{ id: run }}
                className="mt-3 block border-t pt-2 text-sm text-accent-text hover:underline"
              >
                Open this run
              </Link>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function detailsOf(metadata: MessageMetadata): [string, ReactNode][] {
  const { provider, model, usage, cost_usd, created_at, ended_at, fallback } = metadata;
  const rows: [string, ReactNode][] = [];
  if (provider) rows.push(['Answered by', model && model !== provider ? `${provider} · ${model}` : provider]);
  if (fallback)
    rows.push([
      'Instead of',
      typeof fallback === 'string' ? fallback : [fallback.from, fallback.why].filter(Boolean).join(': '),
    ]);
  if (usage) {
    const cached = usage.cached_tokens ? ` (${formatNumber(usage.cached_tokens)} cached)` : '';
    rows.push(
      ['Tokens read', `${formatNumber(usage.prompt_tokens)}${cached}`],
      ['Tokens written', formatNumber(usage.completion_tokens)],
    );
  }
  rows.push(['Cost', cost_usd === undefined ? 'unknown' : formatCost(cost_usd)]);
  if (created_at && ended_at) rows.push(['Took', formatDuration(Date.parse(ended_at) - Date.parse(created_at))]);
  if (created_at) rows.push(['Asked', formatDateTime(created_at)]);
  return rows;
}
