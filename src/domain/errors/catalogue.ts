/**
 * Every error Plinth answers with, as data (RFC 9457 `type` is `/errors/{code}`).
 * `title` is the same for every occurrence; `help` is the page at `/errors/{code}`: what it means, what to do.
 * Codes are never reused for another meaning.
 */
export const catalogue = {
  malformed_request: {
    status: 400,
    title: 'The request could not be understood',
    help: 'The JSON is broken, the framing or the encoding is wrong. Send UTF-8 JSON with a correct Content-Length; `detail` says where reading stopped.',
  },
  invalid_query: {
    status: 400,
    title: 'A query parameter is not valid',
    help: '`parameter` names it, `position` (from 0) is where an expression went wrong. A property the caller may not read is answered like one that does not exist.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    help: 'Send `Authorization: Bearer <accessToken>`. The token is missing, broken, or its session has ended.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The email or the password is wrong',
    help: 'The answer is the same for an unknown address and for a wrong password.',
  },
  token_expired: {
    status: 401,
    title: 'The access token has expired',
    help: 'Get a new pair with `POST /auth/refresh`.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    help: "The collection's rules, or the server's settings, do not allow it for this principal.",
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    help: 'The address is wrong, or the record does not exist for this caller: what a caller may not read is answered like what does not exist.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method does not work here',
    help: 'The `Allow` header lists the methods that do.',
  },
  not_acceptable: {
    status: 406,
    title: 'No acceptable representation',
    help: 'Answers are `application/json`, errors `application/problem+json`. Let the `Accept` header allow it.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    help: 'The headers or the body came in too slowly. Send the request again.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with what is stored',
    help: 'A unique value is taken, a referenced record does not exist, or the record is still referenced; `errors` has a pointer for each.',
  },
  request_in_progress: {
    status: 409,
    title: 'The same request is being carried out right now',
    help: 'Another request with this `Idempotency-Key` has not been answered yet. Wait as long as `Retry-After` says, then send it again: you get its answer.',
  },
  precondition_failed: {
    status: 412,
    title: 'The record has changed',
    help: 'The record is not in the version that `If-Match` names, or is there although `If-None-Match` says that it must not be. Read it again, and send the request with the new `ETag`.',
  },
  payload_too_large: {
    status: 413,
    title: 'The request body is too large',
    help: 'The limit is the setting BODY_LIMIT.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    help: 'Shorten the query: fewer or shorter parameters.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a type that is not understood here',
    help: 'Send `Content-Type: application/json` in UTF-8, and no Content-Encoding.',
  },
  validation_failed: {
    status: 422,
    title: 'The request body is not valid',
    help: '`errors` lists every property that fails, with a JSON pointer, the keyword that failed and a sentence.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'This key belongs to another request',
    help: 'An `Idempotency-Key` stands for one request: its method, its path with the query, and its body. Send a new key with a new request.',
  },
  precondition_required: {
    status: 428,
    title: 'Say which version you are changing',
    help: 'Records of this collection are changed and deleted with `If-Match` only. Read the record, and send its `ETag` as `If-Match`.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'Wait as long as `Retry-After` says, then send the request again. The `RateLimit` headers of every answer say how much is left. What failed sign-ins use up, an account gets back one by one.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are too large',
    help: 'All headers together are limited to 16 KiB.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on the server',
    help: 'It is in the log of the server under the `requestId` of the answer.',
  },
  unavailable: {
    status: 503,
    title: 'The service cannot answer right now',
    help: 'Wait as long as `Retry-After` says, then send the request again.',
  },
} as const;

export type ErrorCode = keyof typeof catalogue;
