import { createFileRoute } from '@tanstack/react-router';
import { RunPage } from '@/runs/RunPage';
import { readRunSearch } from '@/runs/search';

export const Route = createFileRoute('/runs/$id')({ component: Open, validateSearch: readRunSearch });

function Open() {
  const { id } = Route.useParams();
  return <RunPage key={id} id={id} />;
}
