import { Columns3, Cpu, Database, FileText, type LucideIcon, Server, Table2, Waypoints } from 'lucide-react';
import type { ReactNode } from 'react';
import { Shown } from '@/blocks/Shown';
import { Button } from '@/ui/Button';

const ICONS: Record<string, LucideIcon> = {
  backend: Waypoints,
  column: Columns3,
  database: Database,
  file: FileText,
  host: Server,
  index: Columns3,
  process: Cpu,
  server: Server,
  table: Table2,
  target: Database,
};

export type ResourceAction = { label: string; icon?: ReactNode; onSelect: () => void };

type ResourceCardProps = {
  /** `target`, `table`, `index`, `process`, …: any word; known ones have a sign. */
  kind: string;
  name: string;
  /** A badge or two: environment, health. */
  badges?: ReactNode;
  /** Short names and values: size, rows. */
  facts?: [string, ReactNode][];
  actions?: ResourceAction[];
};

/** A target, table, index or process, small, with what can be done about it. */
export function ResourceCard({ kind, name, badges, facts = [], actions = [] }: ResourceCardProps) {
  const Icon = ICONS[kind] ?? Database;
  return (
    <section
      aria-label={`${kind} ${name}`}
      className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border px-3 py-2"
    >
      <Icon aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
      <div className="min-w-0 flex-1 basis-40">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 text-sm">
          <span className="min-w-0 truncate font-medium">
            <Shown text={name} />
          </span>
          <span className="text-xs text-ink-3">{kind}</span>
          {badges}
        </p>
        {facts.length > 0 && (
          <p className="flex flex-wrap gap-x-3 text-xs text-ink-3">
            {facts.map(([label, value], index) => (
              <span key={index} className="num">
                {label} <span className="text-ink-2">{value}</span>
              </span>
            ))}
          </p>
        )}
      </div>
      {actions.length > 0 && (
        <span className="flex flex-wrap gap-1.5">
          {actions.map(({ label, icon, onSelect }) => (
            <Button key={label} size="sm" icon={icon} onClick={onSelect}>
              {label}
            </Button>
          ))}
        </span>
      )}
    </section>
  );
}
