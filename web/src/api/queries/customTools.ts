import { queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';
import type { CustomTool, SavedToolView } from '../schema';

const PATH = '/api/tools/custom';
const pathOf = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

export const customToolsQuery = queryOptions({
  queryKey: ['tools', 'custom'],
  queryFn: ({ signal }) => api.get<PageOf<SavedToolView>>(PATH, { signal }).then((page) => page.items),
});

/** Judges it, on a target where one is given; runs and saves nothing. */
export const testCustomTool = (definition: CustomTool, targetId: string | null) =>
  api.post<{ sentence: string }>(`${PATH}/test`, { definition, ...(targetId ? { target_id: targetId } : {}) });

export const createCustomTool = (definition: CustomTool) => api.post<SavedToolView>(PATH, definition);

export const changeCustomTool = (id: string, revision: number, { plugin: _, ...definition }: CustomTool) =>
  api.patch<SavedToolView>(pathOf(id), { revision, ...definition });

export const removeCustomTool = (id: string) => api.remove(pathOf(id));
