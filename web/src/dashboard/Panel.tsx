import type { ReactNode } from 'react';

/** A part of the overview: a heading, perhaps a link to the whole, and rows under a line. */
export function Panel({ title, link, children }: { title: string; link?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="pt-6">
      <header className="flex items-baseline justify-between border-b pb-2">
        <h2 className="text-sm font-semibold">{title}</h2>
        {link && <span className="text-xs">{link}</span>}
      </header>
      {children}
    </section>
  );
}

export const panelLink = 'rounded text-ink-3 underline-offset-2 hover:text-ink hover:underline';
