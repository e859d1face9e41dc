/**
 * How well `text` answers to `query`: 0 when some letter is missing, higher is better. Beginnings of words and runs of
 * letters count more, so "ap" finds Approvals before Graph.
 */
export function fuzzy(query: string, text: string): number {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, ' ').trim();
  const given = text.toLowerCase();
  if (wanted === '') return 1;
  const at = given.indexOf(wanted);
  if (at >= 0) {
    const isWordStart = at === 0 || /[^\p{L}\p{N}]/u.test(given[at - 1] ?? '');
    return 1000 + (isWordStart ? 500 : 0) - at - given.length / 100;
  }
  const isStart = (index: number) => index === 0 || /[^\p{L}\p{N}]/u.test(given[index - 1] ?? '');
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    // The letter that goes on where the last one was, or else one that begins a word, or else any.
    let found = given[from] === letter && from > 0 ? from : -1;
    for (let index = given.indexOf(letter, from); found < 0 && index >= 0; index = given.indexOf(letter, index + 1)) {
      if (isStart(index)) found = index;
    }
    if (found < 0) found = given.indexOf(letter, from);
    if (found < 0) return 0;
    score += isStart(found) || (found === from && from > 0) ? 10 : 1;
    from = found + 1;
  }
  // Letters strewn over the text are no answer.
  return score < wanted.length * 8 ? 0 : score - given.length / 100;
}

/** Like `fuzzy` on a name; a word that begins so among its keywords counts too, but less than the name itself. */
export function fuzzyNamed(query: string, name: string, keywords: string): number {
  const own = fuzzy(query, name);
  if (own > 0 || query.trim() === '') return own;
  const wanted = query.toLowerCase().trim();
  return keywords
    .toLowerCase()
    .split(/\s+/)
    .some((word) => word.startsWith(wanted))
    ? 5
    : 0;
}

/** The best `most` of a list, best first; ties keep their order. */
export function best<T>(list: readonly T[], scoreOf: (item: T) => number, most: number): T[] {
  return list
    .map((item, index) => ({ item, index, score: scoreOf(item) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)
    .map(({ item }) => item);
}
