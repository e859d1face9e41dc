// What can be typed after a slash. Each is an action of the registry, so the palette and the keys do the same.

import { allActions, performAction } from '@/actions/registry';

interface Command {
  word: string;
  action: string;
  hint: string;
}

const COMMANDS: Command[] = [
  { word: 'new', action: 'session.new', hint: 'Start a new session' },
  { word: 'stop', action: 'session.stop', hint: 'Stop what is going on' },
  { word: 'export', action: 'session.export', hint: 'Download this session as Markdown' },
  { word: 'jsonl', action: 'session.export_jsonl', hint: 'Download this session with everything, as JSON Lines' },
  { word: 'rename', action: 'session.rename', hint: 'Rename this session' },
  { word: 'archive', action: 'session.archive', hint: 'Archive this session' },
  { word: 'help', action: 'help.shortcuts', hint: 'Show all keys and commands' },
];

/** Those that begin with what is typed and can be done now. */
export function commandsFor(text: string): Command[] {
  const typed = /^\/(\S*)$/.exec(text)?.[1];
  if (typed === undefined) return [];
  const able = new Set(
    allActions()
      .filter((action) => action.when?.() !== false)
      .map(({ id }) => id),
  );
  return COMMANDS.filter(({ word, action }) => word.startsWith(typed.toLowerCase()) && able.has(action));
}

export const performCommand = ({ action }: Command): boolean => performAction(action);
export type { Command };
