import type { Demand } from '#data/index.ts';
import { addressBlock } from '#domain/access/address-block.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { BatchOperation, Operation } from '#domain/operations.ts';

/** The client that waits for a result. */
export interface WaitingClient {
  /** Its IP address. */
  readonly address: string;
  /** Aborted when it has left: what is still being done for it is given up. */
  readonly signal?: AbortSignal | undefined;
}

/** For whom something is done, and which collections it is about as far as that is known before. */
export interface Beneficiary {
  readonly principal: Principal;
  readonly client?: WaitingClient | undefined;
  readonly collections: readonly string[];
  /** What is to be done, where it is something that rules decide about. */
  readonly operation?: Operation | BatchOperation;
}

/** Signed-in callers share with nobody; the others with those of their address. */
export function demandOf({ principal, client, collections }: Beneficiary): Demand {
  const { address, signal } = client ?? {};
  const anonymous = address === undefined ? undefined : (addressBlock(address) ?? address);
  return { collections, caller: principal.user?.id ?? anonymous, signal };
}
