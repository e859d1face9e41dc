import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { startKeyboard } from '@/actions/keyboard';
import { waitingApprovalsQuery } from '@/api/queries/approvals';
import type { ApprovalView } from '@/api/schema';
import { startLive } from '@/live/live';
import { useLiveEvent } from '@/live/useLive';
import { pageTitle } from '@/ui/pageTitle';
import { useStored } from '@/ui/stored';
import { AssistantDrawer } from './AssistantDrawer';
import { BottomBar } from './BottomBar';
import { ConnectionBanner } from './ConnectionBanner';
import { notifyOf } from './notifications';
import { Sidebar } from './Sidebar';
import { StaleBanner } from './StaleBanner';
import { useShellActions } from './shellActions';
import { startStaleWatch } from './stalePage';
import { startTheme } from './theme';

const loadPalette = () => import('./Palette');
const Palette = lazy(() => loadPalette().then((module) => ({ default: module.Palette })));
/** Fetched once the page has settled: what is typed right after the key must not wait for it. */
const PALETTE_AFTER_MS = 1500;
const ShortcutsDialog = lazy(() => import('./ShortcutsDialog').then((module) => ({ default: module.ShortcutsDialog })));

/** What stays while pages change: the sidebar, the banners, the assistant, the palette. */
export function Frame() {
  const [layer, setLayer] = useState<'palette' | 'shortcuts' | null>(null);
  const [isCollapsed, setCollapsed] = useStored('sidebar.collapsed', false);
  const { data: waiting } = useQuery(waitingApprovalsQuery);
  const navigate = useNavigate();
  const count = waiting?.length ?? 0;

  useEffect(() => {
    const ends = [startLive(), startKeyboard(), startTheme(), startStaleWatch()];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  useLiveEvent('approval:request', (message) =>
    notifyOf(
      (message.approval ?? {}) as Partial<ApprovalView>,
      (id) => void navigate({ to: '/approvals/$id', params: { id } }),
    ),
  );
  useShellActions({
    onPalette: () => setLayer((now) => (now === 'palette' ? null : 'palette')),
    onShortcuts: () => setLayer('shortcuts'),
    onSidebar: () => setCollapsed(!isCollapsed),
  });

  useEffect(() => {
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), PALETTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  return (
    <div className="relative flex h-full max-sm:flex-col">
      <button
        type="button"
        onClick={focusMain}
        className="absolute top-2 left-2 z-70 -translate-y-16 rounded-md bg-accent px-3 py-2 text-sm font-medium text-accent-ink focus:translate-y-0"
      >
        Skip to the page
      </button>
      <Sidebar isCollapsed={isCollapsed} onToggle={() => setCollapsed(!isCollapsed)} waiting={count} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <ConnectionBanner />
        <StaleBanner />
        <main id="main" className="relative flex min-h-0 min-w-0 flex-1 flex-col overflow-clip outline-none">
          <Outlet />
        </main>
      </div>
      <AssistantDrawer />
      <BottomBar waiting={count} />
      <TabTitle waiting={count} />
      <Suspense>
        {layer === 'palette' && <Palette onClose={() => setLayer(null)} />}
        {layer === 'shortcuts' && <ShortcutsDialog onClose={() => setLayer(null)} />}
      </Suspense>
    </div>
  );
}

/**
 * Takes the focus only when asked to: a click beside everything must not leave it here, or a layer that closes would give
 * it on to the first field inside, and keys would be typed there.
 */
function focusMain(): void {
  const main = document.getElementById('main');
  if (!main) return;
  main.tabIndex = -1;
  main.focus();
  main.addEventListener('blur', () => main.removeAttribute('tabindex'), { once: true });
}

/** "(2) Approvals – Steersman", and the new page's name for screen readers. */
function TabTitle({ waiting }: { waiting: number }) {
  const title = useSyncExternalStore(pageTitle.listen, pageTitle.get);
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting > 99 ? '99+' : waiting}) ` : ''}${title ? `${title} – ` : ''}Steersman`;
  }, [waiting, title]);
  return (
    <p aria-live="polite" className="sr-only">
      {title}
    </p>
  );
}
