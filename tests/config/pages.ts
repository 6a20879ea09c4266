import { table, type Setting } from '#config/settings.ts';

const settings: readonly Setting[] = Object.values(table);
const lineMax = 110;

/** What `.env.example` must be. */
export function envExample(): string {
  const parts = settings.map((setting) => {
    const lines = comment(setting.meaning.replaceAll('`', ''));
    if ('without' in setting) lines.push(`# Without it: ${setting.without.replaceAll('`', '')}.`);
    lines.push(`#${setting.name}=${'default' in setting ? setting.default : ''}`);
    if (setting.secret) lines.push(`#${setting.name}_FILE=`);
    return lines.join('\n');
  });
  const head = [
    '# Every setting, with its default. Copy the lines you need to `.env`, or set them in the environment, which comes first.',
    "# An empty value counts as unset. A secret can be read from a file: name the file in the setting's _FILE twin.",
  ].join('\n');
  return `${[head, ...parts].join('\n\n')}\n`;
}

/** What `docs/settings.md` must be. */
export function settingsPage(): string {
  const rows = settings.map((setting) => {
    const byDefault = 'default' in setting ? `\`${setting.default}\`` : setting.without;
    const name = setting.secret ? `\`${setting.name}\`, \`${setting.name}_FILE\`` : `\`${setting.name}\``;
    return `| ${name} | ${byDefault} | ${setting.meaning} | ${setting.type.expects} |`;
  });
  return `${[
    '# Settings',
    '',
    'From the environment, then `.env` in the working directory, then the default. An empty value counts as unset.',
    'A secret has a `_FILE` twin that names a file to read; only one of the two may be set.',
    'All mistakes are reported at once, by name, and nothing starts; `plinth config` shows every setting, its value and where it came from.',
    '',
    '| name | default | meaning | must be |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`;
}

function comment(text: string): string[] {
  const lines = ['#'];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last.length + word.length >= lineMax) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
