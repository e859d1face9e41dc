import { Outlet, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { preloadMarkdown } from '@/blocks/Markdown';
import { ResizeHandle, useStoredWidth } from '@/ui/resize';
import { SessionList } from './sessions/SessionList';

/** The list of sessions beside the one that is open, where there is room for both. */
export function SessionsPage() {
  const { id } = useParams({ strict: false });
  const [width, setWidth] = useStoredWidth('pane.sessions', 300, { min: 240, max: 480 });
  // A click in the list opens at once: what draws a session is here by then.
  useEffect(() => {
    void import('./SessionPage').catch(() => undefined);
    preloadMarkdown();
  }, []);
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <aside
        aria-label="All sessions"
        style={{ '--pane': `${width}px` } as Record<string, string>}
        className="relative flex min-h-0 w-(--pane) shrink-0 flex-col border-r max-xl:hidden"
      >
        <SessionList open={id ?? null} isPageSearch />
        <ResizeHandle label="Width of the list of sessions" width={width} onResize={setWidth} edge="right" />
      </aside>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Outlet />
      </div>
    </div>
  );
}
