import { pieces } from '@/blocks/Shown';
import { Badge } from '@/ui/Badge';
import { isProduction } from './words';

/** Where a target stands. Production is told apart; an environment that is not set counts as it. */
export function EnvironmentBadge({ environment }: { environment: string }) {
  if (!isProduction(environment)) return <Badge look="outline">{environment}</Badge>;
  return (
    <Badge tone="danger" look="outline" title="Counts as production">
      <bdi>{environment ? pieces(environment) : 'production'}</bdi>
    </Badge>
  );
}
