import type { ApiProblem } from '@/api/problem';
import { LoginForm } from './LoginForm';
import { Logo } from './Logo';

export function LoginPage({ problem, onDone }: { problem: ApiProblem | null; onDone: () => void }) {
  return (
    <main className="flex h-full flex-col items-center overflow-y-auto bg-sidebar px-4">
      <div className="my-auto w-full max-w-80 py-10">
        <Logo className="mb-5 size-10" />
        <h1 className="text-xl font-semibold">Sign in to Steersman</h1>
        <p className="mt-1 mb-6 text-ink-2">Your servers, with every change asked for and written down.</p>
        <LoginForm firstProblem={problem} onDone={onDone} />
        <p className="mt-6 text-xs text-ink-3">
          No password? Run <code className="font-mono text-ink-2">steersman login-link</code> on the server for a link
          that signs you in once.
        </p>
      </div>
    </main>
  );
}
