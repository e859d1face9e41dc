import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

export type SettingsSection = {
  /** As in the address. */
  id: string;
  title: string;
  group: 'You' | 'Organization';
  /** Without it the section is not listed. */
  permission?: string;
  Content: LazyExoticComponent<ComponentType>;
};

/** In the order of the list at the left. Each is fetched when it is opened. */
export const SECTIONS: SettingsSection[] = [
  { id: 'general', title: 'Account', group: 'You', Content: lazy(() => import('./AccountSection')) },
  { id: 'appearance', title: 'Appearance', group: 'You', Content: lazy(() => import('./AppearanceSection')) },
  { id: 'shortcuts', title: 'Shortcuts', group: 'You', Content: lazy(() => import('./ShortcutsSection')) },
  { id: 'tokens', title: 'API tokens', group: 'You', Content: lazy(() => import('./TokensSection')) },
  {
    id: 'providers',
    title: 'Model providers',
    group: 'Organization',
    permission: 'provider:manage',
    Content: lazy(() => import('./ProvidersSection')),
  },
  {
    id: 'users',
    title: 'Users',
    group: 'Organization',
    permission: 'user:manage',
    Content: lazy(() => import('./UsersSection')),
  },
  { id: 'roles', title: 'Roles', group: 'Organization', Content: lazy(() => import('./RolesSection')) },
  {
    id: 'rules',
    title: 'Rules',
    group: 'Organization',
    permission: 'policy:read',
    Content: lazy(() => import('./RulesSection')),
  },
  {
    id: 'simulate',
    title: 'Simulate',
    group: 'Organization',
    permission: 'policy:read',
    Content: lazy(() => import('./SimulateSection')),
  },
];
