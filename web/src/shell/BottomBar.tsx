import { Link, useNavigate, useRouterState } from '@tanstack/react-router';
import { Ellipsis, Search, Sparkles } from 'lucide-react';
import { performAction } from '@/actions/registry';
import { useMay } from '@/api/queries/me';
import { CountBadge } from '@/ui/Badge';
import { cx } from '@/ui/cx';
import { Menu } from '@/ui/Menu';
import { isOpen, NAV } from './nav';
import { useUserItems } from './UserMenu';

const tabLook =
  'focus-inset relative flex min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-2xs text-ink-3 [&>svg]:size-5';

/** The pages on a phone. */
export function BottomBar({ waiting }: { waiting: number }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();
  const mayAudit = useMay('audit:read');
  const userItems = useUserItems();
  const rest = NAV.filter((item) => !item.isOnPhone && (item.permission === undefined || mayAudit));
  return (
    <nav
      aria-label="Pages"
      className="flex h-[calc(3.5rem+env(safe-area-inset-bottom))] shrink-0 border-t bg-sidebar pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {NAV.filter((item) => item.isOnPhone).map((item) => {
        const isHere = isOpen(path, item.to);
        return (
          <Link
            key={item.to}
            to={item.to}
            aria-current={isHere ? 'page' : undefined}
            className={cx(tabLook, isHere && 'font-medium text-accent-text')}
          >
            <item.icon aria-hidden="true" strokeWidth={isHere ? 2 : 1.75} />
            <span className="max-w-full truncate">{item.name}</span>
            {item.to === '/approvals' && waiting > 0 && (
              <span className="absolute top-1 left-1/2 ml-1">
                <CountBadge count={waiting} label="waiting" />
              </span>
            )}
          </Link>
        );
      })}
      <Menu
        side="top"
        trigger={
          <button
            type="button"
            className={cx(tabLook, rest.some((item) => isOpen(path, item.to)) && 'text-accent-text')}
          >
            <Ellipsis aria-hidden="true" strokeWidth={1.75} />
            <span>More</span>
          </button>
        }
        items={[
          { label: 'Ask Steersman', icon: <Sparkles />, onSelect: () => performAction('assistant.toggle') },
          { label: 'Search and commands', icon: <Search />, onSelect: () => performAction('palette.open') },
          'separator',
          ...rest.map((item) => ({
            label: item.name,
            icon: <item.icon />,
            onSelect: () => void navigate({ to: item.to }),
          })),
          'separator',
          ...userItems,
        ]}
      />
    </nav>
  );
}
