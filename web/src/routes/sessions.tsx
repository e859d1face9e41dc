import { createFileRoute } from '@tanstack/react-router';
import { SessionsPage } from '@/chat/SessionsPage';

export const Route = createFileRoute('/sessions')({ component: SessionsPage });
