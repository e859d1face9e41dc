import { createFileRoute } from '@tanstack/react-router';
import { TargetPage } from '@/agents/TargetPage';

export const Route = createFileRoute('/agents/$serverId/$targetId')({ component: Open });

function Open() {
  const { serverId, targetId } = Route.useParams();
  return <TargetPage key={targetId} serverId={serverId} targetId={targetId} />;
}
