// How states of runs and steps look: an icon, a word and a colour, never the colour alone.

import {
  Ban,
  Check,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  Clock,
  Eye,
  Hourglass,
  ListChecks,
  LoaderCircle,
  type LucideIcon,
  MessageSquareText,
  X,
} from 'lucide-react';
import { cx } from '@/ui/cx';
import { TEXT, type Tone } from '@/ui/tones';
import type { RunStatus } from './events';
import { isOver } from './states';
import type { Phase, StepState } from './steps';

interface Look {
  icon: LucideIcon;
  word: string;
  tone: Tone;
  isBusy?: boolean;
}

export const RUN_LOOKS: Record<RunStatus, Look> = {
  pending: { icon: CircleDashed, word: 'Queued', tone: 'neutral' },
  planning: { icon: LoaderCircle, word: 'Planning', tone: 'accent', isBusy: true },
  waiting_approval: { icon: Hourglass, word: 'Waiting', tone: 'warning' },
  executing: { icon: LoaderCircle, word: 'Running', tone: 'accent', isBusy: true },
  verifying: { icon: LoaderCircle, word: 'Verifying', tone: 'accent', isBusy: true },
  completed: { icon: Check, word: 'Completed', tone: 'success' },
  failed: { icon: X, word: 'Failed', tone: 'danger' },
  cancelled: { icon: CircleSlash, word: 'Stopped', tone: 'neutral' },
};

export const STEP_LOOKS: Record<StepState, Look> = {
  thinking: { icon: LoaderCircle, word: 'Thinking', tone: 'accent', isBusy: true },
  planning: { icon: LoaderCircle, word: 'Planning', tone: 'accent', isBusy: true },
  waiting: { icon: Hourglass, word: 'Waiting for approval', tone: 'warning' },
  running: { icon: LoaderCircle, word: 'Running', tone: 'accent', isBusy: true },
  verifying: { icon: LoaderCircle, word: 'Verifying', tone: 'accent', isBusy: true },
  answered: { icon: MessageSquareText, word: 'Answered', tone: 'neutral' },
  completed: { icon: Check, word: 'Done', tone: 'success' },
  failed: { icon: X, word: 'Failed', tone: 'danger' },
  denied: { icon: Ban, word: 'Not allowed', tone: 'danger' },
  rejected: { icon: CircleSlash, word: 'Rejected', tone: 'neutral' },
  expired: { icon: Clock, word: 'Expired', tone: 'neutral' },
  cancelled: { icon: CircleSlash, word: 'Stopped', tone: 'neutral' },
  unknown: { icon: CircleHelp, word: 'Outcome unknown', tone: 'warning' },
};

export const PHASES: Record<Phase, { word: string; icon: LucideIcon }> = {
  thinking: { word: 'Model', icon: MessageSquareText },
  planning: { word: 'Planning', icon: ListChecks },
  waiting: { word: 'Waiting for a person', icon: Hourglass },
  running: { word: 'Running', icon: LoaderCircle },
  verifying: { word: 'Verifying', icon: Eye },
};

function Status({
  look: { icon: Icon, word, tone, isBusy },
  isWordHidden,
  className,
}: {
  look: Look;
  isWordHidden?: boolean;
  className?: string | undefined;
}) {
  return (
    <span
      className={cx('inline-flex items-center gap-1.5 whitespace-nowrap align-middle', TEXT[tone], className)}
      title={isWordHidden ? word : undefined}
    >
      <Icon
        aria-hidden="true"
        className={cx('size-3.5 shrink-0', isBusy && 'animate-spin motion-reduce:animate-none')}
      />
      <span className={isWordHidden ? 'sr-only' : undefined}>{word}</span>
    </span>
  );
}

export const RunStatusMark = ({ status, className }: { status: RunStatus; className?: string }) => (
  <Status look={RUN_LOOKS[status]} className={className} />
);

/** `isStopping` from the click on Stop until the run says that it stopped. */
export function RunStatusNow({ status, isStopping }: { status: RunStatus; isStopping: boolean }) {
  const look =
    isStopping && !isOver(status)
      ? { icon: LoaderCircle, word: 'Stopping…', tone: 'warning' as const, isBusy: true }
      : RUN_LOOKS[status];
  return <Status look={look} />;
}

export const StepStatusMark = ({
  state,
  isWordHidden,
  className,
}: {
  state: StepState;
  isWordHidden?: boolean;
  className?: string;
}) => <Status look={STEP_LOOKS[state]} isWordHidden={isWordHidden ?? false} className={className} />;
