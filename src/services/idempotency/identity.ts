import { createHash } from 'node:crypto';
import { addressBlock } from '#domain/access/address-block.ts';
import type { KeyedRequest } from './idempotency.ts';

/** What a request is known by: digests in base64url. */
export interface Identity {
  /** Of whose room it takes, then of the caller with their key. */
  readonly key: string;
  /** Of what is asked. */
  readonly fingerprint: string;
}

/** Whose room an answer takes. */
export interface QuotaOwner {
  /** What all keys of theirs begin with. */
  readonly prefix: string;
  weight: number;
}

/** 128 bits: nobody finds two callers that share them. */
const prefixLength = 22;

export function identityOf({ principal, address, key, method, target, body }: KeyedRequest): Identity {
  const { user } = principal;
  const owner = user === null ? ['anonymous', address] : ['user', user.id];
  // An address of IPv6 is one of many that somebody has: they share the room, though not the keys.
  const household = user === null ? ['anonymous', addressBlock(address) ?? address] : owner;
  const request = createHash('sha256').update(JSON.stringify([method, target]));
  if (body !== undefined) request.update(body);
  return {
    key: digestOf(household).slice(0, prefixLength) + digestOf([...owner, key]),
    fingerprint: request.digest('base64url'),
  };
}

export function quotaOwnerOf(key: string): string {
  return key.slice(0, prefixLength);
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
