import { cx } from '@/ui/cx';
import { toolTitle } from './words';

type ToolNameProps = {
  tool: string /** Its full name in letters of code too. */;
  isFull?: boolean;
  className?: string;
};

/** A tool in plain words; the name that policies and logs use is in the tooltip, or beside it. */
export function ToolName({ tool, isFull = false, className }: ToolNameProps) {
  return (
    <span className={cx('inline-flex min-w-0 items-baseline gap-1.5', className)} title={tool}>
      <span className="truncate font-medium">{toolTitle(tool)}</span>
      {isFull && <code className="truncate font-mono text-xs text-ink-3 max-sm:hidden">{tool}</code>}
    </span>
  );
}
