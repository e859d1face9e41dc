import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { newKey } from '@/api/idempotency';
import type { ApiProblem } from '@/api/problem';
import { ProblemView } from '@/blocks/ProblemBlock';
import { cx } from '@/ui/cx';
import { Composer, type ComposerHandle } from './composer/Composer';
import type { PageContext } from './message';
import { Prompts } from './Prompts';
import { Provider } from './Provider';
import { refusalOf } from './problem';
import { startSession } from './start';

interface StartSessionProps {
  /** Sentences worth asking. */
  suggestions: string[];
  context?: PageContext | null;
  /** Instead of opening the session's page. */
  onStarted?: (id: string) => void;
  isCompact?: boolean;
  /** Draft kept under this name; places with another one have another text. */
  draft?: string;
  autoFocus?: boolean;
  /** In the composer's lower row, in the place of what answers. */
  detail?: ReactNode;
  className?: string;
}

/** The field that begins a session: the first message makes it. */
export function StartSession({
  suggestions,
  context = null,
  onStarted,
  isCompact = false,
  draft = 'new',
  autoFocus = false,
  detail,
  className,
}: StartSessionProps) {
  const navigate = useNavigate();
  const composer = useRef<ComposerHandle>(null);
  const key = useRef({ text: '', value: '' });
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);

  const start = (text: string): boolean => {
    if (isStarting) return false;
    // The same words sent again after a failure find the session that may have been made.
    if (key.current.text !== text) key.current = { text, value: newKey() };
    setStarting(true);
    setProblem(null);
    startSession(text, context, key.current.value)
      .then((id) => {
        key.current = { text: '', value: '' };
        if (onStarted) onStarted(id);
        else void navigate({ to: '/sessions/$id', params: { id } });
      })
      .catch((error) => {
        setProblem(refusalOf(error));
        composer.current?.write(text);
      })
      .finally(() => setStarting(false));
    return true;
  };

  return (
    <div className={cx('flex min-w-0 flex-col gap-3', className)}>
      {problem && <ProblemView problem={problem} isAlert />}
      <Composer
        handle={composer}
        draft={draft}
        onSend={start}
        isDisabled={isStarting}
        autoFocus={autoFocus}
        placeholder={isCompact ? 'Ask, or say what to do' : undefined}
        detail={detail ?? <Provider />}
      />
      <Prompts items={suggestions} isCompact={isCompact} onChoose={(text) => composer.current?.write(text)} />
    </div>
  );
}
