import './chain.css';
import { useQuery } from '@tanstack/react-query';
import { Link2, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { auditChainQuery } from '@/api/queries/audit';
import { Button } from '@/ui/Button';
import { formatNumber, plural } from '@/ui/format';
import { Duration, RelativeTime } from '@/ui/Time';
import { Popup } from './Popup';

/** Whether the chain holds, as far as this visit knows, and the button that walks it. `newest` is the last known number. */
export function ChainState({ newest }: { newest: number | undefined }) {
  const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery(auditChainQuery);
  const [began, setBegan] = useState<number | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (!isFetching) setBegan(null);
  }, [isFetching]);
  const verify = () => {
    setBegan(Date.now());
    setIsOpen(true);
    void refetch();
  };
  const look = isFetching ? 'secondary' : data && !data.is_intact ? 'danger' : 'secondary';
  const icon = data ? data.is_intact ? <ShieldCheck className="text-success-text" /> : <ShieldAlert /> : <Link2 />;
  const words = isFetching ? 'Checking…' : data ? (data.is_intact ? 'Chain intact' : 'Chain broken') : 'Verify chain';
  return (
    <Popup
      label="The hash chain"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <Button size="sm" variant={look} icon={icon} isBusy={isFetching} onClick={data || error ? undefined : verify}>
          <span className={data || isFetching ? undefined : 'max-sm:sr-only'}>{words}</span>
        </Button>
      }
    >
      <div role="status" className="flex w-80 max-w-full flex-col gap-2 text-sm">
        {isFetching ? (
          <>
            <p className="font-medium">Walking the chain{newest ? `: ${plural(newest, 'entry', 'entries')}` : ''}</p>
            <div className="h-1 overflow-hidden rounded bg-selected">
              <div className="sweep h-full w-1/3 rounded bg-accent" />
            </div>
            {began && (
              <p className="text-ink-3">
                So far <Duration from={began} />
              </p>
            )}
          </>
        ) : error ? (
          <p className="text-danger-text">The chain could not be checked: {error.message}</p>
        ) : data?.is_intact ? (
          <>
            <p className="font-medium text-success-text">The chain is intact.</p>
            <p className="text-ink-2">
              {plural(data.entries, 'entry follows', 'entries follow')} from each other without a gap
              {data.erased_bodies > 0 && `; the details of ${formatNumber(data.erased_bodies)} were erased`}.
            </p>
            <p className="text-xs text-ink-3">
              Last hash <code className="font-mono break-all">{data.head}</code>
            </p>
          </>
        ) : data ? (
          <>
            <p className="font-medium text-danger-text">The chain is broken.</p>
            <p className="break-words text-ink-2">{data.broken_at}</p>
            <p className="text-ink-3">
              Keep a copy of the database as it is now, and compare it with a backup or an export.
            </p>
          </>
        ) : (
          <p className="text-ink-2">Each entry holds the hash of the one before it. Checking walks over all of them.</p>
        )}
        {!isFetching && (
          <p className="flex items-center justify-between gap-2 text-xs text-ink-3">
            {data ? (
              <span>
                Checked <RelativeTime when={dataUpdatedAt} />
              </span>
            ) : (
              <span />
            )}
            <Button size="sm" onClick={verify}>
              {data || error ? 'Check again' : 'Check now'}
            </Button>
          </p>
        )}
      </div>
    </Popup>
  );
}
