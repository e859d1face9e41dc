import { createFileRoute } from '@tanstack/react-router';
import { ApprovalsPage } from '@/approvals/ApprovalsPage';
import { readApprovalsSearch } from '@/approvals/queue';

export const Route = createFileRoute('/approvals')({ component: ApprovalsPage, validateSearch: readApprovalsSearch });
