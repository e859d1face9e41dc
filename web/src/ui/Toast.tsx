import { Toast as Base } from '@base-ui/react/toast';
import { CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { IconButton } from './IconButton';
import { TEXT, type Tone } from './tones';

export type ToastOptions = {
  title: string;
  text?: string | undefined;
  tone?: 'neutral' | 'success' | 'warning' | 'danger';
  /** One thing to do about it, such as Undo. */
  action?: { label: string; onSelect: () => void };
  /** Milliseconds; 0 stays until closed. Something wrong stays 12 s, all else 5 s. */
  timeout?: number;
  /** A second toast with the same id takes the place of the first. */
  id?: string;
};

type Data = { tone: Tone };

const manager = Base.createToastManager<Data>();

/** Says that something finished elsewhere. For an answer to a click, say it next to what was clicked. */
export function toast(options: ToastOptions): string {
  const tone = options.tone ?? 'neutral';
  return manager.add({
    ...(options.id === undefined ? {} : { id: options.id }),
    title: options.title,
    description: options.text,
    timeout: options.timeout ?? (tone === 'danger' || tone === 'warning' ? 12_000 : 5_000),
    priority: tone === 'danger' ? 'high' : 'low',
    data: { tone },
    ...(options.action && { actionProps: { children: options.action.label, onClick: options.action.onSelect } }),
  });
}

export function useToast(): typeof toast {
  return toast;
}

const ICONS: Record<Tone, ReactNode> = {
  neutral: <Info />,
  accent: <Info />,
  info: <Info />,
  success: <CircleCheck />,
  warning: <TriangleAlert />,
  danger: <TriangleAlert />,
};

/** Holds the toasts, at the top right: the composer and its Stop button are below. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed top-3 right-3 z-70 flex w-[min(22rem,calc(100vw-1.5rem))] flex-col gap-2">
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager<Data>();
  return toasts.map((item) => {
    const tone = item.data?.tone ?? 'neutral';
    return (
      <Base.Root
        key={item.id}
        toast={item}
        swipeDirection={['right', 'up']}
        className="rounded-lg bg-raised shadow-float transition-opacity duration-150 data-[ending-style]:opacity-0 data-[limited]:hidden data-[starting-style]:opacity-0"
      >
        <Base.Content className="flex items-start gap-2.5 py-2.5 pr-2 pl-3">
          <span className={cx('mt-0.5 [&>svg]:size-4', TEXT[tone])}>{ICONS[tone]}</span>
          <div className="min-w-0 flex-1">
            <Base.Title className="text-sm font-medium" />
            <Base.Description className="text-xs break-words text-ink-2" />
            {item.actionProps && (
              <Base.Action className="mt-1.5 h-7 rounded-md border border-line-strong px-2 text-xs font-medium hover:bg-hover" />
            )}
          </div>
          <Base.Close render={<IconButton label="Close" icon={<X />} size="xs" />} />
        </Base.Content>
      </Base.Root>
    );
  });
}
