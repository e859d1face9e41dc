import { createFileRoute } from '@tanstack/react-router';
import { AuditPage } from '@/audit/AuditPage';
import { readAuditSearch } from '@/audit/search';

export const Route = createFileRoute('/audit')({ component: AuditPage, validateSearch: readAuditSearch });
