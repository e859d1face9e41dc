import { createFileRoute } from '@tanstack/react-router';
import { ServerPage } from '@/agents/ServerPage';

export const Route = createFileRoute('/agents/$serverId/')({ component: Open });

function Open() {
  const { serverId } = Route.useParams();
  return <ServerPage key={serverId} serverId={serverId} />;
}
