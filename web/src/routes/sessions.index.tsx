import { createFileRoute } from '@tanstack/react-router';
import { NewSessionPage } from '@/chat/NewSessionPage';

export const Route = createFileRoute('/sessions/')({ component: NewSessionPage });
