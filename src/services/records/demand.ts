import type { Demand } from '#data/index.ts';
import { addressBlock } from '#domain/access/address-block.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { BatchOperation, Operation } from '#domain/operations.ts';

/** The client that waits for a result. */
export interface WaitingClient {
  /** Its IP address. */
  readonly address: string;
  /** Aborted when the client has left: the rest of the work for it is given up. */
  readonly signal?: AbortSignal | undefined;
}

/** The principal and client that work is done for, and its collections as far as they are known before. */
export interface Beneficiary {
  readonly principal: Principal;
  readonly client?: WaitingClient | undefined;
  readonly collections: readonly string[];
  /** The operation, where rules decide about it. */
  readonly operation?: Operation | BatchOperation;
}

/** The demand of a beneficiary: a signed-in caller has one of its own, anonymous ones share that of their address. */
export function demandOf({ principal, client, collections }: Beneficiary): Demand {
  const { address, signal } = client ?? {};
  const anonymous = address === undefined ? undefined : (addressBlock(address) ?? address);
  return { collections, caller: principal.user?.id ?? anonymous, signal };
}
