import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { CloudOff, RefreshCw } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { whenBack } from '@/api/connection';
import { Button } from '@/ui/Button';
import { Page, PageHeader } from '@/ui/PageHeader';
import { EmptyState, ErrorState } from '@/ui/states';
import { MISSING_PART, useIsStale } from './stalePage';

/** What is shown in place of a page that failed. The frame around it goes on working. */
export function PageError({ error: thrown, reset }: ErrorComponentProps) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error.message.startsWith(MISSING_PART)) return <MissingPart onRetry={reset} />;
  const problem =
    'what' in error
      ? error
      : {
          what: 'This page stopped because of a mistake in it',
          why: error.message,
          next: 'Try again, or go to another page',
        };
  return (
    <Page>
      <PageHeader title="This page stopped" />
      <ErrorState problem={problem} onRetry={reset} />
    </Page>
  );
}

type Part = { preload?: () => Promise<unknown> };

/** Its code could not be fetched: the server is away, or has been upgraded and no longer has it. */
function MissingPart({ onRetry: reset }: { onRetry: () => void }) {
  const router = useRouter();
  // A part that failed keeps its failure until it is fetched again.
  const onRetry = useCallback(async () => {
    const parts = router.state.matches.map((match) => router.routesById[match.routeId]?.options.component);
    await Promise.all(parts.map((part) => (part as Part | undefined)?.preload?.()));
    reset();
    await router.invalidate();
  }, [router, reset]);
  const isStale = useIsStale();
  useEffect(() => whenBack(() => void onRetry()), [onRetry]);
  return (
    <Page>
      <PageHeader title={isStale ? 'A newer version is running' : 'Not loaded yet'} />
      <div role="alert">
        {isStale ? (
          <EmptyState
            icon={<RefreshCw />}
            title="This part of the page is from an older version."
            action={
              <Button variant="primary" onClick={() => window.location.reload()}>
                Reload
              </Button>
            }
          >
            Steersman was upgraded while the page was open. Reload when ready; drafts are kept.
          </EmptyState>
        ) : (
          <EmptyState
            icon={<CloudOff />}
            title="This part of the page could not be loaded."
            action={<Button onClick={() => void onRetry()}>Try again</Button>}
          >
            It comes by itself once Steersman answers.
          </EmptyState>
        )}
      </div>
    </Page>
  );
}
