import { createFileRoute } from '@tanstack/react-router';
import { RunsPage } from '@/runs/RunsPage';
import { readRunsSearch } from '@/runs/search';

export const Route = createFileRoute('/runs/')({ component: RunsPage, validateSearch: readRunsSearch });
