import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase, execute } from '../support/databases.ts';
import BetterSqlite3 from 'better-sqlite3';
import { createCli } from './cli.ts';

const notes = (properties: CollectionDefinition['properties']): CollectionDefinition => ({
  name: 'notes',
  properties,
});
const text = { type: 'string' } as const;

interface Plan {
  readonly steps: readonly { collection: string; summary: string; destructive: boolean; additive: boolean }[];
  readonly destructive: boolean;
}

interface Findings {
  readonly ok: boolean;
  readonly findings: readonly { part: string; state: string; detail: string }[];
}

eachDatabase((database) => {
  const open = async () => {
    const url = await database.createUrl();
    return { url, cli: createCli({ DATABASE_URL: url }) };
  };

  describe('plinth plan and plinth apply', () => {
    test('show and make safe changes, and have nothing to do then', async () => {
      const { cli } = await open();
      cli.define(notes({ text }));
      const planned = await cli('plan');
      assert.deepEqual([planned.code, planned.stderr], [0, '']);
      assert.match(planned.stdout, /^safe +notes: add collection "notes"/m);
      assert.match(planned.stdout, /Run "plinth apply" to make the changes\./);
      const plan = await cli.json('plan');
      assert.deepEqual(await cli.json('apply'), plan);
      assert.match((await cli('plan')).stdout, /^Nothing to do: the database matches the collections\.$/m);
    });

    test('warn of rules that look at every pair of records', async () => {
      const { cli } = await open();
      const slow = 'notes.exists(n, n.text == record.text && n.id != record.id)';
      cli.define({ ...notes({ text }), rules: { create: `!${slow}` } });
      const warning =
        /The rule "create" of "notes" looks at every record of "notes".*An index on "text" of "notes"/;
      assert.match((await cli('plan')).stdout, warning);
      const { warnings } = (await cli.json('plan')) as { warnings: readonly string[] };
      assert.match(warnings.join(), warning);
      assert.equal((await cli('apply')).code, 0);
      assert.match((await cli('doctor')).stdout, warning);
      cli.define({ ...notes({ text }), indexes: [['text']], rules: { create: `!${slow}` } });
      assert.doesNotMatch((await cli('plan')).stdout, /Warning/);
    });

    test('mark what loses data, and make it only when allowed', async () => {
      const { cli } = await open();
      cli.define(notes({ text, mood: text }));
      assert.equal((await cli('apply')).code, 0);
      cli.define(notes({ text }));
      const plan = (await cli.json('plan')) as Plan;
      assert.deepEqual([plan.destructive, plan.steps.length, plan.steps[0]?.additive], [true, 1, false]);
      assert.match(
        (await cli('plan')).stdout,
        /^destructive +notes: .*mood.*\n.*plinth apply --allow-destructive/ms,
      );
      const refused = await cli('apply');
      assert.deepEqual([refused.code, refused.stdout], [1, '']);
      assert.match(refused.stderr, /mood.*--allow-destructive/s);
      assert.match((await cli('apply', '--allow-destructive')).stdout, /Done: 1 step\./);
      assert.match((await cli('plan')).stdout, /^Nothing to do/);
      assert.deepEqual(await cli.json('apply'), { steps: [], destructive: false, additive: true });
    });
  });

  describe('plinth doctor', () => {
    const doctor = async (cli: ReturnType<typeof createCli>) => (await cli.json('doctor')) as Findings;

    test('finds nothing wrong with what works', async () => {
      const { cli } = await open();
      cli.define(notes({ text }));
      await cli('apply');
      const { code, stdout } = await cli('doctor');
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok +database: (SQLite|PostgreSQL) \d+\.\d+.*, can be read and written$/m);
      assert.match(
        stdout,
        /^ok +collections: 2 collections \(users included\), and the database matches them$/m,
      );
      assert.doesNotMatch(stdout, /warn|WRONG/);
    });

    test('tells changes that are not applied yet', async () => {
      const { cli } = await open();
      cli.define(notes({ text }));
      await cli('apply');
      cli.define(notes({ text, mood: text }));
      const { ok, findings } = await doctor(cli);
      assert.equal(ok, true);
      assert.match(
        findings.find(({ state }) => state === 'warning')?.detail ?? '',
        /1 change not applied yet\. Run "plinth apply"/,
      );
    });

    test('notices a table changed behind our back', async () => {
      const { url, cli } = await open();
      cli.define(notes({ text, mood: text }));
      await cli('apply');
      const sql = 'ALTER TABLE "notes" DROP COLUMN "mood"';
      if (database.name === 'postgres') await execute(url, sql);
      else {
        // SQLite lets no column go that a trigger needs.
        const triggers = ['create', 'update', 'delete'].map((kind) => `DROP TRIGGER "_plinth_${kind}_notes"`);
        new BetterSqlite3(url.slice('sqlite:'.length)).exec([...triggers, sql].join(';')).close();
      }
      const { code, stdout } = await cli('doctor');
      assert.equal(code, 1);
      assert.match(stdout, /^WRONG +collections: .*mood.*notes.*\n +Undo what was changed by hand/m);
    });

    test('tells broken collections and wrong settings', async () => {
      const { cli } = await open();
      await cli('apply');
      cli.write('collections/notes.json', '{"name":"notes"}');
      const broken = await cli('doctor');
      assert.equal(broken.code, 1);
      assert.match(broken.stdout, /^WRONG +collections: .*\n.*notes\.json/m);
      const unborn = createCli();
      assert.match((await unborn('doctor')).stdout, /^ok +collections: /m);
      unborn.write('collections/notes.json', '{"name":"notes"}');
      const early = await unborn('doctor');
      assert.equal(early.code, 1, 'before there is a database');
      assert.match(early.stdout, /^WRONG +collections: .*\n.*notes\.json/m);
      const { ok, findings } = await doctor(createCli({ PORT: 'x' }));
      assert.equal(ok, false);
      assert.match(findings[0]?.detail ?? '', /^PORT must be/);
    });

    test('tells a data folder that is a file', async () => {
      const cli = createCli();
      cli.write('data', '');
      const { code, stdout } = await cli('doctor');
      assert.equal(code, 1);
      assert.match(stdout, /^WRONG +data folder: .* is not a folder\. Name another one with DATA_DIR\.$/m);
    });
  });
});
