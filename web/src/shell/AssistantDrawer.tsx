import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { suggestionsQuery } from '@/api/queries/suggestions';
import { cx } from '@/ui/cx';
import { ResizeHandle, useStoredWidth } from '@/ui/resize';
import { SkeletonRows } from '@/ui/Skeleton';
import { closeDrawer, useDrawer } from './drawer';
import { pageContext } from './pageContext';
import { useMedia } from './useMedia';

const DrawerChat = lazy(() => import('@/chat/DrawerChat').then((module) => ({ default: module.DrawerChat })));

/** The assistant beside any page: a pane on wide screens, over the page on smaller ones, the whole screen on a phone. */
export function AssistantDrawer() {
  const { isOpen } = useDrawer();
  const isPhone = useMedia('(max-width: 39.99rem)');
  if (!isOpen) return null;
  return isPhone ? (
    <Base.Root open modal onOpenChange={(open) => !open && closeDrawer()}>
      <Base.Portal>
        <Base.Popup
          data-modal=""
          aria-label="Assistant"
          className="fixed inset-0 z-40 flex flex-col bg-canvas outline-none"
        >
          <Content />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  ) : (
    <Pane>
      <Content />
    </Pane>
  );
}

function Pane({ children }: { children: ReactNode }) {
  const [width, setWidth] = useStoredWidth('drawer', 420, { min: 320, max: 800 });
  const box = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    return () => {
      // The focus goes back to where it was, unless it has moved to something else since.
      const isLost = document.activeElement === document.body || document.activeElement === null;
      if (isLost && before.current instanceof HTMLElement) before.current.focus();
    };
  }, []);
  return (
    <aside
      ref={box}
      aria-label="Assistant"
      style={{ '--drawer': `${width}px` } as Record<string, string>}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) closeDrawer();
      }}
      className={cx(
        'relative flex w-(--drawer) max-w-[80vw] shrink-0 flex-col border-l bg-canvas',
        'max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-30 max-xl:shadow-float',
      )}
    >
      <ResizeHandle label="Width of the assistant" width={width} onResize={setWidth} edge="left" />
      {children}
    </aside>
  );
}

/** What the server suggests something about, one by one. */
const HAS_SUGGESTIONS = new Set(['server', 'target', 'run']);
const LISTS: Record<string, string> = { session: 'sessions', approval: 'approvals' };

function Content() {
  const { sessionId, setSessionId, request, takeRequest } = useDrawer();
  const context = useSyncExternalStore(pageContext.listen, pageContext.get);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = context?.resource_type ?? (path.split('/')[1] || 'dashboard');
  // Of a session or an approval there is nothing to ask by its id; what fits its list fits it.
  const resource = HAS_SUGGESTIONS.has(shown) ? context?.resource_ids[0] : undefined;
  const { data: suggestions } = useQuery(suggestionsQuery(LISTS[shown] ?? shown, resource));
  return (
    <Suspense fallback={<SkeletonRows label="Loading the assistant" />}>
      <DrawerChat
        sessionId={sessionId}
        onSession={setSessionId}
        context={context}
        suggestions={suggestions ?? []}
        request={request}
        onTaken={takeRequest}
        onClose={closeDrawer}
      />
    </Suspense>
  );
}
