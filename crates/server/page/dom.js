// Building DOM nodes. All text of the page goes through here as text nodes: nothing is ever parsed as HTML.

/**
 * Makes an element. `tag` may carry classes: `h('div.card.wide', {…}, 'text', node)`.
 * Attributes: functions named `on…` become listeners; `false`, `null` and `undefined` are left out; `true` is empty.
 * Strings among the children become text with invisible characters made visible.
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) set(node, key, value);
  node.append(...flat(children));
  return node;
}

function set(node, key, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === 'function') node.addEventListener(key.slice(2), value);
  else if (key === 'class') node.classList.add(...value.split(' ').filter(Boolean));
  else if (key === 'value') node.value = value;
  else node.setAttribute(key, value === true ? '' : String(value));
}

/** Children as nodes: nested lists opened, empty ones dropped, strings made visible. */
export function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== '')
    .map((child) => (child instanceof Node ? child : document.createTextNode(visible(String(child)))));
}

/** Puts exactly these children into a node. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

// Control characters (but not tab and line ends), bidirectional overrides and marks, zero-width and tag characters.
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text in which nothing can hide: each invisible or reordering character is written as its number. */
export function visible(text) {
  return text.replace(HIDDEN, (char) => `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** Says something to screen readers, politely. */
export function announce(sentence) {
  const live = document.getElementById('live');
  if (live && live.textContent !== sentence) live.textContent = visible(sentence);
}

/** Copies text; says whether it worked. The clipboard interface is missing on plain HTTP from another machine. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea.hidden-visually', { 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const worked = document.execCommand('copy');
    area.remove();
    return worked;
  }
}

/** Runs `act` each second for as long as `node` is on the page. */
export function everySecond(node, act) {
  let wasShown = false;
  const timer = setInterval(() => {
    if (node.isConnected) wasShown = true;
    else if (wasShown) return clearInterval(timer);
    act();
  }, 1000);
  act();
}
