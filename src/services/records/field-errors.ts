import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { appendToPointer } from '#domain/json/pointer.ts';

const errorsMax = 100;
const segmentLengthMax = 128;

/** Adds an error to a list that no body can make longer than 100. */
export function report(errors: FieldError[], pointer: string, code: string, detail: string): void {
  if (!isFull(errors)) errors.push({ pointer, code, detail });
}

/** Whether the list is full: then no further error needs to be looked for. */
export function isFull(errors: readonly FieldError[]): boolean {
  return errors.length >= errorsMax;
}

/** Adds a segment to a JSON pointer (RFC 6901, section 3). A caller's over-long name is cut: errors do not echo bodies. */
export function pointerTo(parent: string, segment: string): string {
  const short = segment.length <= segmentLengthMax ? segment : `${segment.slice(0, segmentLengthMax)}…`;
  return appendToPointer(parent, short.toWellFormed());
}

/** 422 with everything that is wrong with a body. */
export function validationFailed(errors: readonly FieldError[]): Problem {
  const count = errors.length === 1 ? '1 property is' : `${errors.length} properties are`;
  return new Problem('validation_failed', { detail: `${count} not valid`, errors });
}
