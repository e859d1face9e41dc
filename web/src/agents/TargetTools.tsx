import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { targetToolsQuery } from '@/api/queries/agents';
import { holds, useMe } from '@/api/queries/me';
import type { TargetView, ToolSpec } from '@/api/schema';
import { RiskBadge } from '@/calls/RiskBadge';
import { Button } from '@/ui/Button';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { CallTool } from './CallTool';

/** What can be done to a target; each tool can be called by hand, through the same path as everybody's. */
export function TargetTools({ target }: { target: TargetView }) {
  const tools = useQuery(targetToolsQuery(target.server_id, target.id));
  const rights = useMe()?.permissions ?? [];
  const [chosen, setChosen] = useState<ToolSpec | null>(null);
  if (tools.isPending) return <SkeletonRows rows={8} label="Loading the tools" />;
  if (tools.error) return <ErrorState problem={tools.error} onRetry={() => void tools.refetch()} />;
  if (tools.data.length === 0) return <EmptyState title="This plugin has no tools." />;
  const order = { low: 0, medium: 1, high: 2, critical: 3 };
  const sorted = [...tools.data].sort((a, b) => order[a.floor] - order[b.floor] || a.title.localeCompare(b.title));
  return (
    <>
      <ul>
        {sorted.map((tool) => (
          <li key={tool.name} className="flex items-start gap-3 border-b border-line/70 px-4 py-2.5">
            <div className="min-w-0 flex-1 text-sm">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{tool.title}</span>
                <code className="font-mono text-xs text-ink-3">{tool.name}</code>
              </p>
              <p className="max-w-prose text-ink-2 max-sm:line-clamp-2">{tool.description}</p>
            </div>
            <RiskBadge risk={tool.floor} />
            <Button
              size="sm"
              disabled={!target.is_enabled || !holds(rights, tool.permission)}
              title={holds(rights, tool.permission) ? undefined : `Your role does not give ${tool.permission}`}
              onClick={() => setChosen(tool)}
            >
              {tool.kind === 'query' ? 'Run' : 'Propose'}
              <span className="sr-only"> {tool.title}</span>
            </Button>
          </li>
        ))}
      </ul>
      {chosen && <CallTool key={chosen.name} target={target} tool={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}
