import { useQuery } from '@tanstack/react-query';
import { suggestionsQuery } from '@/api/queries/suggestions';
import { StartSession } from '@/chat/StartSession';

/** The prompt box: what is said here begins a session. */
export function Ask() {
  const suggestions = useQuery(suggestionsQuery('dashboard'));
  return (
    <div className="pt-6">
      <StartSession suggestions={suggestions.data ?? []} />
    </div>
  );
}
