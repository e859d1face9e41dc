import { Database, Server } from 'lucide-react';
import { Shown } from '@/blocks/Shown';
import { cx } from '@/ui/cx';
import { EnvironmentBadge } from './EnvironmentBadge';
import type { TargetRef } from './wire';
import { isProduction } from './words';

type TargetChipProps = {
  target: Pick<TargetRef, 'name' | 'plugin' | 'environment'>;
  /** `always` names every environment, `production` only that one. */
  environment?: 'always' | 'production' | 'never';
  className?: string;
};

/** A target: its kind as a sign, its name, and its environment where that matters. */
export function TargetChip({ target, environment = 'production', className }: TargetChipProps) {
  const Icon = target.plugin === 'host' ? Server : Database;
  const isShown = environment === 'always' || (environment === 'production' && isProduction(target.environment));
  return (
    <span className={cx('inline-flex min-w-0 items-center gap-1.5', className)}>
      <span
        className="inline-flex min-w-0 items-center gap-1 text-ink-2"
        title={`${target.plugin} target ${target.name}, ${target.environment || 'production'}`}
      >
        <Icon aria-hidden="true" className="size-3.5 shrink-0 text-ink-3" />
        <span className="truncate">
          <Shown text={target.name} />
        </span>
      </span>
      {isShown && <EnvironmentBadge environment={target.environment} />}
    </span>
  );
}
