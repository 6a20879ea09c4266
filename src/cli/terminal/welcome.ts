import type { RunningApp } from '#plinth';
import type { Settings } from '#config/index.ts';
import { usersName } from '#domain/collections/built-in/users.ts';

/** The addresses of the service and the first commands to try, for any POSIX shell. */
export function welcomeText(app: RunningApp, settings: Settings): string {
  const url = settings.publicUrl ?? app.url;
  const { collections } = app.collections.current();
  const names = [...collections.keys()].filter((name) => name !== usersName);
  const isOpen = settings.registration === 'open';
  const steps = isOpen ? signUp(url) : [['Make a user:', 'npx plinth users create ann@example.org']];
  if (isOpen && collections.get('tasks')?.properties.has('status')) steps.push(...tryTasks(url));
  const lines = [
    `Plinth serves ${names.length === 0 ? 'users' : `${names.join(', ')} and users`}.`,
    `  Address  ${url}\n  Docs     ${url}/docs`,
    ...steps.map(([title, ...commands]) =>
      [title, '', ...commands.map((command) => `  ${command}`)].join('\n'),
    ),
  ];
  return `\n${lines.join('\n\n')}\n\n`;
}

/** A title, then its commands. */
type WelcomeStep = string[];

const json = "-H 'Content-Type: application/json'";
const credentials = `'{"email":"ann@example.org","password":"correct horse"}'`;
const withToken = '-H "Authorization: Bearer $TOKEN"';
/** Reads the token out of the answer. It needs no other program than sed. */
const tokenOf = String.raw`sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p'`;

function signUp(url: string): WelcomeStep[] {
  return [
    ['Sign a user up:', `curl -sS ${url}/auth/register ${json} -d ${credentials}`],
    [
      'Sign in and keep the token:',
      `TOKEN=$(curl -sS ${url}/auth/login ${json} -d ${credentials} | ${tokenOf})`,
    ],
  ];
}

function tryTasks(url: string): WelcomeStep[] {
  return [
    [
      'Create a task, then list what is to do:',
      `curl -sS ${url}/v1/tasks ${withToken} ${json} -d '{"title":"Read the docs","priority":4}'`,
      `curl -sS -G ${url}/v1/tasks ${withToken} --data-urlencode 'filter=status == "todo" && priority >= 3'`,
    ],
  ];
}
