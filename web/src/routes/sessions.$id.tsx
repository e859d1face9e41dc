import { createFileRoute } from '@tanstack/react-router';
import { SessionPage } from '@/chat/SessionPage';

export const Route = createFileRoute('/sessions/$id')({ component: Open });

function Open() {
  const { id } = Route.useParams();
  return <SessionPage key={id} id={id} />;
}
