import type { App } from '#app';
import type { Settings } from '#config/index.ts';
import { usersName } from '#domain/collections/index.ts';

/** Where the service is and what to try first; the commands can be pasted into any POSIX shell as they are. */
export function welcomeText(app: App, settings: Settings): string {
  const url = settings.publicUrl ?? app.url;
  const { collections } = app.collections.current();
  const names = [...collections.keys()].filter((name) => name !== usersName);
  const lines = [
    '',
    `Plinth serves ${names.length === 0 ? 'users' : `${names.join(', ')} and users`}.`,
    '',
    `  Address  ${url}`,
    `  Docs     ${url}/docs`,
    '',
    ...(settings.registration === 'open'
      ? signUp(url)
      : ['Make a user:', '', '  npx plinth users create ann@example.org']),
    ...(collections.get('tasks')?.properties.has('status') && settings.registration === 'open'
      ? tryTasks(url)
      : []),
  ];
  return `${lines.join('\n')}\n\n`;
}

function signUp(url: string): string[] {
  return [
    'Sign a user up and keep the token:',
    '',
    `  TOKEN=$(${registration(url)} | tee /dev/stderr | ${tokenOf})`,
  ];
}

/** The token without any other program than sed. */
const tokenOf = String.raw`sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p'`;

function registration(url: string): string {
  return `curl -sS ${url}/auth/register -H 'Content-Type: application/json' -d '{"email":"ann@example.org","password":"correct horse"}'`;
}

function tryTasks(url: string): string[] {
  const withToken = '-H "Authorization: Bearer $TOKEN"';
  return [
    '',
    'Create a task, then list what is to do:',
    '',
    `  curl -sS ${url}/v1/tasks ${withToken} -H 'Content-Type: application/json' -d '{"title":"Read the docs","priority":4}'`,
    `  curl -sS -G ${url}/v1/tasks ${withToken} --data-urlencode 'filter=status == "todo" && priority >= 3'`,
  ];
}
