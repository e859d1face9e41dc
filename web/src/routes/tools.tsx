import { createFileRoute } from '@tanstack/react-router';
import { ToolsPage } from '@/agents/ToolsPage';

export const Route = createFileRoute('/tools')({ component: ToolsPage });
