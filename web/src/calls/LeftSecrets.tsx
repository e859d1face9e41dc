import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { ApiProblem } from '@/api/client';
import { leftSecretsQuery, revealSecrets } from '@/api/queries/executions';
import type { LeftSecretState, ShownSecret } from '@/api/schema';
import { ProblemView } from '@/blocks/ProblemBlock';
import { Shown } from '@/blocks/Shown';
import { Button } from '@/ui/Button';
import { CopyButton } from '@/ui/CopyButton';
import { RelativeTime } from '@/ui/Time';

/**
 * What a change left for a person, such as a generated password. The value is in this component's state and nowhere
 * else: no cache, no storage; it is gone when the card is folded or left.
 */
export default function LeftSecrets({ executionId }: { executionId: string }) {
  const cache = useQueryClient();
  const query = leftSecretsQuery(executionId);
  const left = useQuery(query);
  const [shown, setShown] = useState<ShownSecret[]>([]);
  const [isHidden, setHidden] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const show = async () => {
    setAsking(true);
    setProblem(null);
    try {
      setShown(await revealSecrets(executionId));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setProblem(error);
    } finally {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: query.queryKey });
    }
  };
  const isWaiting = left.data?.some((secret) => secret.state === 'waiting') ?? false;
  const textOf = (label: string) => shown.find((one) => one.label === label)?.value;
  return (
    <section aria-label="Shown once" className="flex min-w-0 flex-col gap-2 rounded-md border bg-sunken px-3 py-2">
      {left.data?.map((secret) => (
        <Row key={secret.label} secret={secret} value={textOf(secret.label)} isHidden={isHidden} />
      ))}
      {problem && <ProblemView problem={problem} isAlert />}
      {left.error instanceof ApiProblem && <ProblemView problem={left.error} />}
      {isWaiting && shown.length === 0 && (
        <div className="flex flex-wrap items-center gap-2">
          <Button size="sm" icon={<Eye />} isBusy={isAsking} onClick={() => void show()}>
            Show
          </Button>
          <span className="text-xs text-ink-3">Have a place for it ready: it is forgotten as soon as it is shown.</span>
        </div>
      )}
      {shown.length > 0 && (
        <div>
          <Button size="sm" icon={isHidden ? <Eye /> : <EyeOff />} onClick={() => setHidden(!isHidden)}>
            {isHidden ? 'Show again' : 'Hide'}
          </Button>
        </div>
      )}
    </section>
  );
}

type RowProps = { secret: LeftSecretState; value: string | undefined; isHidden: boolean };

function Row({ secret, value, isHidden }: RowProps) {
  const label = `${secret.label.charAt(0).toUpperCase()}${secret.label.slice(1)}`;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <KeyRound aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
      <span className="min-w-0 break-words">
        <span className="font-medium">
          <Shown text={label} />
        </span>{' '}
        — <State secret={secret} />
      </span>
      {value !== undefined && (
        <span className="flex min-w-0 basis-full items-center gap-2">
          <code className="min-w-0 flex-1 font-mono text-xs break-all select-all">
            {isHidden ? '•'.repeat(16) : value}
          </code>
          <CopyButton text={value} label={`Copy the ${secret.label}`} />
        </span>
      )}
    </div>
  );
}

function State({ secret }: { secret: LeftSecretState }) {
  switch (secret.state) {
    case 'waiting':
      return (
        <>
          shown once, until <RelativeTime when={secret.until} />
        </>
      );
    case 'shown':
      return (
        <>
          was shown to <Shown text={secret.shown_to ?? 'somebody'} />
          {secret.ended_at && (
            <>
              {' '}
              <RelativeTime when={secret.ended_at} />
            </>
          )}
        </>
      );
    case 'expired':
      return <>nobody looked at it in time; it is forgotten</>;
    default:
      return <>the change came to nothing; it is forgotten</>;
  }
}
