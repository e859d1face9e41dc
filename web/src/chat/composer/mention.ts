// A target named with @: found while typing, and replaced by its plain name.

export interface Mention {
  /** Where the @ stands. */
  at: number;
  typed: string;
}

/** The mention that is being typed before the cursor; null when there is none. */
export function mentionAt(text: string, cursor: number): Mention | null {
  const found = /(?:^|[\s(,])@([\p{L}\p{N}._-]{0,60})$/u.exec(text.slice(0, cursor));
  const typed = found?.[1];
  return typed === undefined ? null : { at: cursor - typed.length - 1, typed };
}

/** The text with the name in the mention's place, and where the cursor goes. */
export function withName(
  text: string,
  cursor: number,
  mention: Mention,
  name: string,
): { text: string; cursor: number } {
  const after = text.slice(cursor);
  const space = /^\s/.test(after) ? '' : ' ';
  return { text: `${text.slice(0, mention.at)}${name}${space}${after}`, cursor: mention.at + name.length + 1 };
}

/** Names that hold what was typed, those that begin with it first. */
export function matching<T extends { name: string }>(all: T[], typed: string, most = 8): T[] {
  const wanted = typed.toLowerCase();
  const rank = ({ name }: T) =>
    name.toLowerCase().startsWith(wanted) ? 0 : name.toLowerCase().includes(wanted) ? 1 : 2;
  return all
    .filter((one) => rank(one) < 2)
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name))
    .slice(0, most);
}
