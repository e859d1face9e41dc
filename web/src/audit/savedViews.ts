// Filters that a person keeps under a name, in this browser.

import { type AuditFilter, readTyped, written } from './filter';

export interface SavedView {
  name: string;
  /** As it is typed: `result:failure from:24h`. */
  text: string;
}

/** Named for everybody. */
export const GIVEN_VIEWS: SavedView[] = [
  { name: 'Failed today', text: 'result:failure from:today' },
  { name: 'Decisions', text: 'action:approval.*' },
  { name: 'What was carried out', text: 'action:tool.performed' },
  { name: 'Sign-ins', text: 'action:login.*' },
  { name: 'High risk, last 7 days', text: 'risk:high from:7d' },
];

/** More than this makes a list that nobody reads. */
export const MOST_VIEWS = 30;

/** What storage holds, read with care. */
export const readViews = (stored: unknown): SavedView[] =>
  Array.isArray(stored)
    ? stored
        .filter((one): one is SavedView => typeof one?.name === 'string' && typeof one?.text === 'string')
        .slice(0, MOST_VIEWS)
    : [];

/** One under the same name is replaced in its place. */
export function withView(views: SavedView[], name: string, filter: AuditFilter): SavedView[] {
  const view = { name: name.trim(), text: written(filter) };
  const at = views.findIndex((one) => one.name === view.name);
  return at >= 0 ? views.with(at, view) : [...views, view].slice(-MOST_VIEWS);
}

export const filterOf = (view: SavedView): AuditFilter => readTyped(view.text).filter;

/** The name of the view that shows exactly this, if there is one. */
export const nameOf = (views: SavedView[], filter: AuditFilter): string | null => {
  const text = written(filter);
  return views.find((view) => written(filterOf(view)) === text)?.name ?? null;
};
