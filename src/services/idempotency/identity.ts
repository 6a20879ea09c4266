import { createHash } from 'node:crypto';
import { addressBlock } from '#domain/access/address-block.ts';
import type { Principal } from '#domain/access/principal.ts';

/** A request that bears an Idempotency-Key. */
export interface KeyedRequest {
  readonly principal: Principal;
  /** Keys of anonymous principals belong to their address. */
  readonly address: string;
  /** Aborted when the client has left. */
  readonly signal?: AbortSignal | undefined;
  /** Chosen by the client: 1 to 255 visible characters. */
  readonly key: string;
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** The bytes of the body; undefined where there is none. */
  readonly body: Uint8Array | undefined;
  /** Names the request in the document of its problem, also when that is given again. */
  readonly requestId: string;
}

/** The digests, in base64url, that a request is recognised by. */
export interface Identity {
  /**
   * `<22 characters: digest of the quota owner><43: digest of principal and Idempotency-Key>`, so that the rows of one
   * owner are adjacent.
   */
  readonly key: string;
  /** Digest of method, path, query, body and role: a result holds data for one role. */
  readonly fingerprint: string;
}

/** A user, or the household of an anonymous address: the weight of its rows is limited. */
export interface QuotaOwner {
  /** The first 22 characters of all keys of this owner. */
  readonly prefix: string;
  weight: number;
}

/** 132 bits: nobody finds two owners that share them. */
const prefixLength = 22;

/**
 * The identity of a request. Its key is 65 characters of base64url: `<22: digest of the quota owner><43: digest of
 * caller and Idempotency-Key>`, so rows of one owner are adjacent.
 */
export function identityOf({ principal, address, key, method, target, body }: KeyedRequest): Identity {
  const { user } = principal;
  const owner = user === null ? ['anonymous', address] : ['user', user.id];
  // One quota owner has many IPv6 addresses: they share a quota, though not their keys.
  const quotaOwner = user === null ? ['anonymous', addressBlock(address) ?? address] : owner;
  const request = createHash('sha256').update(JSON.stringify([method, target, principal.role]));
  if (body !== undefined) request.update(body);
  return {
    key: digestOf(quotaOwner).slice(0, prefixLength) + digestOf([...owner, key]),
    fingerprint: request.digest('base64url'),
  };
}

/** The first 22 characters of a key, which all keys of its owner share. */
export function quotaOwnerOf(key: string): string {
  return key.slice(0, prefixLength);
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
