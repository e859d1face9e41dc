// A provider may answer with a result's own sentence. Said once is enough: this tells where a card leaves it out.

import type { Call } from '@/calls/wire';

const plain = (text: string) => text.trim().replace(/[.\s]+$/, '');

/** True when the answer says the call's sentence. */
export function isEcho({ execution }: Call, answer: string): boolean {
  const sentence = plain(execution.summary ?? '');
  return sentence !== '' && answer.includes(sentence);
}
