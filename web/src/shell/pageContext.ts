import { useEffect } from 'react';
import { makeStore } from '@/api/signals';

/** What the person is looking at, told to the assistant with a message. */
export type PageContext = {
  /** A noun: `server`, `target`, `run`, `approval`, `audit`, `tools`, `overview` … */
  resource_type: string;
  /** Ids of what is open; empty on a list. */
  resource_ids: string[];
  /** In words, for the chip in the drawer: "shop-db". */
  title?: string;
};

export const pageContext = makeStore<PageContext | null>(null);

/** Called by each page, with null while it does not know yet. The newest mounted page counts. */
export function usePageContext(context: PageContext | null): void {
  const text = context === null ? null : JSON.stringify(context);
  useEffect(() => {
    const value = text === null ? null : (JSON.parse(text) as PageContext);
    pageContext.set(value);
    return () => {
      if (pageContext.get() === value) pageContext.set(null);
    };
  }, [text]);
}
