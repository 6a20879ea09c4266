import { catalogue, operatorErrors, type ErrorCode, type OperatorErrorCode } from './catalogue.ts';

/** One failing place in a request body: an RFC 6901 JSON pointer, the keyword or reason as a code, a sentence. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface ProblemDetails {
  /** One sentence about this occurrence, without its full stop; whole sentences for operators. Never a secret, a value of a record or an inside of the server. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Query parameter at fault, with `invalid_query`. */
  readonly parameter?: string;
  /** Offset in that parameter's value, from 0, in UTF-16 units. */
  readonly position?: number;
  /** Index of the failing operation of a batch. */
  readonly operation?: number;
  /** For the `Allow` header of `method_not_allowed`. */
  readonly allow?: readonly string[];
  /** For the `Retry-After` header of `unavailable`, `request_in_progress` and `rate_limited`. */
  readonly retryAfterSeconds?: number;
  /** The cause, for the log only. */
  readonly cause?: unknown;
}

/**
 * The only error that crosses floors on purpose: a code of the catalogue with its details. The HTTP door turns it
 * into an RFC 9457 document, the command line into a sentence and exit code 1. Anything else thrown is `internal`.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ErrorCode;
  readonly details: ProblemDetails;

  constructor(code: ErrorCode, details: ProblemDetails = {}) {
    super(details.detail ?? catalogue[code].title, { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return catalogue[this.code].status;
  }
}

/** A problem of an operator or of an author of collections, whose `message` is made of whole sentences. */
export function isOperatorProblem(error: unknown): error is Problem & { code: OperatorErrorCode } {
  return error instanceof Problem && error.code in operatorErrors;
}
