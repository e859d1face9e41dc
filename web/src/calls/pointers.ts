// JSON pointers of arguments (`/columns/0`).

const step = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** The argument itself, or something inside it, is marked. */
export function isMarked(name: string, marked: string[]): boolean {
  const own = `/${step(name)}`;
  return marked.some((pointer) => pointer === own || pointer.startsWith(`${own}/`));
}
