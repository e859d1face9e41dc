import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from './clipboard';
import { IconButton } from './IconButton';

type CopyButtonProps = { text: string | (() => string); label?: string; size?: 'xs' | 'sm' | 'md'; className?: string };

export function CopyButton({ text, label = 'Copy', size = 'sm', className }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 1600);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <>
      <IconButton
        size={size}
        {...(className === undefined ? {} : { className })}
        label={state === 'done' ? 'Copied' : state === 'failed' ? 'Could not copy: select the text instead' : label}
        icon={state === 'done' ? <Check className="text-success-text" /> : <Copy />}
        onClick={async () => setState((await copyText(typeof text === 'string' ? text : text())) ? 'done' : 'failed')}
      />
      <span role="status" className="sr-only">
        {state === 'done' ? 'Copied' : ''}
      </span>
    </>
  );
}
