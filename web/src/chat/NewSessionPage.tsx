import { useQuery } from '@tanstack/react-query';
import { suggestionsQuery } from '@/api/queries/suggestions';
import { usePageContext } from '@/shell/pageContext';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { StartSession } from './StartSession';
import { SessionsSheet } from './sessions/SessionsSheet';

/** No session is open: a place to begin one. */
export function NewSessionPage() {
  usePageContext(null);
  const suggestions = useQuery(suggestionsQuery('sessions'));
  return (
    <Page>
      <PageHeader title="New session" before={<SessionsSheet open={null} />} />
      <PageBody className="flex flex-col">
        <div className="m-auto w-full max-w-[784px] px-4 pt-6 pb-[12vh] max-sm:mb-0 max-sm:pb-4">
          <h2 className="text-xl font-semibold">What shall we look at?</h2>
          <p className="mt-1 mb-5 text-base text-ink-2">
            Reading happens at once. Changes are planned first and wait for approval.
          </p>
          <StartSession suggestions={suggestions.data ?? []} autoFocus={window.matchMedia('(pointer: fine)').matches} />
        </div>
      </PageBody>
    </Page>
  );
}
