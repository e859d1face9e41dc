import { Link, useRouterState } from '@tanstack/react-router';
import { PanelLeft, Search, Sparkles } from 'lucide-react';
import { performAction, useShortcut } from '@/actions/registry';
import { useMay } from '@/api/queries/me';
import { CountBadge } from '@/ui/Badge';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { Kbd } from '@/ui/Kbd';
import { Tooltip } from '@/ui/Tooltip';
import { Logo } from './Logo';
import { isOpen, NAV, type NavItem } from './nav';
import { UserMenu } from './UserMenu';

type SidebarProps = { isCollapsed: boolean; onToggle: () => void; waiting: number };

/** The pages at the left; a rail of icons when collapsed or on a middle-sized screen. */
export function Sidebar({ isCollapsed, onToggle, waiting }: SidebarProps) {
  const mayAudit = useMay('audit:read');
  const items = NAV.filter((item) => item.permission === undefined || mayAudit);
  const wide = isCollapsed ? 'hidden' : 'max-lg:hidden';
  return (
    <header
      className={cx('flex shrink-0 flex-col border-r bg-sidebar max-sm:hidden', isCollapsed ? 'w-14' : 'w-14 lg:w-56')}
    >
      <div
        className={cx(
          'group flex h-12 shrink-0 items-center gap-2',
          isCollapsed ? 'justify-center' : 'px-3 max-lg:justify-center',
        )}
      >
        <Link
          to="/"
          aria-label="Steersman, overview"
          className={cx(
            'flex items-center gap-2 rounded-md',
            isCollapsed && 'group-focus-within:hidden group-hover:hidden',
          )}
        >
          <Logo />
          <span className={cx('text-base font-semibold', wide)}>Steersman</span>
        </Link>
        <IconButton
          label={isCollapsed ? 'Widen the sidebar' : 'Narrow the sidebar'}
          shortcut={useShortcut('view.sidebar')}
          side="right"
          size="sm"
          icon={<PanelLeft />}
          onClick={onToggle}
          className={cx('max-lg:hidden', isCollapsed ? 'hidden group-focus-within:flex group-hover:flex' : 'ml-auto')}
        />
      </div>
      <div className="px-2 pb-2">
        <button
          type="button"
          onClick={() => performAction('palette.open')}
          className={cx(
            'flex h-8 w-full items-center gap-2 rounded-md border bg-canvas text-sm text-ink-3 hover:border-line-strong hover:text-ink-2',
            isCollapsed ? 'justify-center' : 'px-2.5 max-lg:justify-center max-lg:px-0',
          )}
        >
          <Search aria-hidden="true" className="size-4" />
          <span className={isCollapsed ? 'sr-only' : 'flex-1 text-left max-lg:sr-only'}>Search</span>
          <Kbd keys={useShortcut('palette.open') ?? 'mod+k'} className={wide} />
        </button>
      </div>
      <nav aria-label="Pages" className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto px-2">
        {items.map((item) => (
          <NavLink
            key={item.to}
            item={item}
            isCollapsed={isCollapsed}
            waiting={item.to === '/approvals' ? waiting : 0}
          />
        ))}
      </nav>
      <div className="flex flex-col gap-0.5 px-2 py-2">
        <AskButton isCollapsed={isCollapsed} />
      </div>
      <div className="shrink-0 border-t p-2">
        <UserMenu isCollapsed={isCollapsed} />
      </div>
    </header>
  );
}

const rowLook =
  'relative flex h-8 items-center gap-2.5 rounded-md text-sm text-ink-2 transition-colors hover:bg-hover hover:text-ink [&>svg]:size-4 [&>svg]:shrink-0';

function NavLink({ item, isCollapsed, waiting }: { item: NavItem; isCollapsed: boolean; waiting: number }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isHere = isOpen(path, item.to);
  const Icon = item.icon;
  const shortcut = useShortcut(`go.${item.to}`);
  return (
    <Tooltip text={item.name} shortcut={shortcut} side="right">
      <Link
        to={item.to}
        aria-current={isHere ? 'page' : undefined}
        className={cx(
          rowLook,
          isCollapsed ? 'justify-center' : 'px-2.5 max-lg:justify-center max-lg:px-0',
          isHere && 'bg-selected font-medium text-ink hover:bg-selected',
        )}
      >
        <Icon aria-hidden="true" strokeWidth={isHere ? 2 : 1.75} />
        <span className={isCollapsed ? 'sr-only' : 'flex-1 max-lg:sr-only'}>{item.name}</span>
        {waiting > 0 && (
          <span className={isCollapsed ? 'absolute top-0 right-0.5' : 'max-lg:absolute max-lg:top-0 max-lg:right-0.5'}>
            <CountBadge count={waiting} label="waiting" />
          </span>
        )}
      </Link>
    </Tooltip>
  );
}

function AskButton({ isCollapsed }: { isCollapsed: boolean }) {
  const shortcut = useShortcut('assistant.toggle');
  return (
    <Tooltip text="Ask the assistant, with this page at hand" shortcut={shortcut} side="right">
      <button
        type="button"
        onClick={() => performAction('assistant.toggle')}
        className={cx(rowLook, 'w-full', isCollapsed ? 'justify-center' : 'px-2.5 max-lg:justify-center max-lg:px-0')}
      >
        <Sparkles aria-hidden="true" strokeWidth={1.75} />
        <span className={isCollapsed ? 'sr-only' : 'flex-1 text-left max-lg:sr-only'}>Assistant</span>
        {shortcut && !isCollapsed && <Kbd keys={shortcut} className="max-lg:hidden" />}
      </button>
    </Tooltip>
  );
}
