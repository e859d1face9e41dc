import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Activity, Box, MessageSquare, Sparkles, Wrench } from 'lucide-react';
import type { ReactNode } from 'react';
import { shortcutOf, useAllActions, useOverrides } from '@/actions/registry';
import { runsQuery } from '@/api/queries/runs';
import { sessionsQuery } from '@/api/queries/sessions';
import { targetsQuery } from '@/api/queries/targets';
import { toolsQuery } from '@/api/queries/tools';
import { askAssistant } from './drawer';
import { best, fuzzy, fuzzyNamed } from './fuzzy';

export type PaletteItem = {
  id: string;
  name: string;
  hint?: string | undefined;
  icon?: ReactNode;
  shortcut?: string | undefined;
  perform: () => void;
};

export type PaletteGroup = { name: string; items: PaletteItem[] };

/** Everything the palette offers for what was typed; asking the assistant comes last. */
export function usePaletteGroups(query: string): PaletteGroup[] {
  const navigate = useNavigate();
  const actions = useAllActions();
  const [overrides] = useOverrides();
  const sessions = useInfiniteQuery(sessionsQuery()).data?.pages.flatMap((page) => page.items) ?? [];
  const runs = useInfiniteQuery(runsQuery()).data?.pages.flatMap((page) => page.items) ?? [];
  const targets = useQuery(targetsQuery).data ?? [];
  const tools = useQuery(toolsQuery()).data ?? [];
  const isSearch = query.trim() !== '';

  const able = actions.filter((action) => !action.isKeyOnly && action.when?.() !== false);
  const found = best(able, ({ name, keywords = '' }) => fuzzyNamed(query, name, keywords), 40);
  const groups = new Map<string, PaletteItem[]>();
  // What belongs to the open page first, then where to go.
  const order = ['This page', 'Approvals', 'Runs', 'Agents', 'Go to', 'Sessions', 'View', 'Help'];
  for (const name of order) {
    const items = found
      .filter((action) => action.group === name)
      .map((action) => ({
        id: action.id,
        name: action.name,
        icon: action.icon,
        shortcut: shortcutOf(action, overrides),
        perform: action.perform,
      }));
    if (items.length > 0) groups.set(name, items);
  }
  const most = isSearch ? 6 : 4;
  const list = [...groups].map(([name, items]) => ({ name, items }));
  const add = (name: string, items: PaletteItem[]) => items.length > 0 && list.push({ name, items });
  add(
    isSearch ? 'Sessions found' : 'Recent sessions',
    best(sessions, (session) => fuzzy(query, session.title), most).map((session) => ({
      id: session.id,
      name: session.title || 'New session',
      icon: <MessageSquare />,
      perform: () => void navigate({ to: '/sessions/$id', params: { id: session.id } }),
    })),
  );
  if (isSearch) {
    add(
      'Targets',
      best(targets, (target) => fuzzy(query, `${target.name} ${target.plugin} ${target.environment}`), most).map(
        (target) => ({
          id: target.id,
          name: target.name,
          hint: `${target.plugin} · ${target.environment}`,
          icon: <Box />,
          perform: () =>
            void navigate({
              to: '/agents/$serverId/$targetId',
              params: { serverId: target.server_id, targetId: target.id },
            }),
        }),
      ),
    );
    add(
      'Runs found',
      best(runs, (run) => fuzzy(query, run.title), most).map((run) => ({
        id: run.id,
        name: run.title,
        hint: run.status.replace('_', ' '),
        icon: <Activity />,
        perform: () => void navigate({ to: '/runs/$id', params: { id: run.id } }),
      })),
    );
    add(
      'Tools',
      best(tools, (tool) => fuzzyNamed(query, `${tool.title} ${tool.name}`, tool.synonyms.join(' ')), most).map(
        (tool) => ({
          id: tool.name,
          name: tool.title,
          hint: tool.name,
          icon: <Wrench />,
          perform: () => askAssistant(tool.example),
        }),
      ),
    );
    add('Assistant', [
      {
        id: 'ask',
        name: `Ask Steersman: ${query.trim()}`,
        icon: <Sparkles />,
        perform: () => askAssistant(query.trim(), { send: true }),
      },
    ]);
  }
  return list;
}
