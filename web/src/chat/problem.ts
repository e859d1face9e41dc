// A refusal of the server, or a line that broke, however it reaches the conversation.

import { ApiProblem, unreachable } from '@/api/problem';

/** Answers of a server, or of what stands before it, while it is starting or going away. Asking again later makes sense. */
const PASSING = new Set([0, 429, 502, 503, 504]);

export const isPassing = ({ status }: ApiProblem): boolean => PASSING.has(status);

/** The server's own words, or that it could not be reached: every other failure is one of the line. */
export const refusalOf = (error: unknown): ApiProblem => (error instanceof ApiProblem ? error : unreachable());
