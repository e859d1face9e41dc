// Stays at the end of a growing conversation, unless the person scrolled up to read.

import { h } from './dom.js';
import { icon } from './icons.js';

const NEAR = 80;

/** `{around(change), toEnd, button}` for a scrolling element. */
export function pinned(scroller) {
  let isPinned = true;
  const button = h('button', { type: 'button', hidden: true, onclick: () => toEnd() }, icon('down'), 'Latest');
  scroller.addEventListener('scroll', () => {
    isPinned = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    button.hidden = isPinned;
  }, { passive: true });

  function toEnd() {
    isPinned = true;
    button.hidden = true;
    settle();
  }

  /** A card to decide on that is higher than the screen is shown from its top: it is read before it is decided. */
  function settle() {
    const card = [...scroller.querySelectorAll('.approval')].at(-1);
    if (card && card.offsetHeight > scroller.clientHeight - NEAR) {
      if (card.dataset.wasShown) return;
      card.dataset.wasShown = 'yes';
      scroller.scrollTop += card.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 12;
      isPinned = false;
      return;
    }
    scroller.scrollTop = scroller.scrollHeight;
  }

  return {
    /** Leads back to the end; its place is between the scrolling part and what follows. */
    button: h('div.to-end', {}, button),
    toEnd,
    /** Runs a change of the content and keeps the end in view if it was. */
    around(change) {
      const was = isPinned;
      change();
      if (was) settle();
      else button.hidden = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    },
  };
}
