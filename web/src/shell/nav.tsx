import {
  Activity,
  LayoutDashboard,
  type LucideIcon,
  MessageSquare,
  ScrollText,
  Server,
  Settings,
  ShieldCheck,
  Wrench,
} from 'lucide-react';

export type NavPath = '/' | '/sessions' | '/approvals' | '/runs' | '/agents' | '/tools' | '/audit' | '/settings';

export type NavItem = {
  to: NavPath;
  name: string;
  icon: LucideIcon;
  shortcut: string;
  /** Right without which the page has nothing to show. */
  permission?: string;
  /** In the bottom bar of a phone; the rest is under More. */
  isOnPhone?: boolean;
  keywords: string;
};

export const NAV: readonly NavItem[] = [
  {
    to: '/',
    name: 'Overview',
    icon: LayoutDashboard,
    shortcut: 'g o',
    isOnPhone: true,
    keywords: 'dashboard home start',
  },
  {
    to: '/sessions',
    name: 'Sessions',
    icon: MessageSquare,
    shortcut: 'g s',
    isOnPhone: true,
    keywords: 'chat conversation ask',
  },
  {
    to: '/approvals',
    name: 'Approvals',
    icon: ShieldCheck,
    shortcut: 'g a',
    isOnPhone: true,
    keywords: 'queue decide waiting',
  },
  { to: '/runs', name: 'Runs', icon: Activity, shortcut: 'g r', isOnPhone: true, keywords: 'executions history' },
  {
    to: '/agents',
    name: 'Servers',
    icon: Server,
    shortcut: 'g g',
    keywords: 'agents targets plugins health monitoring metrics',
  },
  { to: '/tools', name: 'Tools', icon: Wrench, shortcut: 'g t', keywords: 'catalogue plugins' },
  {
    to: '/audit',
    name: 'Audit log',
    icon: ScrollText,
    shortcut: 'g l',
    permission: 'audit:read',
    keywords: 'history trail who',
  },
  {
    to: '/settings',
    name: 'Settings',
    icon: Settings,
    shortcut: 'g ,',
    keywords: 'preferences users models policy tokens',
  },
];

export function isOpen(path: string, to: NavPath): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}
