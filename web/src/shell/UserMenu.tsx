import { ChevronsUpDown, Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { performAction } from '@/actions/registry';
import { api } from '@/api/client';
import { useMe } from '@/api/queries/me';
import { cx } from '@/ui/cx';
import { Menu, type MenuItem } from '@/ui/Menu';
import { toast } from '@/ui/Toast';
import { useTheme } from './theme';

export async function signOut(): Promise<void> {
  try {
    await api.post('/api/auth/logout', {}, { isLogin: true });
    // A new page: nothing of what was seen stays in memory.
    window.location.assign('/');
  } catch (error) {
    toast({ title: 'Could not sign out', text: error instanceof Error ? error.message : '', tone: 'danger' });
  }
}

/** Theme, shortcuts and signing out: the same in the sidebar and on a phone. */
export function useUserItems(): MenuItem[] {
  const [theme, setTheme] = useTheme();
  const me = useMe();
  return [
    { heading: me ? `${me.user.name}, ${me.user.role}` : 'Not signed in' },
    { label: 'System theme', icon: <Monitor />, isChecked: theme === 'system', onSelect: () => setTheme('system') },
    { label: 'Light', icon: <Sun />, isChecked: theme === 'light', onSelect: () => setTheme('light') },
    { label: 'Dark', icon: <Moon />, isChecked: theme === 'dark', onSelect: () => setTheme('dark') },
    'separator',
    { label: 'Keyboard shortcuts', icon: <Keyboard />, shortcut: '?', onSelect: () => performAction('help.shortcuts') },
    { label: 'Sign out', icon: <LogOut />, onSelect: () => void signOut() },
  ];
}

export function UserMenu({ isCollapsed }: { isCollapsed: boolean }) {
  const me = useMe();
  const items = useUserItems();
  const name = me?.user.name ?? '';
  return (
    <Menu
      align="start"
      side="top"
      items={items}
      trigger={
        <button
          type="button"
          className={cx(
            'flex h-9 w-full items-center gap-2.5 rounded-md text-sm text-ink-2 hover:bg-hover hover:text-ink',
            isCollapsed ? 'justify-center' : 'px-1.5 max-lg:justify-center max-lg:px-0',
          )}
        >
          <span
            aria-hidden="true"
            className="flex size-6 shrink-0 items-center justify-center rounded-full bg-selected text-xs font-medium text-ink uppercase"
          >
            {name.slice(0, 1)}
          </span>
          <span className={isCollapsed ? 'sr-only' : 'min-w-0 flex-1 truncate text-left max-lg:sr-only'}>
            <span className="sr-only">Account of </span>
            {name}
          </span>
          <ChevronsUpDown
            aria-hidden="true"
            className={cx('size-3.5 text-ink-3', isCollapsed ? 'hidden' : 'max-lg:hidden')}
          />
        </button>
      }
    />
  );
}
