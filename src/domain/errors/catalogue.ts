/*
 * Every error of Plinth as data (RFC 9457 `type` is `/errors/{code}`).
 * `title` is the same for every occurrence; `help` is the text of the page at `/errors/{code}`: meaning and remedy.
 * Codes are never reused for another meaning.
 */

/** The errors that HTTP answers requests with. */
export const requestErrors = {
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
    help: 'Wait as long as `Retry-After` says, then send the request again. The `RateLimit` headers of every answer say how much is left. Failed sign-ins have a quota for each account, which refills one attempt at a time.',
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

/**
 * The errors of operators and of the authors of collections: the command line prints their `detail`, which is one or
 * more whole sentences, and exits with 1. A status each, as for any other error.
 */
export const operatorErrors = {
  invalid_definition: {
    status: 422,
    title: 'The collections are not valid',
    help: '`detail` lists every mistake of every file, with the place where it is. Correct them all, then try again.',
  },
  unreadable_definitions: {
    status: 409,
    title: 'The folder of collections cannot be read',
    help: 'Make the folder, or let the setting COLLECTIONS_DIR name the right one.',
  },
  schema_mismatch: {
    status: 409,
    title: 'The database does not match the collections',
    help: 'Look at the changes with `plinth plan`, then make them with `plinth apply`.',
  },
  schema_conflict: {
    status: 409,
    title: 'The database does not allow this change of the schema',
    help: '`detail` names what is in the way: records without a value that becomes required, values that are not unique, a table or a view that Plinth did not make. Nothing was changed.',
  },
  destructive_change: {
    status: 409,
    title: 'This change loses data',
    help: '`detail` lists what would be lost. Nothing was changed; `plinth apply --allow-destructive` makes the change.',
  },
  schema_locked: {
    status: 409,
    title: 'Another process is changing the schema',
    help: 'Schema changes are made one at a time. Wait until the other one is done, then try again.',
  },
  newer_database: {
    status: 409,
    title: 'The database was changed by a newer Plinth',
    help: 'Start the newer program, or restore a backup from before it was started.',
  },
  insufficient_privilege: {
    status: 409,
    title: 'The database user may not make tables',
    help: '`detail` has the GRANT that the owner of the schema has to run.',
  },
  unknown_collection: {
    status: 404,
    title: 'There is no such collection',
    help: '`detail` lists those that there are, or the one that was probably meant.',
  },
  invalid_import: {
    status: 422,
    title: 'The file cannot be imported like this',
    help: 'A column, the key, a lookup or a date format does not fit the collection. `detail` says which, and what would.',
  },
  unknown_user: {
    status: 404,
    title: 'There is no user with this address',
    help: '`plinth users list` shows all users.',
  },
  user_exists: {
    status: 409,
    title: 'There already is a user with this address',
    help: 'Choose another address, or change that user.',
  },
  invalid_user: {
    status: 422,
    title: 'The user cannot be stored like this',
    help: '`detail` says what is wrong with the address, the password, the role or another property.',
  },
} as const;

export const catalogue = { ...requestErrors, ...operatorErrors };

export type OperatorErrorCode = keyof typeof operatorErrors;
export type ErrorCode = keyof typeof catalogue;
