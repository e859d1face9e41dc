import type { ReactNode } from 'react';

type SectionProps = {
  title: string;
  /** One or two sentences. */
  about?: ReactNode;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
};

/** One topic of the settings: a heading, what it is for, and its controls. */
export function Section({ title, about, actions, children }: SectionProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-4 border-b py-6 first:pt-4 last:border-b-0">
      <header className="flex flex-wrap items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-base font-semibold">{title}</h2>
          {about && <p className="mt-0.5 max-w-prose text-sm text-ink-2">{about}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}
