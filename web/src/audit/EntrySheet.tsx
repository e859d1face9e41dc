import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronDown, ChevronUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { auditEntryQuery } from '@/api/queries/audit';
import { useMe } from '@/api/queries/me';
import { runQuery } from '@/api/queries/runs';
import type { AuditEntry } from '@/api/schema';
import { Block } from '@/blocks/Block';
import { pieces } from '@/blocks/Shown';
import { RiskBadge } from '@/calls/RiskBadge';
import type { Execution } from '@/calls/wire';
import { Button } from '@/ui/Button';
import { CodeBlock } from '@/ui/CodeBlock';
import { CopyButton } from '@/ui/CopyButton';
import { cx } from '@/ui/cx';
import { formatClock, formatDateTime } from '@/ui/format';
import { IconButton } from '@/ui/IconButton';
import { Sheet } from '@/ui/Sheet';
import { Skeleton } from '@/ui/Skeleton';
import { ErrorState } from '@/ui/states';
import { DescriptionList } from '@/ui/Table';
import { changeOf } from './change';
import type { AuditFilter } from './filter';
import { ResultMark } from './ResultMark';
import { actionTitle } from './words';

type EntrySheetProps = {
  /** The number of the entry; null closes. */
  number: number | null;
  /** The entry as the list has it, shown until all of it is there. */
  listed: AuditEntry | null;
  onClose: () => void;
  onOpen: (number: number) => void;
  onNext: (() => void) | null;
  onPrevious: (() => void) | null;
  onFilter: (filter: AuditFilter) => void;
};

/** Everything about one entry. `j` and `k` go to its neighbours. */
export function EntrySheet({ number, listed, onClose, onOpen, onNext, onPrevious, onFilter }: EntrySheetProps) {
  const full = useQuery({ ...auditEntryQuery(String(number)), enabled: number !== null });
  const entry = full.data ?? listed;
  return (
    <Sheet
      isOpen={number !== null}
      onClose={onClose}
      title={entry ? actionTitle(entry.action) : `Entry ${number}`}
      description={entry ? `Entry ${entry.number} · ${formatDateTime(entry.at)}` : undefined}
      resizeKey="audit.entry"
      width={480}
      actions={
        <>
          <IconButton
            label="Newer entry"
            shortcut="k"
            size="sm"
            side="bottom"
            icon={<ChevronUp />}
            disabled={!onPrevious}
            onClick={onPrevious ?? undefined}
          />
          <IconButton
            label="Older entry"
            shortcut="j"
            size="sm"
            side="bottom"
            icon={<ChevronDown />}
            disabled={!onNext}
            onClick={onNext ?? undefined}
          />
        </>
      }
    >
      {entry ? (
        <Entry entry={entry} related={full.data?.related} onOpen={onOpen} onFilter={onFilter} />
      ) : full.error ? (
        <ErrorState problem={full.error} onRetry={() => void full.refetch()} />
      ) : (
        <div role="status" aria-label="Loading the entry" className="flex flex-col gap-3 p-4">
          <Skeleton className="w-64" />
          <Skeleton className="w-40" />
          <Skeleton className="w-52" />
        </div>
      )}
    </Sheet>
  );
}

type EntryProps = {
  entry: AuditEntry;
  related: AuditEntry[] | undefined;
  onOpen: (number: number) => void;
  onFilter: (filter: AuditFilter) => void;
};

function Entry({ entry, related, onOpen, onFilter }: EntryProps) {
  const { body } = entry;
  const me = useMe();
  const others = (related ?? []).filter((one) => one.number !== entry.number);
  const call = useCallOf(entry);
  return (
    <div className="flex flex-col gap-5 p-4">
      <div className="flex flex-col gap-2">
        {body?.sentence && <p className="text-base break-words">{pieces(body.sentence)}</p>}
        {!body && (
          <p className="rounded-md bg-sunken px-3 py-2 text-sm text-ink-2">
            The details of this entry were erased. Its place in the chain remains.
          </p>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <ResultMark result={entry.result} />
          {entry.risk && <RiskBadge risk={entry.risk} />}
        </div>
      </div>
      <DescriptionList
        items={[
          [
            'Person',
            body &&
              (body.user_name ? (
                <Narrow onClick={() => onFilter({ actor: body.user_name })}>{pieces(body.user_name)}</Narrow>
              ) : (
                'Steersman itself'
              )),
          ],
          ['Approved by', body?.approver && pieces(body.approver)],
          [
            'Tool',
            body?.tool && (
              <Narrow mono onClick={() => onFilter({ tool: body.tool ?? '' })}>
                {pieces(body.tool)}
              </Narrow>
            ),
          ],
          [
            'Target',
            body?.target && (
              <Narrow onClick={() => onFilter({ target: body.target ?? '' })}>{pieces(body.target)}</Narrow>
            ),
          ],
          [
            'Rules',
            body?.rules && body.rules.length > 0 ? (
              <span key="rules" className="font-mono text-xs">
                {body.rules.join(', ')}
              </span>
            ) : null,
          ],
          ['Address', body?.ip && <span className="font-mono text-xs">{body.ip}</span>],
          ['Client', body?.user_agent && <span className="text-xs break-words">{pieces(body.user_agent)}</span>],
        ]}
      />
      <Links
        entry={entry}
        approval={call?.approval_id ?? null}
        isOwn={body?.user_id === me?.user.id}
        onFilter={onFilter}
      />
      <Parameters value={body?.parameters} />
      {call && <World call={call} />}
      {others.length > 0 && (
        <Part title={entry.execution_id ? 'The same call' : 'The same run'}>
          <ol className="-mx-2 flex flex-col">
            {(related ?? []).map((one) => (
              <li key={one.number}>
                <button
                  type="button"
                  aria-current={one.number === entry.number || undefined}
                  onClick={() => onOpen(one.number)}
                  className={cx(
                    'flex min-h-7 w-full items-center gap-2 rounded px-2 text-left text-sm hover:bg-hover coarse:min-h-11',
                    one.number === entry.number && 'bg-selected',
                  )}
                >
                  <time dateTime={one.at} className="num shrink-0 text-xs text-ink-3">
                    {formatClock(one.at)}
                  </time>
                  <span className="shrink-0">{actionTitle(one.action)}</span>
                  <span className="min-w-0 flex-1 truncate text-xs text-ink-3">
                    {one.body?.sentence && pieces(one.body.sentence)}
                  </span>
                  <ResultMark result={one.result} />
                </button>
              </li>
            ))}
          </ol>
        </Part>
      )}
      <Part title="Place in the chain">
        <DescriptionList
          items={[
            ['Hash', <Hash key="hash" text={entry.hash} />],
            ['Before it', <Hash key="before" text={entry.previous_hash} />],
            ['Id', <Hash key="id" text={entry.id} />],
          ]}
        />
      </Part>
      <p className="flex items-center gap-1 text-xs text-ink-3">
        <CopyButton text={() => JSON.stringify(entry, null, 2)} label="Copy the entry as JSON" size="xs" /> Copy as JSON
      </p>
    </div>
  );
}

function Links({
  entry,
  approval,
  isOwn,
  onFilter,
}: {
  entry: AuditEntry;
  approval: string | null;
  isOwn: boolean;
  onFilter: (filter: AuditFilter) => void;
}) {
  const { run_id: run, body } = entry;
  const session = body?.session_id;
  if (!run && !session && !approval) return null;
  const look = 'text-sm text-accent-text underline-offset-2 hover:underline';
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {run && (
        <Button size="sm" onClick={() => onFilter({ run })}>
          Show everything of this run
        </Button>
      )}
      {run && (
        <Link
          to="/runs/$id"
          params={{ id: run }}
          search={entry.execution_id ? { step: entry.execution_id } : {}}
          className={look}
        >
          Run
        </Link>
      )}
      {session && isOwn && (
        <Link to="/sessions/$id" params={{ id: session }} className={look}>
          Session
        </Link>
      )}
      {approval && (
        <Link to="/approvals/$id" params={{ id: approval }} className={look}>
          Approval
        </Link>
      )}
    </div>
  );
}

/** The call that an entry is about. Null too for people who may not see the run. */
function useCallOf({ run_id: run, execution_id: execution }: AuditEntry): Execution | null {
  const { data } = useQuery({ ...runQuery(run ?? ''), enabled: Boolean(run && execution), retry: false });
  return data?.executions?.find((one) => one.id === execution) ?? null;
}

/** What was seen on the target before a change was decided on, and what was there when it was read back. */
function World({ call }: { call: Execution }) {
  const before = call.plan?.observed ?? [];
  const after = call.plan ? (call.blocks ?? []) : [];
  if (before.length === 0 && after.length === 0) return null;
  return (
    <Part title="The target before and after" note="As the plan saw it, and as verification read it back.">
      {[...before, ...after].map((block, at) => (
        <Block key={at} block={block} />
      ))}
      {after.length === 0 && <p className="text-xs text-ink-3">Nothing was read back as a table or record.</p>}
    </Part>
  );
}

function Parameters({ value }: { value: unknown }) {
  const change = changeOf(value);
  if (!change) return null;
  return (
    <Part title={change.kind === 'change' ? 'Before and after' : 'Parameters'} note="Secrets are masked.">
      {change.kind === 'change' ? (
        <Block
          block={{
            kind: 'diff',
            origin: { from: 'steersman' },
            title: 'Parameters',
            before: change.before,
            after: change.after,
          }}
        />
      ) : (
        <CodeBlock code={change.text} language="json" hasHeader={false} maxHeight={360} />
      )}
    </Part>
  );
}

function Part({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2 border-t pt-4">
      <h2 className="flex items-baseline gap-2 text-xs font-medium text-ink-2">
        {title}
        {note && <span className="font-normal text-ink-3">{note}</span>}
      </h2>
      {children}
    </section>
  );
}

/** A value that shows all entries with it. */
function Narrow({ children, mono, onClick }: { children: ReactNode; mono?: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      title="Show all entries with this"
      onClick={onClick}
      className={cx(
        'rounded text-left underline decoration-line-strong underline-offset-2 hover:decoration-ink',
        mono && 'font-mono text-xs',
      )}
    >
      {children}
    </button>
  );
}

const Hash = ({ text }: { text: string }) => (
  <span className="flex items-start gap-1">
    <code className="font-mono text-xs break-all text-ink-2">{text}</code>
    <CopyButton text={text} size="xs" className="-mt-1" />
  </span>
);
