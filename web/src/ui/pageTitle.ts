import { makeStore } from '@/api/signals';

/** The text of the page's h1, for the tab's title and for being read out after a change of page. */
export const pageTitle = makeStore('');
