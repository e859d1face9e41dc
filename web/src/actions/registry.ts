import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { useStored } from '@/ui/stored';

/** One thing a person can do: the same record for its button, menu item, palette entry and shortcut. */
export type Action = {
  /** Stable: shortcuts of the user are kept under it. `session.new`, `go.runs`. */
  id: string;
  /** Full, for the palette and the shortcut list: "Start a new session". */
  name: string;
  /** Short, for a button: "New session". */
  label?: string;
  /** Heading in the palette and the shortcut list. */
  group: 'Go to' | 'Sessions' | 'Approvals' | 'Runs' | 'Agents' | 'This page' | 'View' | 'Help';
  /** `mod+shift+k`, `?`, or a chord of two strokes, `g d`. */
  shortcut?: string | undefined;
  icon?: ReactNode;
  /** More words by which the palette finds it. */
  keywords?: string;
  /** Whether it can be done now. A key does nothing then, and the palette leaves it out. */
  when?: () => boolean;
  /** Not in the palette: it makes sense only with its place, such as "next row". */
  isKeyOnly?: boolean;
  /** Also while typing in a field, even without a modifier. */
  worksWhileTyping?: boolean;
  perform: () => void;
};

/** A user's own keys; null takes the key away. */
export type Overrides = Record<string, string | null>;

const actions = new Map<string, Action[]>();
const listeners = new Set<() => void>();
let snapshot: Action[] = [];

function changed(): void {
  snapshot = [...actions.values()].flatMap((stack) => stack.at(-1) ?? []);
  for (const listener of [...listeners]) listener();
}

/** Adds actions until the returned function is called. The one added last wins over others with its id. */
export function addActions(list: Action[]): () => void {
  for (const action of list) actions.set(action.id, [...(actions.get(action.id) ?? []), action]);
  changed();
  return () => {
    for (const action of list) {
      const rest = (actions.get(action.id) ?? []).filter((each) => each !== action);
      if (rest.length > 0) actions.set(action.id, rest);
      else actions.delete(action.id);
    }
    changed();
  };
}

export const allActions = (): Action[] => snapshot;

export function performAction(id: string): boolean {
  const action = snapshot.find((each) => each.id === id);
  if (!action || action.when?.() === false) return false;
  action.perform();
  return true;
}

/** Adds actions while the component is mounted. `perform` and `when` may close over fresh values. */
export function useActions(list: Action[]): void {
  const latest = useRef(list);
  latest.current = list;
  const shape = JSON.stringify(
    list.map(({ id, name, label, group, shortcut, keywords }) => [id, name, label, group, shortcut, keywords]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the list
  useEffect(() => {
    const fresh = (id: string) => latest.current.find((each) => each.id === id);
    return addActions(
      latest.current.map((action) => ({
        ...action,
        perform: () => fresh(action.id)?.perform(),
        when: () => fresh(action.id)?.when?.() ?? true,
      })),
    );
  }, [shape]);
}

export function useAllActions(): Action[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, allActions);
}

export function useOverrides(): [Overrides, (overrides: Overrides) => void] {
  return useStored<Overrides>('shortcuts', {});
}

/** The key that now does it, after the user's own choice. */
export function shortcutOf(action: Pick<Action, 'id' | 'shortcut'>, overrides: Overrides): string | undefined {
  const own = overrides[action.id];
  return own === undefined ? action.shortcut : (own ?? undefined);
}

/** The key of an action, for a hint on its button. */
export function useShortcut(id: string): string | undefined {
  const [overrides] = useOverrides();
  const action = useAllActions().find((each) => each.id === id);
  return action && shortcutOf(action, overrides);
}

/** Pairs that want the same key, or of which one begins with the other's. */
export function conflicts(list: Action[], overrides: Overrides): [string, string][] {
  const keyed = list.flatMap((action) => {
    const keys = shortcutOf(action, overrides);
    return keys ? [{ id: action.id, keys }] : [];
  });
  const found: [string, string][] = [];
  keyed.forEach((one, index) => {
    for (const other of keyed.slice(index + 1)) {
      const isSame = one.keys === other.keys;
      const isPrefix = one.keys.startsWith(`${other.keys} `) || other.keys.startsWith(`${one.keys} `);
      if (isSame || isPrefix) found.push([one.id, other.id]);
    }
  });
  return found;
}
