import { createFileRoute } from '@tanstack/react-router';
import { ApprovalPage } from '@/approvals/ApprovalPage';

export const Route = createFileRoute('/approvals/$id')({ component: Open });

function Open() {
  const { id } = Route.useParams();
  return <ApprovalPage key={id} id={id} />;
}
