import { createFileRoute } from '@tanstack/react-router';
import { NothingOpen } from '@/approvals/NothingOpen';

export const Route = createFileRoute('/approvals/')({ component: NothingOpen });
