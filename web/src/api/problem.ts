import type { ProblemText } from '@/ui/states';

/** What is wrong with one field of what was sent: by JSON pointer into the body, or by the name of a parameter. */
export type FieldError = { pointer?: string; parameter?: string; message: string };

type Members = {
  code: string;
  what: string;
  why: string;
  next: string;
  status: number;
  retryAfter?: number | undefined;
  errors?: FieldError[] | undefined;
};

/** A request that did not succeed, in words for people. Every failure of `api` is one of these. */
export class ApiProblem extends Error implements ProblemText {
  /** Stable, such as `approval.expired`; `network.unreachable` when no answer came. */
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly next: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Seconds after which trying again makes sense, when the server said so. */
  readonly retryAfter: number | undefined;
  /** What is wrong with single fields; empty when it is not about fields. */
  readonly errors: FieldError[];

  constructor(members: Members) {
    super(`${members.what}: ${members.why}`);
    this.name = 'ApiProblem';
    this.code = members.code;
    this.what = members.what;
    this.why = members.why;
    this.next = members.next;
    this.status = members.status;
    this.retryAfter = members.retryAfter;
    this.errors = members.errors ?? [];
  }
}

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code);
}

export function unreachable(): ApiProblem {
  return new ApiProblem({
    code: 'network.unreachable',
    status: 0,
    what: 'Could not reach Steersman',
    why: 'the server does not answer',
    next: 'The page tries again by itself',
  });
}

function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** Reads a problem document from an answer that is no success; makes one up when there is none. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = retryAfterOf(response);
  const text = await response.text().catch(() => '');
  try {
    const body: unknown = JSON.parse(text);
    if (body && typeof body === 'object' && 'code' in body && 'what' in body) {
      const { code, what, why = '', next = '' } = body as Record<string, string>;
      const errors = 'errors' in body && Array.isArray(body.errors) ? (body.errors as FieldError[]) : undefined;
      return new ApiProblem({
        code: String(code),
        what: String(what),
        why,
        next,
        status: response.status,
        retryAfter,
        errors,
      });
    }
  } catch {
    // Not ours: a proxy's page, or nothing.
  }
  const isAway = response.status >= 502 && response.status <= 504;
  return new ApiProblem({
    code: isAway ? 'network.unreachable' : `http.${response.status}`,
    status: response.status,
    what: 'The server did not do it',
    why: isAway ? 'what stands before the server gets no answer from it' : `it answered with status ${response.status}`,
    next: isAway ? 'The page tries again by itself' : 'Reload the page; if it stays, look at the server log',
    retryAfter,
  });
}
