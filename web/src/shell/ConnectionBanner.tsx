import { Clock, CloudOff, RefreshCw } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { connection, probe } from '@/api/connection';
import { Banner } from '@/ui/Banner';
import { Button } from '@/ui/Button';
import { useNow } from '@/ui/clock';

/** An outage shorter than this is not worth a word. */
const WORTH_SAYING = 1_200;

/** Says calmly when the server is away, restarting or slow, and when it is back. */
export function ConnectionBanner() {
  const state = useSyncExternalStore(connection.listen, connection.get);
  if (state.phase === 'ok') {
    return state.isBack ? <Banner tone="success">Connected again. Everything is up to date.</Banner> : null;
  }
  if (state.phase === 'slow') {
    return (
      <Banner tone="neutral" icon={<Clock aria-hidden="true" />}>
        Steersman is slow to answer. Nothing is lost.
      </Banner>
    );
  }
  return <Away {...state} />;
}

function Away({ since, isRestart, retryAt }: { since: number; isRestart: boolean; retryAt: number | null }) {
  const now = useNow(500);
  if (now - since < WORTH_SAYING && !isRestart) return null;
  const left = retryAt === null ? null : Math.max(1, Math.ceil((retryAt - now) / 1000));
  return (
    <Banner
      tone="warning"
      icon={<CloudOff aria-hidden="true" />}
      action={
        <Button size="xs" icon={<RefreshCw />} isBusy={left === null} onClick={() => void probe()}>
          Try now
        </Button>
      }
    >
      {isRestart ? 'Steersman is restarting.' : 'Cannot reach Steersman.'} What you typed is kept.{' '}
      {/* A countdown read out each second would drown everything else. */}
      <span className="num" aria-hidden="true">
        {left === null ? 'Trying now…' : `Trying again in ${left} s.`}
      </span>
    </Banner>
  );
}
