// A provider may answer with a result's own sentence. Said once is enough: these tell where the page leaves it out.

const plain = (text) => text.trim().replace(/[.\s]+$/, '');

/** True when an answer of the run says the call's sentence, so that its card need not. */
export function isInAnswer(run, call) {
  const sentence = plain(call.summary);
  return sentence !== '' && [...run.answers.values()].some((answer) => answer.text.includes(sentence));
}

/** True when a call's sentence only repeats its problem, which the card shows in full. */
export function isInProblem({ summary, problem }) {
  return Boolean(problem) && (summary.startsWith(plain(problem.what)) || summary.includes(plain(problem.why)));
}

/** True when the whole answer is the sentence of a call that failed: the card's problem is the answer. */
export function repeatsFailure(run, answer) {
  const text = plain(answer.text);
  return run.entries.some((entry) => entry.kind === 'call' && entry.problem && isInProblem(entry) && plain(entry.summary) === text);
}
