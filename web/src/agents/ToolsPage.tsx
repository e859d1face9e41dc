import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useDeferredValue, useState } from 'react';
import { customToolsQuery } from '@/api/queries/customTools';
import { useMay } from '@/api/queries/me';
import { toolsQuery } from '@/api/queries/tools';
import type { Listed, SavedToolView } from '@/api/schema';
import { RiskBadge } from '@/calls/RiskBadge';
import { usePageContext } from '@/shell/pageContext';
import { useMedia } from '@/shell/useMedia';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { FilterBar } from '@/ui/FilterBar';
import { plural } from '@/ui/format';
import { Page, PageHeader, Toolbar } from '@/ui/PageHeader';
import { SearchInput } from '@/ui/SearchInput';
import { SkeletonRows } from '@/ui/Skeleton';
import { ErrorState, FilteredEmpty } from '@/ui/states';
import { VirtualTable } from '@/ui/VirtualTable';
import { ToolSheet } from './ToolSheet';

const SaveTool = lazy(() => import('./SaveTool'));

const RISKS = ['low', 'medium', 'high', 'critical'].map((risk) => ({ value: risk, label: risk }));
const KINDS = [
  { value: 'query', label: 'Queries' },
  { value: 'change', label: 'Changes' },
];

/** The whole catalogue: what Steersman can do, with the least risk of each. */
export function ToolsPage() {
  usePageContext({ resource_type: 'tools', resource_ids: [], title: 'Tools' });
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Record<string, string | null>>({});
  const [opened, setOpened] = useState<Listed | null>(null);
  const mayManage = useMay('target:manage');
  const custom = useQuery({ ...customToolsQuery, enabled: mayManage });
  // `null` is a new one.
  const [edited, setEdited] = useState<SavedToolView | null | undefined>(undefined);
  // The server ranks a search; without one the whole catalogue is here and filtered here.
  const asked = useDeferredValue(text.trim());
  const tools = useQuery({ ...toolsQuery(asked === '' ? {} : { q: asked }), placeholderData: (before) => before });
  const plugins = [...new Set((tools.data ?? []).map(pluginOf))].sort();
  const shown = (tools.data ?? []).filter(
    (tool) =>
      (!chosen.plugin || pluginOf(tool) === chosen.plugin) &&
      (!chosen.risk || tool.floor === chosen.risk) &&
      (!chosen.kind || tool.kind === chosen.kind),
  );
  const isNarrow = useMedia('(max-width: 639px)');
  const clear = () => {
    setText('');
    setChosen({});
  };
  return (
    <Page>
      <PageHeader
        title="Tools"
        detail={tools.data && plural(shown.length, 'tool')}
        actions={
          mayManage && (
            <Button icon={<Plus />} onClick={() => setEdited(null)}>
              Save a query as a tool
            </Button>
          )
        }
      />
      <Toolbar label="Find tools">
        <SearchInput label="Search tools" value={text} onChange={setText} isPageSearch />
        <FilterBar
          filters={[
            {
              id: 'plugin',
              label: 'Plugin',
              options: plugins.map((name) => ({ value: name, label: name })),
              value: chosen.plugin ?? null,
            },
            { id: 'kind', label: 'Kind', options: KINDS, value: chosen.kind ?? null },
            { id: 'risk', label: 'Risk', options: RISKS, value: chosen.risk ?? null },
          ]}
          onChange={(id, value) => setChosen({ ...chosen, [id]: value })}
        />
      </Toolbar>
      {tools.error ? (
        <ErrorState problem={tools.error} onRetry={() => void tools.refetch()} />
      ) : tools.isPending ? (
        <SkeletonRows rows={10} label="Loading the tools" />
      ) : shown.length === 0 ? (
        <FilteredEmpty title="No tool matches." onClear={clear} />
      ) : (
        <VirtualTable
          label="Tools"
          rows={shown}
          rowKey={(tool) => tool.name}
          onOpen={setOpened}
          selectedKey={opened?.name ?? null}
          columns={isNarrow ? COLUMNS.filter((column) => column.isOnPhone) : COLUMNS}
        />
      )}
      {opened && (
        <ToolSheet
          tool={opened}
          saved={custom.data?.find((one) => one.tool === opened.name)}
          onEdit={(saved) => {
            setOpened(null);
            setEdited(saved);
          }}
          onClose={() => setOpened(null)}
        />
      )}
      {edited !== undefined && (
        <Suspense fallback={null}>
          <SaveTool key={edited?.id ?? 'new'} saved={edited} onClose={() => setEdited(undefined)} />
        </Suspense>
      )}
    </Page>
  );
}

const COLUMNS = [
  {
    id: 'title',
    isOnPhone: true,
    header: 'Tool',
    width: 'minmax(10rem,1fr)',
    cell: (tool: Listed) => <span className="font-medium">{tool.title}</span>,
  },
  {
    id: 'name',
    isOnPhone: false,
    header: 'Name',
    width: 'minmax(9rem,1fr)',
    cell: (tool: Listed) => <code className="font-mono text-xs text-ink-2">{tool.name}</code>,
  },
  {
    id: 'kind',
    isOnPhone: false,
    header: 'Kind',
    width: '6rem',
    cell: (tool: Listed) => <span className="text-ink-2">{tool.kind}</span>,
  },
  {
    id: 'risk',
    isOnPhone: true,
    header: 'Risk',
    width: '9rem',
    cell: (tool: Listed) => <RiskBadge risk={tool.floor} />,
  },
  {
    id: 'right',
    isOnPhone: false,
    header: '',
    width: '7rem',
    cell: (tool: Listed) => !tool.is_allowed && <Badge>no right</Badge>,
  },
];

const pluginOf = (tool: Listed): string => tool.name.split('.')[0] ?? tool.name;
