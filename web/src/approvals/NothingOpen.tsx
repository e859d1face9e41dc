import { ShieldQuestion } from 'lucide-react';
import { Kbd } from '@/ui/Kbd';
import { EmptyState } from '@/ui/states';

/** Beside the list while no question is open. */
export function NothingOpen() {
  return (
    <EmptyState icon={<ShieldQuestion />} title="Choose a question to read it." className="my-auto">
      <span className="inline-flex flex-wrap items-center justify-center gap-x-4 gap-y-1 text-xs text-ink-3">
        <span>
          <Kbd keys="j" /> <Kbd keys="k" /> move
        </span>
        <span>
          <Kbd keys="a" /> approve
        </span>
        <span>
          <Kbd keys="r" /> reject
        </span>
      </span>
    </EmptyState>
  );
}
