import { useNavigate } from '@tanstack/react-router';
import { Keyboard, Moon, PanelLeft, Plus, Sparkles, Sun } from 'lucide-react';
import { type Action, useActions } from '@/actions/registry';
import { useMay } from '@/api/queries/me';
import { toggleDrawer } from './drawer';
import { NAV } from './nav';
import { useTheme } from './theme';

type ShellActions = { onPalette: () => void; onShortcuts: () => void; onSidebar: () => void };

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-page-search]');
  field?.focus();
  field?.select();
  return field !== null;
}

/** What can be done on every page. */
export function useShellActions({ onPalette, onShortcuts, onSidebar }: ShellActions): void {
  const navigate = useNavigate();
  const [, setTheme] = useTheme();
  const mayAudit = useMay('audit:read');
  const pages = NAV.filter((item) => item.permission === undefined || mayAudit).map(
    (item): Action => ({
      id: `go.${item.to}`,
      name: item.name,
      group: 'Go to',
      shortcut: item.shortcut,
      icon: <item.icon />,
      keywords: item.keywords,
      perform: () => void navigate({ to: item.to }),
    }),
  );
  useActions([
    ...pages,
    {
      id: 'palette.open',
      name: 'Search and commands',
      group: 'Help',
      shortcut: 'mod+k',
      isKeyOnly: true,
      perform: onPalette,
    },
    {
      id: 'assistant.toggle',
      name: 'Ask the assistant about this page',
      group: 'View',
      shortcut: 'mod+shift+k',
      icon: <Sparkles />,
      keywords: 'drawer chat ai',
      perform: toggleDrawer,
    },
    {
      id: 'session.new',
      name: 'Start a new session',
      label: 'New session',
      group: 'Sessions',
      shortcut: 'g n',
      icon: <Plus />,
      keywords: 'chat ask',
      perform: () => void navigate({ to: '/sessions' }),
    },
    {
      id: 'page.search',
      name: 'Search this page',
      group: 'This page',
      shortcut: '/',
      isKeyOnly: true,
      perform: () => {
        if (!focusSearch()) onPalette();
      },
    },
    {
      id: 'view.sidebar',
      name: 'Narrow or widen the sidebar',
      group: 'View',
      shortcut: '[',
      icon: <PanelLeft />,
      perform: onSidebar,
    },
    {
      id: 'view.light',
      name: 'Light theme',
      group: 'View',
      icon: <Sun />,
      keywords: 'appearance',
      perform: () => setTheme('light'),
    },
    {
      id: 'view.dark',
      name: 'Dark theme',
      group: 'View',
      icon: <Moon />,
      keywords: 'appearance',
      perform: () => setTheme('dark'),
    },
    {
      id: 'view.system',
      name: 'Theme of the system',
      group: 'View',
      icon: <Sun />,
      keywords: 'appearance auto',
      perform: () => setTheme('system'),
    },
    {
      id: 'help.shortcuts',
      name: 'Keyboard shortcuts',
      group: 'Help',
      shortcut: '?',
      icon: <Keyboard />,
      keywords: 'keys',
      perform: onShortcuts,
    },
  ]);
}
