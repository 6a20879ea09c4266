import { escapeHtml, page } from './page.ts';

/** The page at `/errors/{code}`: the meaning of the error, and its remedy. */
export function errorPage(entry: { code: string; status: number; title: string; help: string }): string {
  return page(
    `${entry.code} · Plinth`,
    `<p class="status">${entry.status} <code>${escapeHtml(entry.code)}</code></p>
<h1>${escapeHtml(entry.title)}</h1>
<p>${withCode(escapeHtml(entry.help))}</p>
<p><a href="/docs">All requests and answers</a></p>`,
  );
}

/** The catalogue marks code as Markdown does. */
function withCode(text: string): string {
  return text.replaceAll(/`([^`]*)`/gu, '<code>$1</code>');
}
