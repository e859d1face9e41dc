import { TriangleAlert } from 'lucide-react';
import { cx } from '@/ui/cx';
import type { Problem } from './kinds';
import { pieces } from './Shown';
import { sentence } from './sentence';

type ProblemProps = {
  problem: Problem;
  /** Read out at once: for what has just happened. */
  isAlert?: boolean;
  className?: string;
};

/** What was being done, why it stopped, what can be done now, and the code to search for. */
export function ProblemView({ problem, isAlert = false, className }: ProblemProps) {
  return (
    <div
      role={isAlert ? 'alert' : undefined}
      className={cx('flex gap-2.5 rounded-md bg-danger-soft px-3 py-2.5 text-sm', className)}
    >
      <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger-text" />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium text-danger-text">{pieces(problem.what)}</p>
        {problem.why && <p className="text-ink">{pieces(sentence(problem.why))}</p>}
        {problem.next && <p className="mt-1 text-ink-2">{pieces(sentence(problem.next))}</p>}
        <p className="mt-1 font-mono text-2xs text-ink-2">{problem.code}</p>
      </div>
    </div>
  );
}
