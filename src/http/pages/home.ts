import { page } from './page.ts';

/** The page at the root of the service, for people. */
export function homePage(): string {
  return page(
    'Plinth',
    `<h1>Plinth is running</h1>
<ul>
<li><a href="/docs">Reference</a>: every request of this service, to read and to try</li>
<li><a href="/openapi.json">OpenAPI document</a>: the same for programs</li>
<li><a href="/health/ready">Health</a></li>
</ul>`,
  );
}
