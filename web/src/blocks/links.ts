// Addresses in text that a model or a target wrote.

const ALLOWED = new Set(['http:', 'https:', 'mailto:']);

export interface SafeLink {
  href: string;
  /** Where it really leads: the host, or the mail address. */
  leadsTo: string;
}

/** A link that may be clicked, or null: only absolute http, https and mailto addresses without a user name in them. */
export function safeLink(address: string | null | undefined): SafeLink | null {
  if (!address) return null;
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!ALLOWED.has(url.protocol) || url.username || url.password) return null;
  // The parser writes foreign letters as xn--…, so that a look-alike host is seen for what it is.
  const leadsTo = url.protocol === 'mailto:' ? (url.pathname.split('?')[0] ?? '') : url.host;
  return leadsTo ? { href: url.href, leadsTo } : null;
}

/** Whether the words of a link already say where it leads. */
export function saysWhere(words: string, { href, leadsTo }: SafeLink): boolean {
  const shown = words
    .trim()
    .toLowerCase()
    .replace(/^(https?:\/\/|mailto:)/, '');
  const host = leadsTo.toLowerCase();
  return shown === host || shown.startsWith(`${host}/`) || shown === href.toLowerCase();
}
