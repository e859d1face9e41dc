// Cards that a person opened or folded by hand keep that while they scroll out of view and back.

const MOST = 500;
const choices = new Map<string, boolean>();

export const isKeptOpen = (id: string): boolean | null => choices.get(id) ?? null;

export function keepOpen(id: string, isOpen: boolean): void {
  choices.delete(id);
  choices.set(id, isOpen);
  const oldest = choices.keys().next().value;
  if (choices.size > MOST && oldest !== undefined) choices.delete(oldest);
}
