import { Link } from '@tanstack/react-router';
import { ExternalLink, Plus, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { newKey } from '@/api/idempotency';
import type { DrawerChatProps } from '@/shell/drawer';
import type { PageContext as ShownPage } from '@/shell/pageContext';
import { buttonLook } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { Tooltip } from '@/ui/Tooltip';
import { ContextChip } from './ContextChip';
import { type ConversationHandle, ConversationView } from './ConversationView';
import { writeDraft } from './draft';
import type { PageContext } from './message';
import { Prompts } from './Prompts';
import { StartSession } from './StartSession';
import { startSession } from './start';

/** The conversation in the assistant drawer: about the page beside it. */
export function DrawerChat({ sessionId, onSession, context, suggestions, request, onTaken, onClose }: DrawerChatProps) {
  const [left, setLeft] = useState<string | null>(null);
  const about = context && context.resource_type !== 'session' ? context : null;
  const identity = about && JSON.stringify([about.resource_type, about.resource_ids]);
  // Left out until another page is looked at.
  const page = about && left !== identity ? onWire(about) : null;
  const chip = page && <ContextChip context={page} onRemove={() => setLeft(identity)} />;
  const talk = useRef<ConversationHandle>(null);
  const [start, setStart] = useState(0);

  useEffect(() => {
    if (!request) return;
    onTaken();
    if (sessionId) {
      if (request.isSent) talk.current?.send(request.text);
      else talk.current?.write(request.text);
    } else if (request.isSent) {
      startSession(request.text, page, newKey()).then(onSession, () => {
        writeDraft('drawer', request.text);
        setStart((count) => count + 1);
      });
    } else {
      writeDraft('drawer', request.text);
      setStart((count) => count + 1);
    }
  }, [request, onTaken, sessionId, onSession, page]);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <header className="flex h-12 shrink-0 items-center gap-1 border-b pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate text-sm font-semibold">Assistant</h2>
        <IconButton
          size="sm"
          label="New session"
          side="bottom"
          icon={<Plus />}
          disabled={sessionId === null}
          onClick={() => onSession(null)}
        />
        {sessionId && (
          <Tooltip text="Open as page" side="bottom">
            <Link
              to="/sessions/$id"
              params={{ id: sessionId }}
              aria-label="Open as page"
              onClick={onClose}
              className={cx(buttonLook({ variant: 'ghost', size: 'sm' }), 'size-7 px-0 [&>svg]:size-4')}
            >
              <ExternalLink aria-hidden="true" />
            </Link>
          </Tooltip>
        )}
        <IconButton size="sm" label="Close the assistant" side="bottom" icon={<X />} onClick={onClose} />
      </header>
      {sessionId ? (
        <ConversationView
          key={sessionId}
          handle={talk}
          session={sessionId}
          context={page ?? undefined}
          detail={chip}
          isCompact
          empty={(write) => (
            <div className="p-3">
              <Prompts items={suggestions} onChoose={write} isCompact />
            </div>
          )}
          onGone={() => <Start key="gone" chip={chip} page={page} suggestions={suggestions} onSession={onSession} />}
        />
      ) : (
        <Start key={start} chip={chip} page={page} suggestions={suggestions} onSession={onSession} />
      )}
    </div>
  );
}

interface StartProps {
  chip: React.ReactNode;
  page: PageContext | null;
  suggestions: string[];
  onSession: (id: string | null) => void;
}

function Start({ chip, page, suggestions, onSession }: StartProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col justify-end overflow-y-auto p-3">
      <p className="mb-auto pt-6 text-center text-sm text-ink-3">Ask about what you see, or say what to do.</p>
      <StartSession
        suggestions={suggestions}
        context={page}
        detail={chip}
        draft="drawer"
        onStarted={onSession}
        isCompact
        autoFocus
        className="flex-col-reverse"
      />
    </div>
  );
}

/** What the server takes of it. */
function onWire({ resource_type, resource_ids, title }: ShownPage): PageContext {
  return {
    resource_type: resource_type.slice(0, 60),
    resource_ids: resource_ids.slice(0, 50),
    ...(title && { title: title.slice(0, 200) }),
  };
}
