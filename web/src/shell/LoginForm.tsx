import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api } from '@/api/client';
import { ApiProblem } from '@/api/problem';
import { Button } from '@/ui/Button';
import { useNow } from '@/ui/clock';
import { Field, TextInput } from '@/ui/Field';

type LoginFormProps = { firstProblem?: ApiProblem | null; name?: string; onDone: () => void };

const wordsOf = ({ code, why }: ApiProblem): string =>
  code === 'auth.bad_login'
    ? 'The name or the password is wrong.'
    : `${why.charAt(0).toUpperCase()}${why.slice(1)}.`.replace('..', '.');

/** Name and password. After too many tries it says when the next is taken. */
export function LoginForm({ firstProblem = null, name: firstName = '', onDone }: LoginFormProps) {
  const [name, setName] = useState(firstName);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<ApiProblem | null>(firstProblem);
  const [openAt, setOpenAt] = useState(0);
  const [isBusy, setIsBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const now = useNow(1000);
  const left = Math.ceil((openAt - now) / 1000);

  useEffect(() => {
    (firstName ? field : first).current?.focus();
  }, [firstName]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    try {
      await api.post('/api/auth/login', { name: name.trim(), password }, { isLogin: true });
      setProblem(null);
      onDone();
    } catch (error) {
      const failure = error instanceof ApiProblem ? error : null;
      setProblem(failure);
      if (failure?.status === 429) setOpenAt(Date.now() + (failure.retryAfter ?? 30) * 1000);
      setPassword('');
      requestAnimationFrame(() => field.current?.focus());
    }
    setIsBusy(false);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {problem && (
        <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger-text">
          {left > 0 ? `Too many tries. The next one is taken in ${left} s.` : wordsOf(problem)}
        </p>
      )}
      <Field label="Name">
        <TextInput
          ref={first}
          name="name"
          required
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="h-9"
        />
      </Field>
      <Field label="Password">
        <TextInput
          ref={field}
          name="password"
          type="password"
          required
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          className="h-9"
        />
      </Field>
      <Button type="submit" variant="primary" size="lg" isBusy={isBusy} disabled={left > 0} className="w-full">
        Sign in
      </Button>
    </form>
  );
}
