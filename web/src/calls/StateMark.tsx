import { Ban, CircleAlert, CircleCheck, CircleHelp, CircleSlash, CircleX, Clock, OctagonX } from 'lucide-react';
import { cx } from '@/ui/cx';
import { Spinner } from '@/ui/Spinner';
import { type CallState, STATE_WORDS, type Tone } from './state';

const ICONS: Partial<Record<CallState, typeof CircleCheck>> = {
  waiting: CircleAlert,
  done: CircleCheck,
  denied: Ban,
  rejected: CircleSlash,
  expired: Clock,
  cancelled: OctagonX,
  failed: CircleX,
  unknown: CircleHelp,
};

const COLOURS: Record<Tone, string> = {
  quiet: 'text-ink-3',
  busy: 'text-accent-text',
  good: 'text-success-text',
  warn: 'text-warning-text',
  bad: 'text-danger-text',
};

/** A state as a sign; its word stands beside it. */
export function StateIcon({ state, className }: { state: CallState; className?: string }) {
  const Icon = ICONS[state];
  const look = cx('size-4 shrink-0', COLOURS[STATE_WORDS[state].tone], className);
  return Icon ? <Icon aria-hidden="true" className={look} /> : <Spinner className={look} />;
}

export function StateWord({ state, className }: { state: CallState; className?: string }) {
  const { word, tone } = STATE_WORDS[state];
  return <span className={cx('text-xs whitespace-nowrap', COLOURS[tone], className)}>{word}</span>;
}
