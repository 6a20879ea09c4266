/**
 * Sent with every answer. Answers are data: nothing in them may be run, framed or taken for another type. Pages
 * replace the policy with one of their own (pages/). By hand rather than by a plugin: nine names that never change
 * cost a hook and twenty calls a request there.
 */
export function securityHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(publicUrl?.startsWith('https://') === true
      ? { 'strict-transport-security': 'max-age=31536000' }
      : {}),
  };
}
