import { useNow } from '@/ui/clock';
import { formatDuration, plural } from '@/ui/format';
import { type Phase, type Step, spent } from './steps';

type RunFactsProps = { steps: Step[]; from: number; to: number | null };

/** How many calls and turns, and where the time went. */
export function RunFacts({ steps, from, to }: RunFactsProps) {
  const ticking = useNow(to === null ? 1000 : 3_600_000);
  const now = to ?? ticking;
  const calls = steps.filter((step) => step.kind === 'call').length;
  const total = (phase: Phase) => steps.reduce((sum, step) => sum + spent(step, phase, now), 0);
  const parts = [
    calls > 0 && plural(calls, 'call'),
    steps.length > calls && plural(steps.length - calls, 'turn'),
    total('waiting') > 0 && `waited ${formatDuration(total('waiting'))}`,
    total('running') > 0 && `ran ${formatDuration(total('running'))}`,
  ].filter(Boolean);
  return (
    <span className="num truncate" title={`Began ${new Date(from).toLocaleString()}`}>
      {parts.join(' · ')}
    </span>
  );
}
