import type { Transaction } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { QueryParameters } from '#domain/query/query-string.ts';
import { responseOf } from '#http/message/result.ts';
import {
  valueOf,
  type ListPage,
  type PresentedRecord,
  type RecordResult,
  type RecordsService,
} from '#services/records/index.ts';

export interface ReadRecord {
  readonly id: string;
  readonly version: number;
  readonly created: boolean;
  readonly record: PresentedRecord;
}

export interface BatchAnswer {
  readonly results: readonly {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  }[];
}

/** A records service with a method for each kind of operation, which hands out what a client would get. */
export class RecordsClient {
  readonly service: RecordsService;
  readonly check: RecordsService['check'];

  constructor(service: RecordsService) {
    this.service = service;
    this.check = (...of) => service.check(...of);
  }

  async list(principal: Principal, collection: string, query: QueryParameters): Promise<ListPage> {
    const result = await this.service.execute({ kind: 'list', collection, query }, { principal });
    return valueOf(result.page);
  }

  async read(principal: Principal, collection: string, id: string, query: QueryParameters) {
    const result = await this.service.execute({ kind: 'read', collection, id, query }, { principal });
    return shown(result as RecordResult);
  }

  async create(principal: Principal, collection: string, body: unknown, query: QueryParameters) {
    return shown(await this.service.execute({ kind: 'create', collection, body, query }, { principal }));
  }

  async update(principal: Principal, collection: string, id: string, body: unknown, query: QueryParameters) {
    return shown(await this.service.execute({ kind: 'update', collection, id, body, query }, { principal }));
  }

  async replace(principal: Principal, collection: string, id: string, body: unknown, query: QueryParameters) {
    return shown(await this.service.execute({ kind: 'replace', collection, id, body, query }, { principal }));
  }

  async remove(principal: Principal, collection: string, id: string): Promise<void> {
    await this.service.execute({ kind: 'delete', collection, id }, { principal });
  }

  async batch(principal: Principal, body: unknown): Promise<BatchAnswer> {
    const result = await this.service.execute({ kind: 'batch', body }, { principal });
    return responseOf(result, { linkBase: '', cacheControl: '' }).body as BatchAnswer;
  }

  /** Writes in a transaction of the test's own; what is stored, not what a client would see. */
  readonly within = {
    create: async (
      transaction: Transaction,
      principal: Principal,
      collection: string,
      body: unknown,
      chosen: { readonly id?: string } = {},
    ): Promise<StoredRecord> => {
      const options = { principal, within: { transaction } };
      return (await this.service.write({ kind: 'create', collection, body, ...chosen }, options)).after;
    },
    remove: async (
      transaction: Transaction,
      principal: Principal,
      collection: string,
      id: string,
    ): Promise<void> => {
      await this.service.write({ kind: 'delete', collection, id }, { principal, within: { transaction } });
    },
  };
}

function shown({ id, version, created, record }: RecordResult): ReadRecord {
  return { id, version, created, record: valueOf(record) };
}
