import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const namesMax = 500;
const usesBeforeNaming = 2;

/**
 * Gives SQL texts that come again a name, so that a connection parses and plans each once. Bounded: filters of callers
 * make endless texts, and a server keeps named statements for as long as the connection lives.
 *
 * A name is a hash of its text. Two processes may come to share a connection behind a pooler; under one name they can
 * then only mean the same statement.
 */
export class StatementNames {
  readonly #uses = new LRUCache<string, number>({ max: 4 * namesMax });
  readonly #names = new Map<string, string>();
  #generation = 0;

  nameFor(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined) return name;
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    this.#uses.set(sql, uses);
    if (uses <= usesBeforeNaming || this.#names.size >= namesMax) return undefined;
    const fresh = statementName(sql, this.#generation);
    this.#names.set(sql, fresh);
    return fresh;
  }

  /** After a schema change, here or on another replica: the plans that connections hold are of no use. */
  forget(): void {
    this.#names.clear();
    this.#uses.clear();
    this.#generation += 1;
  }
}

/** 45 characters; PostgreSQL cuts names at 63. Texts of two generations have different names. */
export function statementName(sql: string, generation = 0): string {
  return `p_${hash('sha256', `${generation} ${sql}`, 'base64url')}`;
}
